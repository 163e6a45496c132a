"""The machine's own resolvers, and whether one of them knows the internet."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from dnslib import QTYPE, DNSError, DNSRecord

from controller.addresses import Endpoint, endpoint

WELL_KNOWN = ("bbc.co.uk", "example.com")


def of_machine(resolv_conf: Path = Path("/etc/resolv.conf")) -> tuple[Endpoint, ...]:
    """The `nameserver` lines, in order; lines that name no address are passed over."""
    try:
        lines = resolv_conf.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ()
    words = (line.split() for line in lines)
    named = (_address(w[1]) for w in words if len(w) > 1 and w[0] == "nameserver")
    return tuple(found for found in named if found is not None)


def _address(text: str) -> Endpoint | None:
    try:
        return endpoint(text, 53)
    except ValueError:
        return None


def answers(resolver: Endpoint, seconds: float = 1.0) -> bool:
    """Does it give an address for a name that everybody knows? A resolver without internet says NXDOMAIN."""
    return any(_gives_address(resolver, name, seconds) for name in WELL_KNOWN)


def addresses(name: str, servers: Iterable[Endpoint], seconds: float = 3.0) -> tuple[IPv4Address | IPv6Address, ...]:
    """All addresses of a name, by the first of the resolvers that has any."""
    for server in servers:
        replies = [_ask(server, name, kind, seconds) for kind in ("A", "AAAA")]
        found = [
            ip_address(str(rr.rdata))
            for reply in replies
            if reply
            for rr in reply.rr
            if rr.rtype in (QTYPE.A, QTYPE.AAAA)
        ]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _gives_address(resolver: Endpoint, name: str, seconds: float) -> bool:
    reply = _ask(resolver, name, "A", seconds)
    return reply is not None and any(rr.rtype == QTYPE.A for rr in reply.rr)


def _ask(resolver: Endpoint, name: str, kind: str, seconds: float) -> DNSRecord | None:
    query = DNSRecord.question(name, kind)
    query.header.id = int.from_bytes(os.urandom(2))
    family = socket.AF_INET6 if ":" in resolver.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(seconds)
            sock.connect((resolver.host, resolver.port))
            sock.send(query.pack())
            reply = DNSRecord.parse(sock.recv(4096))
    except (OSError, DNSError):
        return None
    return reply if reply.header.id == query.header.id else None
