"""A very small DHCP client (RFC 2131), for clients of the lab: discover, offer, request, acknowledgement. ●"""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

_COOKIE = b"\x63\x82\x53\x63"
_BROADCAST = 0x8000
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
WAIT = 0.4
TRIES = 4


@dataclass(frozen=True, slots=True)
class Offer:
    kind: int
    address: str
    server: bytes
    router: str | None


def ask(kind: int, number: int, mac: str, name: str, *more: tuple[int, bytes]) -> bytes:
    hardware = bytes.fromhex(mac.replace(":", ""))
    head = struct.pack("!BBBBIHH16x16s192x", 1, 1, 6, 0, number, 0, _BROADCAST, hardware.ljust(16, b"\0"))
    options = ((53, bytes([kind])), (12, name.encode()), (55, bytes([1, 3, 6])), *more)
    return head + _COOKIE + b"".join(bytes([code, len(value)]) + value for code, value in options) + b"\xff"


def read(packet: bytes, number: int) -> Offer | None:
    """What a server says to us; None for anything else."""
    if len(packet) < 241 or packet[0] != 2 or packet[236:240] != _COOKIE or int.from_bytes(packet[4:8]) != number:
        return None
    options = dict(_options(packet[240:]))
    router = str(IPv4Address(options[3][:4])) if len(options.get(3, b"")) >= 4 else None
    return Offer(options.get(53, b"\0")[0], str(IPv4Address(packet[16:20])), options.get(54, b""), router)


def _options(rest: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 1 < len(rest) and rest[at] != 255:
        if rest[at] == 0:
            at += 1
            continue
        length = rest[at + 1]
        found.append((rest[at], rest[at + 2 : at + 2 + length]))
        at += 2 + length
    return found


def acquire(mac: str, name: str, device: str = "eth0") -> Offer | None:
    """An address for this thread's namespace; None where nobody gives one."""
    number = int.from_bytes(os.urandom(4))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        sock.bind(("", 68))
        sock.settimeout(WAIT)
        offer = _exchange(sock, ask(DISCOVER, number, mac, name), number, OFFER)
        if offer is None:
            return None
        wanted = ((50, IPv4Address(offer.address).packed), (54, offer.server))
        return _exchange(sock, ask(REQUEST, number, mac, name, *wanted), number, ACK)


def _exchange(sock: socket.socket, packet: bytes, number: int, wanted: int) -> Offer | None:
    for _ in range(TRIES):
        try:
            sock.sendto(packet, ("255.255.255.255", 67))
            while True:
                offer = read(sock.recv(2048), number)
                if offer is not None and offer.kind == wanted:
                    return offer
        except OSError:
            continue
    return None
