"""`python -m tests.controller.explain_law [COUNT] [SEED]`: explain says what the filter does, for random queries.

The filter's own hot loop, memory and pipeline answer; what its query log would write down is held against what
`explain` says for the same client, name and moment.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dns.message
from dns.flags import QR

from controller.compile import compile_intent
from controller.explain import explain
from dns_filter.clock import FixedClock
from dns_filter.desk import Desk, DeskSettings
from dns_filter.flights import Tell, Wanted
from dns_filter.hot import make_drain
from dns_filter.names import to_text
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.records import read_answer
from dns_filter.snapshot import Snapshot
from dns_filter.told import Told
from tests.controller.school import (
    DESK,
    IPAD,
    KS1_IPAD,
    LAPTOP,
    LOCK,
    NINE,
    PHONE,
    POLICY,
    PRINTER,
    STRANGER,
    at,
    scanned,
    school,
    window,
)
from tests.fakes.domain_table import FakeDomainTable

NAMES = FakeDomainTable(
    {
        "games": ["poki.com", "ttrockstars.com", "example.net"],
        "social": ["facebook.com", "instagram.com"],
        "gambling": ["bets.example"],
        "adult": ["redlight.example"],
        "webmail": ["mail.example"],
        "iwf-illegal": ["wicked.example.org"],
        "essential": ["captive.apple.com"],
        "bypass": ["dns.google"],
        "proxy": ["proxy.example"],
        "service:facebook": ["facebook.com"],
        "service:tiktok": ["tiktok.com"],
        "protected:support": ["childline.org.uk"],
        "protected:education": ["purplemash.com"],
        "search:without-switch": ["startpage.com"],
    }
)
DEVICES = (IPAD, KS1_IPAD, LAPTOP, DESK, PRINTER, LOCK, PHONE, STRANGER)
SEEN = tuple(at(mac, f"10.20.0.{number}") for number, mac in enumerate(DEVICES, 10))
INVENTORY = school(seen=SEEN, receipts=(scanned(LAPTOP, NINE - timedelta(days=1)),))
WINDOWS = (
    window(1, start=60, minutes=45),
    window(2, start=90, minutes=30, focus=("maths-sites",)),
    window(3, "year-1", start=200, minutes=60, focus=("approved-sites",)),
    window(4, start=24 * 60, minutes=90, level="staff"),
)
CLIENTS = (*(f"10.20.0.{number}" for number in range(10, 10 + len(DEVICES))), "10.20.3.77", "10.99.0.1")
LISTED = (
    "poki.com", "ttrockstars.com", "example.net", "facebook.com", "instagram.com", "bets.example", "redlight.example",
    "mail.example", "wicked.example.org", "captive.apple.com", "dns.google", "proxy.example", "tiktok.com",
    "childline.org.uk", "purplemash.com", "startpage.com", "bbc.co.uk", "phonicsplay.co.uk", "poppyappeal.org.uk",
    "www.google.co.uk", "www.youtube.com", "duckduckgo.com", "mask.icloud.com", "use-application-dns.net",
    "resolver.arpa", "printer.local", "1.20.10.in-addr.arpa", "wikipedia.org", "example.com", "health.filter.invalid",
)  # fmt: skip
TYPES = ("A", "AAAA", "HTTPS", "TXT", "MX", "ANY")
SPAN = timedelta(days=13)


@dataclass(frozen=True, slots=True)
class Asked:
    client: str
    name: str
    qtype: str
    at: datetime


class Instantly:
    """An upstream that has one address for every name."""

    def ask(self, wanted: Wanted, tell: Tell, *, patient: bool = True) -> None:
        name = dns.name.from_text(to_text(wanted.name))
        query = dns.message.make_query(name, wanted.qtype)
        reply = dns.message.make_response(query)
        if wanted.qtype == 1:
            reply.answer.append(dns.rrset.from_text(name, 300, "IN", "A", "192.0.2.1"))
        else:
            reply.authority.append(dns.rrset.from_text(name, 300, "IN", "SOA", "a.example. b.example. 1 2 3 4 300"))
        tell(read_answer(reply.to_wire(), wanted.name))

    def close(self) -> None:
        """Nothing is open."""


class Wire:
    """A socket with at most one datagram in it."""

    def __init__(self) -> None:
        self.waiting: list[tuple[bytes, tuple[str, int]]] = []
        self.sent: list[bytes] = []

    def recvfrom(self, _: int) -> tuple[bytes, tuple[str, int]]:
        if not self.waiting:
            raise BlockingIOError
        return self.waiting.pop()

    def sendto(self, octets: bytes, _: tuple[str, int]) -> None:
        self.sent.append(octets)


class Filter:
    """One worker's desk and hot loop, without a network. Close it: it holds an event loop."""

    def __init__(self) -> None:
        self.intent = compile_intent(POLICY, INVENTORY, WINDOWS, NINE, 7)
        self.clock, self.loop = FixedClock(NINE.timestamp()), asyncio.new_event_loop()
        self.log = QueryLog(LogSettings(None, b"key"), self.clock)
        self.desk = Desk(DeskSettings(()), Snapshot(self.intent.table, NAMES, 1), self.log, self.loop, self.clock)
        self.desk.pipeline.resolver.upstreams = Instantly()  # type: ignore[assignment]
        self.wire = Wire()
        self.drain = make_drain(self.wire, self.desk)  # type: ignore[arg-type]

    def close(self) -> None:
        self.desk.close()
        self.loop.close()

    def ask(self, asked: Asked) -> tuple[Told, dns.message.Message]:
        """What is written down of it, and the answer."""
        self.clock.at = asked.at.timestamp()
        self.wire.waiting.append((dns.message.make_query(asked.name, asked.qtype).to_wire(), (asked.client, 5353)))
        self.drain()
        said = [each for each in self.log.hits if isinstance(each, Told)]
        said += [each[1] for each in (*self.log.notes, *self.log.below)]
        (told,) = said
        for rows in (self.log.hits, self.log.notes, self.log.below):
            rows.clear()
        return told, dns.message.from_wire(self.wire.sent.pop())


def queries(count: int, seed: int) -> Iterator[Asked]:
    """Names on lists, below them and beside them; half of the moments close to an edge of a lesson."""
    chance = random.Random(seed)
    edges = [datetime.fromtimestamp(edge, UTC) for edge in _edges()]
    for _ in range(count):
        name = chance.choice(LISTED)
        name = chance.choice(
            (name, name, f"www.{name}", f"a.b.{name}", f"x{name}", f"site{chance.randrange(99)}.example")
        )
        near = chance.choice(edges) + timedelta(seconds=chance.choice((-1, -0.5, 0, 0.5, 1)))
        anywhere = NINE + SPAN * chance.random()
        moment = near if chance.random() < 0.5 and NINE <= near < NINE + SPAN else anywhere
        yield Asked(chance.choice(CLIENTS), name, chance.choice(TYPES), moment)


def _edges() -> list[float]:
    table = compile_intent(POLICY, INVENTORY, WINDOWS, NINE, 7).table
    return sorted({e for cohort in table.cohorts.values() for g in cohort.grants for e in (g.opens_at, g.closes_at)})


def check(count: int, seed: int = 0) -> Counter[str]:
    """How often each outcome came. Raises AssertionError with the query where the two disagree."""
    running, seen = Filter(), Counter[str]()
    try:
        for number, asked in enumerate(queries(count, seed), 1):
            told, reply = running.ask(asked)
            found = explain(
                POLICY, running.intent, INVENTORY, WINDOWS, NAMES, asked.client, asked.name, asked.qtype, asked.at
            )
            said = (found.verdict.code, found.verdict.rule, found.trace.standing.profile.name)
            assert (told.code, told.rule, told.profile) == said, (asked, told, said)
            assert told.blocked is not found.allowed, asked
            assert reply.flags & QR
            _check_reply(asked, reply, found.allowed, found.trace.ede, found.trace.ttl.boundary)
            seen[told.code] += 1
            if number % 10_000 == 0:
                print(f"{number} queries agree", flush=True)
    finally:
        running.close()
    return seen


def _check_reply(asked: Asked, reply: dns.message.Message, allowed: bool, ede: int | None, bell: float | None) -> None:
    if not allowed:
        assert not reply.answer, asked
    for rrset in (*reply.answer, *reply.authority):
        assert bell is None or rrset.ttl <= max(1, bell), (asked, rrset.ttl, bell)
    assert allowed or ede is not None, asked


def main(words: list[str]) -> int:
    count, seed = (int(words[0]) if words else 100_000), (int(words[1]) if words[1:] else 1)
    seen = check(count, seed)
    for code, times in seen.most_common():
        print(f"{times:8} {code}")
    print(f"explain equals the filter for {seen.total()} queries, seed {seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
