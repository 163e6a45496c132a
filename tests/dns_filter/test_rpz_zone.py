"""A profile's zone says of every name what the filter says, in whatever order a resolver looks it up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_filter.lists.parsed_list import Entries
from dns_filter.model import Code, FilterProfile, Name, Rule
from dns_filter.names import ROOT, parents, to_wire
from dns_filter.rpz.records import NO_RECORD, PASS, Rr
from dns_filter.rpz.zone import Listing, zone_body
from dns_filter.snapshot import Snapshot
from dns_filter.wire import CNAME
from tests.dns_filter import school
from tests.dns_filter.rpz_zones import (
    closest_encloser,
    effect,
    listings,
    longest_wildcard,
    read,
    said_by_the_filter,
)
from tests.fakes.domain_table import FakeDomainTable

PROFILES = sorted(school.table().profiles)
KINDS = (longest_wildcard, closest_encloser)
LISTINGS = listings(school.LISTS)
FORTY = [
    "www.roblox.com", "roblox.com", "notroblox.com", "com", "poki.com", "a.b.c.poki.com", "ttrockstars.com",
    "play.ttrockstars.com", "search.example.org", "x.search.example.org", "example.org", "instagram.com",
    "www.instagram.com", "scontent.cdninstagram.com", "xn--fa-hia.de", "fass.de", "redlight.example.org",
    "www.wicked.example.org", "wicked.example.org", "captive.apple.com", "other.captive.apple.com", "apple.com",
    "ocsp.digicert.com", "a.ocsp.digicert.com", "digicert.com", "dns.google", "www.dns.google", "relay.example.net",
    "bbc.co.uk", "www.bbc.co.uk", "co.uk", "childline.org.uk", "www.tiktok.com", "tiktok.com", "startpage.com",
    "www.startpage.com", "www.google.co.uk", "google.co.uk", "a.www.google.co.uk", "www.youtube.com",
    "duckduckgo.com", "www.duckduckgo.com", "www.topmarks.co.uk", "shop.www.topmarks.co.uk", "phonicsplay.co.uk",
    "www.phonicsplay.co.uk", "mask.icloud.com", "a.mask.icloud.com", "use-application-dns.net", "localhost",
    "nas.local", "local", "server.ashlane.local", "ashlane.local", "printer.ashlane.example", "ashlane.example",
    "5.0.20.10.in-addr.arpa", "resolver.arpa", "_dns.resolver.arpa", "wikipedia.org", "health.other.invalid",
]  # fmt: skip


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_says_of_forty_names_what_the_filter_says(profile: str, complete: bool) -> None:
    zone = read(zone_body(school.ASH_LANE, profile, LISTINGS, complete=complete))
    for text in FORTY:
        wanted = said_by_the_filter(school.ASH_LANE, profile, to_wire(text))
        for look_up in KINDS:
            assert effect(look_up(zone, to_wire(text))) == wanted, f"{text} by {look_up.__name__}"
            assert not complete or look_up(zone, to_wire(text)), f"{text} is not spoken of"


LABELS = st.sampled_from([b"\x01a", b"\x01b", b"\x01c", b"\x02uk"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: Name(b"".join(labels) + b"\0"))
REACHES = st.sampled_from(["", "=", "*."])
CATEGORIES = [
    "games",
    "adult",
    "chat",
    "webmail",
    "iwf-illegal",
    "essential",
    "bypass",
    "protected:support",
    "service:tiktok",
]


@st.composite
def schools(draw: st.DrawFn) -> tuple[Snapshot, list[Listing]]:
    """A school of one profile with lists and rules that meet each other at every turn."""
    lists: dict[str, list[str]] = {}
    for category in CATEGORIES:
        names = draw(st.lists(NAMES, max_size=3))
        lists[category] = [draw(st.sampled_from(["", "="])) + dotted(name) for name in names]
    rules = tuple(
        Rule(name=draw(REACHES) + dotted(name), allow=draw(st.booleans()), rule="rule")
        for name in draw(st.lists(NAMES, max_size=3))
    )
    profile = FilterProfile(
        name="only",
        access_level="only",
        block=("games", "adult"),
        services=("tiktok",),
        withdrawn=draw(st.sampled_from([(), ("webmail",)])),
        silenced=draw(st.sampled_from([(), ("chat", "service:tiktok")])),
        rules=rules,
        focus=draw(st.none() | st.lists(NAMES.map(dotted), max_size=2).map(tuple)),
        state=draw(st.sampled_from(["open", "open", "open", "closed"])),
        mode=draw(st.sampled_from(["nodata", "nxdomain", "null", "page"])),
        safe_search=draw(st.sampled_from(["off", "strict"])),
    )
    table = school.table(
        profiles={"only": profile},
        cohorts={"all": {"id": "all", "resting": "only"}},
        bindings={},
        unknown="all",
        hosts={"a.b.c": ("10.0.0.1",)} if draw(st.booleans()) else {},
        internal={"b.c": ()} if draw(st.booleans()) else {},
    )
    return Snapshot(table, FakeDomainTable(lists)), listings(lists)


def dotted(name: Name) -> str:
    return ".".join(label.decode() for label in labels_of(name))


def labels_of(name: Name) -> list[bytes]:
    return [up[1 : 1 + up[0]] for up in parents(name)]


@given(schools(), st.lists(NAMES, min_size=5, max_size=20), st.booleans())
def test_whatever_the_lists_and_rules_the_zone_decides_as_the_filter_does(
    made: tuple[Snapshot, list[Listing]], names: list[Name], complete: bool
) -> None:
    snapshot, behind = made
    zone = read(zone_body(snapshot, "only", behind, complete=complete))
    for name in names:
        wanted = said_by_the_filter(snapshot, "only", name)
        assert [effect(look_up(zone, name)) for look_up in KINDS] == [wanted, wanted], dotted(name)


def test_an_overruled_entry_never_reaches_the_zone() -> None:
    zone = read(zone_body(school.ASH_LANE, "key-stage-2", LISTINGS))
    assert zone[to_wire("roblox.com")] == zone[to_wire("*.roblox.com")] == NO_RECORD
    assert zone[to_wire("ttrockstars.com")] == PASS  # on the games list, and allowed by a rule
    assert to_wire("www.roblox.com") not in zone


@pytest.mark.parametrize(("profile", "most"), [("key-stage-2-closed", 250), ("quarantine", 250), ("unknown", 250)])
def test_a_profile_that_is_shut_is_a_tiny_zone_however_long_the_lists(profile: str, most: int) -> None:
    games = {**school.LISTS, "games": [f"game{number}.example" for number in range(5_000)]}
    snapshot = Snapshot(school.table(), FakeDomainTable(school.LISTS))
    body = zone_body(snapshot, profile, listings(games))
    assert 10 < len(body.lengths) < most
    assert read(body)[Name(b"\x01*" + ROOT)] == NO_RECORD


def test_what_lies_below_a_blocked_name_is_not_written_again() -> None:
    lists = {"games": ["poki.com", "www.poki.com", "a.b.poki.com"], "adult": ["poki.com"]}
    snapshot = Snapshot(school.table(), FakeDomainTable(lists))
    zone = read(zone_body(snapshot, "key-stage-2", listings(lists)))
    assert [owner for owner in zone if b"poki" in owner] == [to_wire("*.poki.com"), to_wire("poki.com")]


def test_an_exception_of_a_list_reaches_the_zone() -> None:
    lists = {"games": ["poki.com"]}
    behind = [
        Listing(("games",), Entries(frozenset([to_wire("poki.com")])), Entries(frozenset([to_wire("a.poki.com")])))
    ]

    class Excepting(FakeDomainTable):
        def mask(self, name: Name) -> int:
            return 0 if to_wire("a.poki.com") in parents(name) else super().mask(name)

    snapshot = Snapshot(school.table(), Excepting(lists))
    zone = read(zone_body(snapshot, "key-stage-2", behind))
    assert zone[to_wire("poki.com")] == NO_RECORD
    assert [look_up(zone, to_wire("x.a.poki.com")) for look_up in KINDS] == [PASS, PASS]


@pytest.mark.parametrize(
    ("mode", "records"),
    [
        ("nodata", NO_RECORD),
        ("nxdomain", (Rr(CNAME, 10, b"\0"),)),
        ("null", (Rr(1, 10, bytes(4)), Rr(28, 10, bytes(16)))),
        ("page", (Rr(1, 10, bytes((10, 10, 0, 80))), Rr(28, 10, bytes.fromhex("fd0000100000000000000000000000 80")))),
    ],
)
def test_a_block_is_answered_as_the_profile_says_but_a_canary_always_negatively(
    mode: str, records: tuple[Rr, ...]
) -> None:
    profile = school.KEY_STAGE_2.model_copy(update={"mode": mode})
    snapshot = school.snapshot(profiles={**school.table().profiles, "key-stage-2": profile})
    zone = read(zone_body(snapshot, "key-stage-2", LISTINGS))
    assert zone[to_wire("*.roblox.com")] == records
    assert zone[to_wire("mask.icloud.com")] == (records if mode == "nxdomain" else NO_RECORD)


def test_a_name_too_long_to_stand_in_a_zone_is_counted() -> None:
    long = ".".join(["x" * 60] * 3 + ["com"])
    lists = {"games": [long, "poki.com"]}
    snapshot = Snapshot(school.table(), FakeDomainTable(lists))
    assert zone_body(snapshot, "key-stage-2", listings(lists)).left_out == 1


def test_a_filter_without_its_lists_closes_the_zone_too() -> None:
    snapshot = Snapshot(school.table(), None)
    zone = read(zone_body(snapshot, "key-stage-2", []))
    assert longest_wildcard(zone, to_wire("wikipedia.org")) == NO_RECORD
    assert longest_wildcard(zone, to_wire("roblox.com")) == NO_RECORD


def test_safe_search_leads_to_its_target_and_no_further() -> None:
    zone = read(zone_body(school.ASH_LANE, "key-stage-2", LISTINGS))
    assert zone[to_wire("www.google.co.uk")] == (Rr(CNAME, 30, to_wire("forcesafesearch.google.com")),)
    assert said_by_the_filter(school.ASH_LANE, "key-stage-2", to_wire("mail.google.co.uk")) == PASS
    assert Code.SAFE_SEARCH in {school.verdict("www.youtube.com").code}
