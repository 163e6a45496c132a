"""One upstream as it is known, one question to it, and whether a packet is the answer to that question. ●"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from dns_filter.flights import Flight
from dns_filter.ports import Port, Way
from dns_filter.servers import Server
from dns_filter.upstream_tcp import OneQuestion
from dns_filter.wire import CD, FORMERR, HEADER, NOTIMP, QR, RD, opt_record

_HEADS = [[HEADER.pack(b"", RD | cd, 1, 0, 0, opt)[2:] for cd in (0, CD)] for opt in (0, 1)]
_OPTS = [opt_record(do=False), opt_record(do=True)]


@dataclass(slots=True, eq=False)
class Line:
    """One upstream as we know it."""

    server: Server
    ports: Way
    silent: int = 0
    """Attempts in a row without an answer. Only the order of asking depends on it, never whether it is asked."""
    set_back_until: float = 0.0
    keeps_case: bool = True
    doubts: int = 0
    owed: OrderedDict[Attempt, None] = field(default_factory=OrderedDict)
    """What it has not answered yet, the oldest first."""
    complaints: int = 0
    """Questions in a row that it answered only without EDNS."""
    plain_until: float = 0.0


@dataclass(slots=True, eq=False)
class Attempt:
    flight: Flight
    line: Line
    question: bytes
    """The question section as it was sent."""
    edns: bool = True
    sent: float = 0.0
    port: Port | None = None
    identity: bytes = b""
    over: bool = False
    said_no: bool = False
    """It answered, but with a failure."""
    stream: OneQuestion | None = None
    connecting: asyncio.Task[None] | None = None

    def packet(self) -> bytes:
        """The query but for its id."""
        wanted = self.flight.wanted
        head = _HEADS[self.edns][wanted.cd] + self.question
        return head + _OPTS[wanted.do] if self.edns else head

    def is_about(self, packet: bytes) -> bool:
        """Whether it is a response to this question, upper and lower case apart."""
        question, end = self.question, 12 + len(self.question)
        if len(packet) < end or not packet[2] & QR >> 8 or packet[2] & 0x78 or packet[4:6] != b"\0\1":
            return False
        return packet[12:end] == question or (
            packet[end - 4 : end] == question[-4:] and packet[12 : end - 4].lower() == question[:-4].lower()
        )

    def is_exactly_about(self, packet: bytes) -> bool:
        return packet.startswith(self.question, 12)


def is_too_old(packet: bytes) -> bool:
    """What servers from before EDNS send, often a bare header; also those that do not implement what they see."""
    return len(packet) >= 12 and bool(packet[2] & QR >> 8) and packet[3] & 0xF in (FORMERR, NOTIMP)
