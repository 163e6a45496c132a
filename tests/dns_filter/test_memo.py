"""Remembered answers and TTLs: nothing remembered ever says what the pipeline would no longer say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import dns.edns
import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dns_filter import ttl
from dns_filter.clock import FixedClock
from dns_filter.desk import Desk, DeskSettings
from dns_filter.flights import Tell, Wanted
from dns_filter.hot import make_drain
from dns_filter.memo import Memo
from dns_filter.model import Cohort
from dns_filter.names import to_wire
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.recall import read_opt
from dns_filter.records import read_answer
from dns_filter.snapshot import Snapshot
from tests.dns_filter import school
from tests.dns_filter.school import CLOSES, LISTS, NINE, OPENS, YEAR_5, YEAR_5_CLOSED
from tests.dns_filter.test_records import response
from tests.fakes.domain_table import FakeDomainTable

WEB = {
    "wikipedia.org": ("wikipedia.org. 300 A 192.0.2.1",),
    "www.bbc.co.uk": ("www.bbc.co.uk. 3600 CNAME pri.bbc.co.uk.", "pri.bbc.co.uk. 30 A 192.0.2.2"),
    "homework.example.org": ("homework.example.org. 20 CNAME www.roblox.com.",),
    "forcesafesearch.google.com": ("forcesafesearch.google.com. 300 A 192.0.2.9",),
    "seven.example.org": ("seven.example.org. 7 A 192.0.2.7",),
}
NAMES = (*WEB, "www.roblox.com", "www.google.co.uk", "printer.ashlane.example", "captive.apple.com", "WIKIpedia.org")
CLIENTS = (YEAR_5, YEAR_5_CLOSED, school.YEAR_1, school.TEACHER, school.STRANGER)


@dataclass
class Instantly:
    """Upstreams that answer before they are asked twice."""

    asked: list[Wanted] = field(default_factory=list)

    def ask(self, wanted: Wanted, tell: Tell, *, patient: bool = True) -> None:
        self.asked.append(wanted)
        known = {to_wire(name): (name, lines) for name, lines in WEB.items()}
        if wanted.name not in known or wanted.qtype != 1:
            tell(None)
            return
        name, lines = known[wanted.name]
        tell(read_answer(response(name, "A", *lines), wanted.name))

    def close(self) -> None:
        self.asked.clear()


def year_5_open(*, switchable: bool) -> dict[str, Cohort]:
    """The cohorts of the school, of which one without lessons is such that a teacher may pause it, or is not."""
    cohorts = dict(school.table().cohorts)
    return {**cohorts, "year-5-open": cohorts["year-5-open"].model_copy(update={"switchable": switchable})}


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


class Two:
    """One worker that remembers and one that never does, under the same clock and without jitter."""

    def __init__(self) -> None:
        self.clock = FixedClock(NINE)
        self.with_memo, self.without = self._desk(1 << 20), self._desk(0)
        self.wire = Wire()
        # What the hot loop does not find goes nowhere: `same` asks the pipeline itself.
        self.with_memo.take = lambda *_: None  # type: ignore[method-assign]
        self.drain = self._drain()

    def _desk(self, memo_limit: int) -> Desk:
        start = Snapshot(school.table(), FakeDomainTable(LISTS), 1)  # type: ignore[arg-type]
        log = QueryLog(LogSettings(None, b"key"), self.clock)
        loop = asyncio.new_event_loop()
        loop.close()
        desk = Desk(self._settings(memo_limit), start, log, loop, self.clock)
        desk.pipeline.resolver.upstreams = Instantly()  # type: ignore[assignment]
        desk.pipeline.fraction = lambda: 0.0
        return desk

    def _drain(self) -> Callable[[], None]:
        return make_drain(self.wire, self.with_memo)  # type: ignore[arg-type]

    def _settings(self, memo_limit: int) -> DeskSettings:
        return DeskSettings((), memo_limit=memo_limit)

    def adopt(self, epoch: int, **changes: object) -> None:
        for desk in (self.with_memo, self.without):
            names = FakeDomainTable(LISTS)
            desk.adopt(Snapshot(school.table(epoch, **changes), names, desk.generation + 1))  # type: ignore[arg-type]

    def remembered(self, packet: bytes, client: str) -> bytes | None:
        """What the hot loop sends by itself."""
        self.wire.waiting.append((packet, (client, 5300)))
        self.drain()
        return self.wire.sent.pop() if self.wire.sent else None

    def ask(self, packet: bytes, client: str, desk: Desk) -> bytes:
        now, heard = self.clock(), list[bytes]()
        desk.pipeline.take(packet, desk.clients.admit(client, now), heard.append, now, udp=True)
        (reply,) = heard
        return reply

    def same(self, packet: bytes, client: str) -> bool:
        """Whether what the hot loop would send is what the pipeline says; True where it remembers nothing."""
        fast = self.remembered(packet, client)
        slow = self.ask(packet, client, self.without)
        if fast is None:
            fast = self.ask(packet, client, self.with_memo)
        return fast == slow


def packet(name: str, qtype: int = 1, **options: object) -> bytes:
    return dns.message.make_query(name, qtype, id=7, **{"use_edns": 0, **options}).to_wire()  # type: ignore[arg-type]


_FEW = (
    "wikipedia.org",
    "Wikipedia.Org",
    "www.roblox.com",
    "WWW.roblox.com",
    "1.www.roblox.com",
    "homework.example.org",
)
_COOKIES = [
    [dns.edns.GenericOption(dns.edns.OptionType.COOKIE, cookie)] for cookie in (b"AbCdEfGh", b"abcdefgh", b"ABCDEFGH")
]
_FORMS = st.sampled_from(
    (
        {}, {"use_edns": False}, {"want_dnssec": True}, {"payload": 512}, {"flags": 0x0110}, {"flags": 0},
        {"use_edns": False, "flags": 0x0120}, *({"options": options} for options in _COOKIES),
    )
)  # fmt: skip
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(NAMES), st.sampled_from(CLIENTS), _FORMS),
        # Mostly the same few again: what is remembered can only be wrong about what was asked before.
        st.tuples(st.just("ask"), st.sampled_from(_FEW), st.just(YEAR_5_CLOSED), st.just({})),
        st.tuples(st.just("ask"), st.sampled_from(_FEW), st.just(YEAR_5), st.just({})),
        st.tuples(st.just("ask"), st.sampled_from(_FEW), st.just(YEAR_5), _FORMS),
        st.tuples(st.just("wait"), st.sampled_from((0.0, 0.25, 0.999, 1.0, 4.0, 9.5, 14.0, 31.0, 299.0, 600.0, -30.0))),
        st.tuples(st.just("bell"), st.sampled_from((OPENS, CLOSES)), st.sampled_from((-20.0, -3.3, -1.0, -0.001, 0.0))),
        st.tuples(st.just("push"), st.booleans(), st.booleans()),
    ),
    min_size=4,
    max_size=40,
)


@settings(max_examples=200)
@given(ACTS)
def test_what_is_remembered_is_what_the_pipeline_says_at_every_moment(acts: list[tuple[object, ...]]) -> None:
    hold_equal(Two(), acts)


def hold_equal(both: Two, acts: list[tuple[object, ...]]) -> None:
    epoch = 1
    for act, *rest in acts:
        if act == "ask":
            name, client, form = rest
            asked = packet(str(name), **form)  # type: ignore[arg-type]
            assert both.same(asked, str(client)), (name, client)
            assert both.same(asked, str(client)), (name, client, "again")
        elif act == "wait":
            both.clock.at += float(rest[0])  # type: ignore[arg-type]
        elif act == "bell":
            both.clock.at = float(rest[0]) + float(rest[1])  # type: ignore[arg-type]
        else:
            epoch += 1
            mandatory = ("iwf-illegal",) if rest[0] else ("iwf-illegal", "games")
            both.adopt(epoch, mandatory=mandatory, cohorts=year_5_open(switchable=bool(rest[1])))


def test_the_second_time_a_name_is_asked_for_it_comes_from_the_memo() -> None:
    both = Two()
    for name in ("www.roblox.com", "wikipedia.org", "printer.ashlane.example", "www.google.co.uk"):
        assert both.remembered(packet(name), YEAR_5) is None
        first = both.ask(packet(name), YEAR_5, both.with_memo)
        assert both.remembered(packet(name), YEAR_5) == first


@pytest.mark.parametrize(
    "changed",
    [packet("www.roblox.com", 28), packet("www.roblox.com") + b"!", b"\0\7" + packet("roblox.com")[2:]],
    ids=["another type", "octets left over", "another name"],
)
def test_another_question_is_not_found_in_the_memo(changed: bytes) -> None:
    both = Two()
    both.ask(packet("www.roblox.com"), YEAR_5, both.with_memo)
    assert both.remembered(changed, YEAR_5) is None


@pytest.mark.parametrize("edns", [0, False], ids=["with OPT", "without"])
def test_types_a_case_apart_are_two_questions_whatever_case_the_name_has(edns: int) -> None:
    both = Two()
    both.ask(packet("www.roblox.com", 97, use_edns=edns), YEAR_5, both.with_memo)
    assert both.remembered(packet("WWW.roblox.com", 65, use_edns=edns), YEAR_5) is None
    assert both.remembered(packet("WWW.roblox.com", 97, use_edns=edns), YEAR_5) is not None


def test_cookies_that_change_are_answered_from_memory_and_each_has_its_turn_as_a_key() -> None:
    both = Two()
    both.ask(packet("www.roblox.com"), YEAR_5, both.with_memo)
    for number in range(100):
        asked = packet(
            "www.roblox.com", options=[dns.edns.GenericOption(dns.edns.OptionType.COOKIE, bytes((number, *range(7))))]
        )
        assert both.remembered(asked, YEAR_5) == both.ask(asked, YEAR_5, both.without)
        assert both.remembered(asked, YEAR_5) == both.ask(asked, YEAR_5, both.without)
    assert len(both.with_memo.memo.entries) <= 4


def test_what_the_memo_says_it_weighs_is_what_is_in_it() -> None:
    both = Two()
    memo: Memo = both.with_memo.memo
    for number in range(30):
        for name in ("www.roblox.com", f"page-{number % 7}.roblox.com", "WWW.roblox.com", "wikipedia.org"):
            cookie = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, bytes((number,)) * 8)
            both.remembered(packet(name, options=[cookie]), YEAR_5)
            both.ask(packet(name), YEAR_5, both.with_memo)
    for key in list(memo.entries):
        memo.forget(key)
    assert (memo.weight, memo.entries) == (0, {})


def test_who_asks_for_a_fifth_more_than_there_is_room_for_still_finds_most_of_it() -> None:
    both = Two()
    asked = [packet("www.roblox.com", 1000 + number) for number in range(120)]
    for each in asked[:100]:
        both.ask(each, YEAR_5, both.with_memo)
    both.with_memo.memo.limit = both.with_memo.memo.weight
    found = 0
    for each in asked * 10:
        if both.remembered(each, YEAR_5) is not None:
            found += 1
        else:
            both.ask(each, YEAR_5, both.with_memo)
    assert found > len(asked) * 10 // 2


def test_https_and_the_type_that_is_its_lower_case_are_two_questions() -> None:
    both = Two()
    both.ask(packet("www.roblox.com", 65), YEAR_5, both.with_memo)
    assert both.remembered(packet("www.roblox.com", 97), YEAR_5) is None
    assert both.remembered(packet("WWW.roblox.com", 65), YEAR_5) is not None


def test_a_push_makes_everything_forgotten() -> None:
    both = Two()
    both.ask(packet("www.roblox.com"), YEAR_5, both.with_memo)
    both.adopt(2)
    assert both.remembered(packet("www.roblox.com"), YEAR_5) is None


def test_the_memo_and_the_cache_stay_within_their_octets() -> None:
    both = Two()
    both.with_memo.memo.limit = 20_000
    for number in range(500):
        both.ask(packet(f"page-{number}.roblox.com"), YEAR_5, both.with_memo)
    memo: Memo = both.with_memo.memo
    assert 10 < len(memo.entries) < 100
    assert memo.weight <= memo.limit


@given(st.integers(1, 400), st.floats(0.001, 1000), st.floats(0, 0.999))
def test_no_ttl_reaches_past_the_bell(cap: int, bell: float, jitter: float) -> None:
    seconds = ttl.left(cap, NINE + bell, NINE, jitter)
    assert 1 <= seconds <= cap
    assert seconds <= max(1, bell)
    assert seconds >= max(1, min(cap, int(bell)) * 0.9 - 1)


@settings(max_examples=100)
@given(st.sampled_from(NAMES), st.floats(1.0, 1200.0), st.sampled_from(CLIENTS), st.floats(0, 0.999))
def test_no_record_of_any_answer_outlives_the_bell(name: str, before: float, client: str, jitter: float) -> None:
    both = Two()
    both.with_memo.pipeline.fraction = lambda: jitter
    both.clock.at = CLOSES - before
    for reply in (both.ask(packet(name), client, both.with_memo), both.remembered(packet(name), client)):
        said = dns.message.from_wire(reply) if reply else None
        for rrset in (*said.answer, *said.authority) if said else ():
            assert rrset.ttl <= (before if client == YEAR_5_CLOSED else 300)
            assert rrset.ttl <= 300


@pytest.mark.parametrize(
    ("name", "client", "at", "highest"),
    [
        ("wikipedia.org", YEAR_5, NINE, 300),
        ("wikipedia.org", YEAR_5_CLOSED, OPENS, 15),
        ("www.bbc.co.uk", YEAR_5, NINE, 30),
        ("www.google.co.uk", YEAR_5, NINE, 30),
        ("www.roblox.com", YEAR_5, NINE, 10),
        ("printer.ashlane.example", YEAR_5, NINE, 60),
        ("wikipedia.org", YEAR_5_CLOSED, CLOSES - 4.5, 4),
        ("wikipedia.org", YEAR_5_CLOSED, OPENS - 4.5, 4),
    ],
)
def test_how_long_each_kind_of_answer_is_kept(name: str, client: str, at: float, highest: int) -> None:
    both = Two()
    both.clock.at = at
    said = dns.message.from_wire(both.ask(packet(name), client, both.with_memo))
    assert {rrset.ttl for rrset in (*said.answer, *said.authority)} == {highest}


@pytest.mark.parametrize(
    ("name", "client", "highest"),
    [
        ("wikipedia.org", YEAR_5, 15),
        ("www.bbc.co.uk", YEAR_5, 15),
        ("seven.example.org", YEAR_5, 7),
        ("www.google.co.uk", YEAR_5, 15),
        ("www.roblox.com", YEAR_5, 10),
        ("printer.ashlane.example", YEAR_5, 60),
        ("wikipedia.org", school.TEACHER, 300),
        ("wikipedia.org", school.PRINTER, 300),
    ],
)
def test_what_a_teacher_may_pause_is_kept_for_a_quarter_of_a_minute(name: str, client: str, highest: int) -> None:
    both = Two()
    both.adopt(2, cohorts=year_5_open(switchable=True))
    first = both.ask(packet(name), client, both.with_memo)
    assert both.remembered(packet(name), client) == first
    said = dns.message.from_wire(first)
    assert {rrset.ttl for rrset in (*said.answer, *said.authority)} == {highest}


def test_a_table_from_before_says_that_only_lessons_switch() -> None:
    found = Cohort.model_validate_json('{"id": "year-5", "resting": "key-stage-2", "grants": []}')
    assert not found.switchable
    assert Cohort.model_validate_json(Cohort(id="a", resting="b", switchable=True).model_dump_json()).switchable


def test_a_clock_that_was_set_back_is_no_reason_to_believe_the_memo() -> None:
    both = Two()
    for moved in (0.0, 4.0, -30.0):
        both.clock.at += moved
        assert both.same(packet("wikipedia.org"), YEAR_5)
        assert both.same(packet("wikipedia.org"), YEAR_5)


def test_a_cached_answer_grows_older_in_the_clients_eyes() -> None:
    both = Two()
    both.ask(packet("wikipedia.org"), YEAR_5, both.with_memo)
    seen = []
    for _ in range(3):
        reply = both.remembered(packet("wikipedia.org"), YEAR_5)
        assert reply is not None
        seen.append(dns.message.from_wire(reply).answer[0].ttl)
        both.clock.at += 10
    assert seen == [300, 290, 280]


@given(st.binary(max_size=40))
def test_any_octets_for_an_opt_are_read_or_left_to_the_pipeline(noise: bytes) -> None:
    for octets in (noise, b"\0\0\x29\x04\xd0\0\0\0\0" + noise):
        said = read_opt(octets)
        assert said is None or 512 <= said.limit <= 1232
