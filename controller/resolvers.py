"""The machine's own resolvers, and whether one of them knows the internet."""

from __future__ import annotations

import os
import socket
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


def _gives_address(resolver: Endpoint, name: str, seconds: float) -> bool:
    query = DNSRecord.question(name, "A")
    query.header.id = int.from_bytes(os.urandom(2))
    family = socket.AF_INET6 if ":" in resolver.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(seconds)
            sock.connect((resolver.host, resolver.port))
            sock.send(query.pack())
            reply = DNSRecord.parse(sock.recv(4096))
    except (OSError, DNSError):
        return False
    return reply.header.id == query.header.id and any(rr.rtype == QTYPE.A for rr in reply.rr)
