"""BIND, Unbound, PowerDNS Recursor and Knot Resolver, subscribed to the zones, decide what the filter decides."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from dns_filter import clock
from dns_filter.model import Code, Cohort, FilterTable, Grant, Query
from dns_filter.names import to_text, to_wire
from dns_filter.rpz.records import NOTHING, PASS, told
from dns_filter.snapshot import Snapshot
from dns_filter.steps import decide
from dns_filter.wire import CNAME
from tests.dns_filter import school
from tests.dns_filter.rpz_resolvers import (
    ADDRESS,
    CLIENTS,
    RESOLVERS,
    Setting,
    answer,
    bind_,
    free_place,
    shown,
    started,
)
from tests.dns_filter.rpz_service import Service, serving
from tests.dns_filter.test_rpz_zone import FORTY
from tests.fakes.upstream import FakeUpstream
from tests.waiting import until

NAMES = [name for name in FORTY if name not in ("com", "co.uk", "local")]
TARGETS = ["forcesafesearch.google.com", "restrict.youtube.com", "restrictmoderate.youtube.com", "safe.duckduckgo.com"]
CANNOT_REWRITE = {"kresd": "Knot Resolver 5.6 passes over a CNAME with a target of its own; its file says NODATA"}
HEARS_NO_NOTIFY = {"pdns_recursor": "PowerDNS Recursor 4.8 asks by itself", "kresd": "Knot Resolver reads files"}
FLIP = 60.0
"""Seconds for NOTIFY, transfer and reload on a busy machine; alone it takes one or two."""

needing = [pytest.param(name, marks=pytest.mark.needs(name)) for name in RESOLVERS]


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    lines = [f"5 A {ADDRESS}", "5 AAAA 2001:db8::1"]
    with FakeUpstream(dict.fromkeys([*NAMES, *TARGETS], lines)) as running:
        yield running.address


@contextlib.contextmanager
def subscribed(resolver: str, tmp_path: Path, upstream: str) -> Iterator[tuple[Setting, Service]]:
    place, home = free_place(), tmp_path / "resolver"
    home.mkdir()
    unsigned = ["127.0.0.1/32"] if resolver == "unbound" else []
    # BIND finds the view of a NOTIFY by its key, so it has one key for each view.
    notify = [(place, key) for key in (CLIENTS if resolver == "named" else [""])]
    with serving(tmp_path, notify, unsigned, in_all_modes(), files=resolver == "kresd") as service:
        setting = Setting(home, place, upstream, service)
        with started(RESOLVERS[resolver](setting), setting):
            yield setting, service


def in_all_modes() -> FilterTable:
    """The school's table, in which every way of saying no is somebody's."""
    modes = {"staff": "nxdomain", "approved-only": "page", "unknown": "null"}
    profiles = school.table().profiles
    changed = {name: profiles[name].model_copy(update={"mode": mode}) for name, mode in modes.items()}
    changed["staff"] = changed["staff"].model_copy(update={"withdrawn": ("games",)})
    return school.table(profiles={**profiles, **changed})


def wanted(snapshot: Snapshot, client: str, name: str, at: float) -> tuple[str, list[str]]:
    """What a resolver must answer about an A record where the filter decides like this."""
    profile = snapshot.seat(client, at).profile
    verdict = decide(Query(to_wire(name), 1, client, at), profile, snapshot)
    said = told(verdict, profile, snapshot)
    if said in (NOTHING, PASS):
        return "NOERROR", [f"A {ADDRESS}"]
    if said[0].rtype != CNAME:
        records = [record.rdata for record in said if record.rtype == 1]
        return "NOERROR", [f"A {'.'.join(map(str, rdata))}" for rdata in records]
    match said[0].rdata:
        case b"\0":
            return "NXDOMAIN", []
        case b"\x01*\0":
            return "NOERROR", []
        case target:
            return "NOERROR", sorted([f"A {ADDRESS}", f"CNAME {to_text(target)}."])  # type: ignore[arg-type]


@pytest.mark.parametrize("resolver", needing)
def test_every_verdict_is_the_filters_own(resolver: str, tmp_path: Path, upstream: str) -> None:
    with subscribed(resolver, tmp_path, upstream) as (setting, service):
        snapshot, different, codes = service.snapshot(), {}, set()
        for client in CLIENTS.values():
            for name in NAMES:
                expected = wanted(snapshot, client, name, service.clock.at)
                got = shown(answer(setting.place, client, name))
                if got != as_it_can(resolver, expected):
                    different[client, name] = (got, expected)
                codes.add(school.verdict(name, client, service.clock.at, snapshot).code)
        assert different == {}
        # The type never matters, and neither does a client that wants signatures.
        for name, qtype in itertools.product(
            ("www.roblox.com", "wicked.example.org"), ("AAAA", "HTTPS", "TXT", "TYPE65280")
        ):
            heard = answer(setting.place, school.YEAR_5, name, qtype, dnssec=True)
            assert shown(heard) == ("NOERROR", []), f"{name} {qtype}"
        assert codes >= set(Code) - {Code.CLOAKED, Code.REBINDING, Code.UNAVAILABLE}


def as_it_can(resolver: str, expected: tuple[str, list[str]]) -> tuple[str, list[str]]:
    """The answer that this resolver can give."""
    if resolver in CANNOT_REWRITE and any("CNAME" in record for record in expected[1]):
        return "NOERROR", []
    return expected


@pytest.mark.parametrize("resolver", needing)
def test_a_lesson_is_seen_a_few_seconds_after_the_bell(resolver: str, tmp_path: Path, upstream: str) -> None:
    with subscribed(resolver, tmp_path, upstream) as (setting, service):

        def open_() -> bool:
            return bool(shown(answer(setting.place, school.YEAR_5_CLOSED, "wikipedia.org"))[1])

        assert not open_()
        service.clock.at = school.OPENS
        until(open_, FLIP)
        assert shown(answer(setting.place, school.YEAR_5_CLOSED, "www.roblox.com")) == ("NOERROR", [])
        service.clock.at = school.CLOSES
        until(lambda: not open_(), FLIP)
        if resolver not in HEARS_NO_NOTIFY:
            until(lambda: not service.server.notifier.unheard, FLIP)


@pytest.mark.needs("named")
@pytest.mark.timeout(300)
def test_a_zone_that_ends_with_its_lesson_leaves_a_dead_controller_no_open_lesson(
    tmp_path: Path, upstream: str
) -> None:
    ends = clock.now() + 30.0  # until then a loaded machine has started it and asked it
    lesson = Grant(profile="key-stage-2", opens_at=0.0, closes_at=ends, why="timetable[0]")
    cohorts = {**school.table().cohorts, "year-5": Cohort(id="year-5", resting="key-stage-2-closed", grants=(lesson,))}
    table = school.table(cohorts=cohorts)
    place, home = free_place(), tmp_path / "resolver"
    home.mkdir()
    with contextlib.ExitStack() as stack:
        dying = stack.enter_context(contextlib.ExitStack())
        service = dying.enter_context(
            serving(tmp_path, [(place, key) for key in CLIENTS], table=table, complete=True, at=clock.now())
        )
        setting = Setting(home, place, upstream, service)
        stack.enter_context(started(bind_(setting, floor=True), setting))
        client = school.YEAR_5_CLOSED
        until(lambda: shown(answer(place, client, "wikipedia.org")) == ("NOERROR", [f"A {ADDRESS}"]))
        assert shown(answer(place, client, "www.roblox.com")) == ("NOERROR", [])
        dying.close()  # nobody rings the bell any more
        until(lambda: shown(answer(place, client, "wikipedia.org")) == ("NXDOMAIN", []), 150.0)
