"""Asking the running filter as anybody would: a datagram there, a datagram back. ●"""

from __future__ import annotations

import socket
from time import monotonic

from dnslib import EDNS0, QTYPE, RCODE, DNSError, DNSRecord

from controller.addresses import Endpoint
from controller.check_filter.heard import SILENCE, Heard

HEALTH = "health.filter.invalid"
WAIT, TRIES = 2.0, 3
"""Seconds for one try: a name that is let through may have to come from far away."""
BLOCKS = frozenset({14, 15, 16, 17, 18})
"""Extended DNS Errors (RFC 8914) that say that the filter keeps the name back: 14 where it has nothing to decide by."""
_OPT, _EDE = 41, 15


def ask(server: Endpoint, source: str, name: str, qtype: str = "A") -> Heard:
    """One question from `source`, each try from another port, so that another worker may answer it."""
    for _ in range(TRIES):
        with _socket(server, source) as sock:
            query = _query(name, qtype)
            try:
                sock.send(query.pack())
                return taken_apart(_until_mine(sock, query.header.id))
            except OSError:
                continue
    return SILENCE


def epochs(server: Endpoint, source: str, times: int) -> list[int]:
    """The epoch that each of so many answers gives as its own: asked from other ports, other workers answer."""
    told = (_texts(server, source) for _ in range(times))
    return [int(text.removeprefix("epoch=")) for text in told if text.removeprefix("epoch=").isdigit()]


def _texts(server: Endpoint, source: str) -> str:
    with _socket(server, source) as sock:
        query = _query(HEALTH, "TXT")
        try:
            sock.send(query.pack())
            reply = _until_mine(sock, query.header.id)
        except OSError:
            return ""
    return next((b"".join(rr.rdata.data).decode("ascii", "replace") for rr in reply.rr if rr.rtype == QTYPE.TXT), "")


def _socket(server: Endpoint, source: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in server.host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.settimeout(WAIT)
        if source:
            sock.bind((source, 0))
        sock.connect((server.host, server.port))
    except OSError:
        sock.close()
        raise
    return sock


def _query(name: str, qtype: str) -> DNSRecord:
    query = DNSRecord.question(name, qtype)
    query.add_ar(EDNS0(udp_len=1232))  # without it no reason comes back (RFC 8914 §2)
    return query


def _until_mine(sock: socket.socket, wanted: int) -> DNSRecord:
    """The answer with this id; what is no answer to it is passed over. Raises TimeoutError."""
    until = monotonic() + WAIT
    while monotonic() < until:
        reply = _parsed(sock.recv(65_535))
        if reply is not None and reply.header.id == wanted and reply.header.qr:
            return reply
    raise TimeoutError


def _parsed(data: bytes) -> DNSRecord | None:
    try:
        return DNSRecord.parse(data)
    except DNSError:
        return None


def taken_apart(reply: DNSRecord) -> Heard:
    code, said = _reason(reply)
    aliases = tuple(str(rr.rdata).rstrip(".").lower() for rr in reply.rr if rr.rtype == QTYPE.CNAME)
    records = sum(rr.rtype != QTYPE.CNAME for rr in reply.rr)
    return Heard(RCODE.get(reply.header.rcode), code in BLOCKS, said, aliases, records)


def _reason(reply: DNSRecord) -> tuple[int | None, str]:
    """The first Extended DNS Error: its code, and its text as something to read."""
    options = (option for rr in reply.ar if rr.rtype == _OPT for option in rr.rdata)
    data = next((bytes(option.data) for option in options if option.code == _EDE and len(option.data) >= 2), None)
    if data is None:
        return None, ""
    return int.from_bytes(data[:2]), data[2:].decode("utf-8", "replace")
