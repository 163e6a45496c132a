"""Reference and fast engine side by side: the same datagrams, under the same clock, must leave as the same octets.

`python -m tests.dns_filter.fast.differential --queries 1000000` is the whole of it; the suite runs a little
of the same. Between the queries time goes by and back, bells ring, lists are reloaded and tables pushed. Each engine
has a socket of its own, and both query logs are compared at every push and at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import socket
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dns.edns
import dns.message

from dns_filter.clock import FixedClock
from dns_filter.desk import Desk, DeskSettings
from dns_filter.engine import EngineName
from dns_filter.hot import BATCH
from dns_filter.limits import RateLimit
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.snapshot import Snapshot
from dns_filter.told import Told
from tests.dns_filter import school
from tests.dns_filter.school import CLOSES, LISTS, NINE, OPENS, YEAR_5, YEAR_5_CLOSED
from tests.dns_filter.test_memo import WEB, Instantly, year_5_open
from tests.dns_filter.torture import crashers, mutated
from tests.fakes.domain_table import FakeDomainTable
from tests.shared_data import PROJECT

CLIENTS = (YEAR_5, YEAR_5_CLOSED, school.YEAR_1, school.TEACHER, school.STRANGER, school.SICK_LAPTOP)
NAMES = (
    *WEB, "www.roblox.com", "poki.com", "www.google.co.uk", "printer.ashlane.example", "captive.apple.com",
    "childline.org.uk", "wicked.example.org", "search.example.org", "1.8.8.8.in-addr.arpa", "tiktok.com", ".",
    "mask.icloud.com", "_dns.resolver.arpa", "www.bbc.co.uk", "nobody.example.net",
)  # fmt: skip
TYPES = ("A",) * 8 + ("AAAA", "HTTPS", "TXT", "ANY", "PTR", "TYPE97", "SOA")
OTHER_LISTS = {**LISTS, "games": ["poki.com", "=wikipedia.org"], "social": ["instagram.com", "www.roblox.com"]}
_LARGEST = 65_535


class Differ(AssertionError):
    """The engines do not say the same."""


class Side:
    """One engine with a desk, a socket and a query log of its own."""

    def __init__(self, engine: EngineName, clock: FixedClock, settings: DeskSettings, host: str = "127.0.0.1") -> None:
        start = Snapshot(school.table(), FakeDomainTable(LISTS), 1)  # type: ignore[arg-type]
        self.log = QueryLog(LogSettings(None, b"key"), clock)
        loop = asyncio.new_event_loop()
        loop.close()
        self.desk = Desk(settings, start, self.log, loop, clock)
        self.desk.pipeline.resolver.upstreams = Instantly()  # type: ignore[assignment]
        # No jitter by chance: a query that one remembers and the other does not would draw a number more.
        self.desk.pipeline.fraction = lambda: 0.4
        self.socket = _datagrams(host)
        self.drain = self.desk.engine.drain(self.socket, self.desk)
        self.said: Counter[tuple[object, ...]] = Counter()

    def exchange(self, client: socket.socket, packets: Sequence[bytes]) -> list[bytes]:
        """What comes back for these datagrams, in the order it comes."""
        heard = []
        for packet in packets:
            client.sendto(packet, self.socket.getsockname())
        for _ in range(len(packets) // BATCH + 1):
            self.drain()
        with contextlib.suppress(BlockingIOError):
            while True:
                heard.append(client.recv(_LARGEST))
        return heard

    def written(self) -> Counter[tuple[object, ...]]:
        """Everything that the query log was told up to now: who, and each thing that it writes down."""
        log = self.log
        rows: Counter[tuple[object, ...]] = Counter()
        for who, told, _ in log.notes:
            rows[who, *_row(told)] += 1
        for who, told in zip(log.hits[::2], log.hits[1::2], strict=True):
            rows[who, *_row(told)] += 1
        gathered = self.desk.engine.gather()
        assert not gathered.unnamed, "there is room enough for all"
        for (who, told), times in gathered.said.items():
            rows[who, *_row(told)] += times
        for who, told, name, _ in log.below:
            rows[who, *_row(told)[:1], name, *_row(told)[2:]] += 1
        log.hits.clear(), log.notes.clear(), log.below.clear()
        self.said.update(rows)
        return rows

    def close(self) -> None:
        self.socket.close()


def _datagrams(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((host, 0))
    return sock


def _row(told: Told) -> tuple[object, ...]:
    return told.profile, told.name, told.qtype, told.code, told.rule, told.epoch, told.why, told.category, told.step


@dataclass
class Both:
    settings: dict[str, object] = field(default_factory=dict)
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self.clock = FixedClock(NINE)
        engines: tuple[EngineName, ...] = ("reference", "fast")
        made = {"upstreams": (), "memo_limit": 1 << 20, **self.settings}
        self.sides = [Side(engine, self.clock, DeskSettings(**made, engine=engine), self.host) for engine in engines]  # type: ignore[arg-type]
        self.epoch, self.asked, self.answered = 1, 0, 0
        self._clients: dict[str, socket.socket] = {}

    def ask(self, packets: Sequence[bytes], client: str) -> list[bytes]:
        """The replies of both, which are the same. Raises Differ."""
        sock = self._client(client)
        reference, fast = (side.exchange(sock, packets) for side in self.sides)
        self.asked += len(packets)
        self.answered += len(fast)
        # What is remembered leaves in one go, and before what is not: the order is nobody's concern in UDP.
        if reference != fast and sorted(reference) != sorted(fast):
            alone = ([x for x in one if x not in other] for one, other in ((reference, fast), (fast, reference)))
            ours, theirs = ([each.hex() for each in some[:2]] for some in alone)
            asked = [each.hex() for each in packets if any(heard.startswith(each.hex()[:4]) for heard in ours + theirs)]
            raise Differ(f"{client} at {self.clock.at} asked {asked}\nreference: {ours}\nfast: {theirs}")
        return fast

    def push(self, lists: dict[str, list[str]] = LISTS, **changes: object) -> None:
        """Another table or other lists; what was written down before must be the same on both sides. Raises Differ."""
        self.compare_logs()
        self.epoch += 1
        for side in self.sides:
            table = school.table(self.epoch, **changes)  # type: ignore[arg-type]
            side.desk.adopt(Snapshot(table, FakeDomainTable(lists), side.desk.generation + 1))  # type: ignore[arg-type]

    def compare_logs(self) -> None:
        reference, fast = (side.written() for side in self.sides)
        if reference != fast:
            raise Differ(
                f"the logs differ: {list((reference - fast).items())[:3]}, {list((fast - reference).items())[:3]}"
            )
        counts = [_counts(side) for side in self.sides]
        if counts[0] != counts[1]:
            raise Differ(f"the counts differ: {counts}")

    def _client(self, address: str) -> socket.socket:
        if address not in self._clients:
            self._clients[address] = _datagrams(address)
        return self._clients[address]

    def close(self) -> None:
        for each in (*self.sides, *self._clients.values()):
            each.close()


def _counts(side: Side) -> dict[str, int]:
    counts = dict(side.desk.pipeline.counts)
    counts["drop"] = counts.get("drop", 0) + side.desk.engine.dropped
    return counts


def packet(dice: random.Random, names: Sequence[str] = NAMES) -> bytes:
    """A query as clients send it: any type, any OPT, any case, now and then for a name below a known one."""
    name = dice.choice(names)
    if dice.random() < 0.2 and name != ".":
        name = f"{dice.choice(('a', 'b.c', dice.randbytes(3).hex()))}.{name}"
    if dice.random() < 0.3:
        name = "".join(dice.choice((letter.upper(), letter)) for letter in name)
    options = [dns.edns.GenericOption(dns.edns.OptionType.COOKIE, dice.randbytes(8))] if dice.random() < 0.3 else []
    form = dice.choice(({}, {"use_edns": 0}, {"use_edns": 0, "want_dnssec": True}, {"payload": dice.randrange(65_536)}))
    flags = (0x0100 if dice.random() < 0.9 else 0) | dice.choice((0, 0, 0, 0x20, 0x10, 0x30))
    query = dns.message.make_query(
        name, dice.choice(TYPES), flags=flags, **{**form, **({"options": options} if form else {})}
    )  # type: ignore[arg-type]
    query.id = dice.randrange(65_536)
    return query.to_wire()


def acts(both: Both, dice: random.Random) -> Sequence[Callable[[], None]]:
    """What may happen between two queries: time goes by or back, a bell is near, a list or a table is another one."""

    def wait(seconds: float) -> None:
        both.clock.at += seconds

    def bell() -> None:
        both.clock.at = dice.choice((OPENS, CLOSES)) + dice.choice((-20.0, -3.3, -1.0, -0.001, 0.0))

    return (
        *(lambda each=each: wait(each) for each in (0.25, 0.999, 1.0, 4.0, 9.5, 14.0, 31.0, 299.0, -30.0)),
        bell,
        lambda: both.push(mandatory=dice.choice((("iwf-illegal",), ("iwf-illegal", "games")))),
        lambda: both.push(dice.choice((LISTS, OTHER_LISTS)), cohorts=year_5_open(switchable=dice.random() < 0.5)),
    )


def compare(
    queries: int, seed: int, known: Sequence[bytes] = (), restless: float = 0.05, say: Callable[[str], None] = str
) -> Both:
    """So many queries, one in ten of them broken; `restless`: how often something happens after one of the bursts, of
    54 queries each. Raises Differ."""
    dice, both = random.Random(seed), Both({"rate_limit": RateLimit(50, 300)} if seed % 4 == 3 else {})
    whole = [packet(dice) for _ in range(3_000)]
    sources = [*whole, *known]
    try:
        for each in known:
            both.ask([each], YEAR_5)
        happenings = acts(both, dice)
        while both.asked < queries:
            some = [_next(dice, whole, sources) for _ in range(dice.choice((1, 1, 5, 64, 200)))]
            both.ask(some, dice.choice(CLIENTS))
            if dice.random() < restless:
                dice.choice(happenings)()
            if dice.random() < 0.001:
                say(f"{both.asked} asked, {both.answered} answered, epoch {both.epoch}")
        both.compare_logs()
    finally:
        both.close()
    return both


def _next(dice: random.Random, whole: Sequence[bytes], sources: Sequence[bytes]) -> bytes:
    identity, kind = dice.randbytes(2), dice.random()
    if kind < 0.1:
        return (identity + mutated(dice.choice(sources), dice)[2:])[:60_000]
    if kind < 0.12:
        return packet(dice)
    # The same few again and again, as clients ask: only what was asked before can be remembered wrongly.
    return identity + whole[int(len(whole) * dice.random() ** 4)][2:]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.dns_filter.fast.differential", description=__doc__)
    parser.add_argument("--queries", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data" / "dns-wire")
    asked = parser.parse_args(arguments)
    known, total, remembered = crashers(asked.data), Counter[str](), 0
    for seed in range(asked.seeds):
        both = compare(asked.queries // asked.seeds, seed, known, say=lambda text: sys.stderr.write(f"  {text}\n"))
        total.update(asked=both.asked, answered=both.answered, pushes=both.epoch - 1)
        remembered += both.sides[1].desk.engine.hits  # type: ignore[attr-defined]
    print(f"equal: {dict(total)}, {remembered} of them answered by compiled code; {len(known)} known crashers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
