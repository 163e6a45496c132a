"""Asking a DNS server the shortest way: one socket, one query at a time, and what kind of answer came."""

from __future__ import annotations

import os
import select
import socket
from dataclasses import dataclass

_OPT = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"
_EDE = 15


@dataclass(frozen=True, slots=True)
class Heard:
    """`address`: the last four octets are those of an A record. `ede`: the code of RFC 8914, None without one."""

    rcode: int
    answers: int
    address: str | None
    ede: int | None


def query(name: str, qtype: int = 1, *, edns: bool = True) -> bytes:
    """Everything of a query but its id."""
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    counts = b"\0\1\0\0\0\0" + (b"\0\1" if edns else b"\0\0")
    return b"\1\0" + counts + labels + b"\0" + qtype.to_bytes(2) + b"\0\1" + (_OPT if edns else b"")


def connected(source: str, server: tuple[str, int], wait: float = 1.0) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(wait)
    sock.bind((source, 0))
    sock.connect(server)
    return sock


def ask(sock: socket.socket, asked: bytes) -> bytes:
    """The answer to this query; late ones to earlier queries are passed over. Raises TimeoutError."""
    identity = os.urandom(2)
    sock.send(identity + asked)
    while True:
        reply = sock.recv(4096)
        if reply[:2] == identity:
            return reply


def is_spoken_to(sock: socket.socket, within: float = 0.1) -> bool:
    """Whether anything comes that nobody waits for."""
    return bool(select.select([sock], [], [], within)[0])


def heard(reply: bytes) -> Heard:
    """For our own names only: every record's owner is a pointer or the root."""
    answers, authorities, additionals = (int.from_bytes(reply[at : at + 2]) for at in (6, 8, 10))
    at, address, ede = reply.index(b"\0", 12) + 5, None, None
    for number in range(answers + authorities + additionals):
        at += _owner(reply, at)
        kind, length = int.from_bytes(reply[at : at + 2]), int.from_bytes(reply[at + 8 : at + 10])
        rdata = reply[at + 10 : at + 10 + length]
        if number < answers and kind == 1:
            address = socket.inet_ntoa(rdata)
        if kind == 41:
            ede = _ede(rdata)
        at += 10 + length
    return Heard(reply[3] & 15, answers, address, ede)


def _owner(reply: bytes, at: int) -> int:
    """Octets of a name; a pointer ends it."""
    start = at
    while (length := reply[at]) and length < 0xC0:
        at += 1 + length
    return at - start + (2 if length else 1)


def _ede(options: bytes) -> int | None:
    at = 0
    while at + 4 <= len(options):
        code, length = int.from_bytes(options[at : at + 2]), int.from_bytes(options[at + 2 : at + 4])
        if code == _EDE:
            return int.from_bytes(options[at + 4 : at + 6])
        at += 4 + length
    return None
