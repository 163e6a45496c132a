"""What a query of each kind of client meets, in the order that the school's safety asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_filter.model import Action, Code, Cohort, Grant, Name, Query, Rule, State, next_flip, standing
from dns_filter.names import to_wire
from dns_filter.rules import RuleBook
from dns_filter.seats import CompiledCohort
from dns_filter.steps import STEPS, decide
from dns_filter.wire import suffixes
from tests.dns_filter import school
from tests.dns_filter.school import (
    ASH_LANE,
    CLOSES,
    KEY_STAGE_2,
    NINE,
    OPENS,
    PRINTER,
    SICK_LAPTOP,
    STRANGER,
    TEACHER,
    YEAR_1,
    YEAR_5,
    YEAR_5_CLOSED,
    verdict,
)


def test_the_order_of_the_steps_is_the_schools_safety() -> None:
    assert [step.__name__ for step in STEPS] == [
        "own_names", "internal", "special_use", "mandatory", "essential", "device_state", "readiness", "bypass",
        "sanction", "exam", "explicit_rules", "focus", "protected", "services", "protected_choice", "categories",
        "safe_search", "forward",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("client", "name", "code"),
    [
        (YEAR_5, "www.roblox.com", Code.CATEGORY),
        (YEAR_5, "wikipedia.org", Code.ALLOWED),
        (YEAR_5, "notroblox.com", Code.ALLOWED),
        (YEAR_5, "play.ttrockstars.com", Code.RULE_ALLOWED),
        (YEAR_5, "www.tiktok.com", Code.SERVICE),
        (YEAR_5, "www.bbc.co.uk", Code.PROTECTED),
        (YEAR_5, "dns.google", Code.BYPASS),
        (YEAR_5, "mask.icloud.com", Code.BYPASS),
        (YEAR_5, "www.google.co.uk", Code.SAFE_SEARCH),
        (YEAR_5, "mail.google.co.uk", Code.ALLOWED),
        (YEAR_5, "www.youtube.com", Code.SAFE_SEARCH),
        (YEAR_5, "duckduckgo.com", Code.RULE_BLOCKED),
        (YEAR_5, "startpage.com", Code.SAFE_SEARCH),
        (YEAR_5, "faß.de", Code.CATEGORY),
        (TEACHER, "startpage.com", Code.ALLOWED),
        (TEACHER, "www.roblox.com", Code.ALLOWED),
        (TEACHER, "www.instagram.com", Code.RULE_ALLOWED),
        (TEACHER, "scontent.cdninstagram.com", Code.CATEGORY),
        (YEAR_1, "www.bbc.co.uk", Code.FOCUS_ALLOWED),
        (YEAR_1, "www.topmarks.co.uk", Code.FOCUS_ALLOWED),
        (YEAR_1, "shop.www.topmarks.co.uk", Code.FOCUS_BLOCKED),
        (YEAR_1, "phonicsplay.co.uk", Code.FOCUS_BLOCKED),
        (YEAR_1, "www.phonicsplay.co.uk", Code.FOCUS_ALLOWED),
        (YEAR_1, "www.google.co.uk", Code.SAFE_SEARCH),
        (YEAR_1, "www.google.com", Code.FOCUS_BLOCKED),
        (YEAR_1, "childline.org.uk", Code.PROTECTED),
        (YEAR_5_CLOSED, "www.bbc.co.uk", Code.CLOSED),
        (YEAR_5_CLOSED, "captive.apple.com", Code.ESSENTIAL),
        (YEAR_5_CLOSED, "other.captive.apple.com", Code.CLOSED),
        (SICK_LAPTOP, "www.bbc.co.uk", Code.QUARANTINED),
        (SICK_LAPTOP, "ocsp.digicert.com", Code.ESSENTIAL),
        (SICK_LAPTOP, "server.ashlane.local", Code.INTERNAL),
        (STRANGER, "www.bbc.co.uk", Code.UNKNOWN_DEVICE),
        (PRINTER, "dns.google", Code.ALLOWED),
        (PRINTER, "mask.icloud.com", Code.ALLOWED),
        *((client, "www.wicked.example.org", Code.MANDATORY) for client in (YEAR_5, TEACHER, PRINTER, STRANGER)),
        *((client, "localhost", Code.SPECIAL_USE) for client in (YEAR_5, STRANGER)),
        (YEAR_5, "nas.local", Code.SPECIAL_USE),
        (YEAR_5, "printer.ashlane.example", Code.INTERNAL),
        (YEAR_5, "5.0.20.10.in-addr.arpa", Code.INTERNAL),
        (YEAR_5, "health.filter.invalid", Code.INTERNAL),
        (YEAR_5, "other.filter.invalid", Code.SPECIAL_USE),
    ],
)  # fmt: skip
def test_who_asks_for_what_meets_which_step(client: str, name: str, code: Code) -> None:
    assert verdict(name, client).code is code


def test_a_block_names_the_rule_the_clauses_the_list_and_the_listed_name() -> None:
    said = verdict("www.roblox.com")
    assert (said.step, said.rule, said.clauses) == (
        "categories",
        "access_levels.key-stage-2.block[games]",
        ("F1", "F3"),
    )
    assert (said.categories, said.lists, said.matched) == (("games",), ("list-of-games@1",), to_wire("roblox.com"))


@pytest.mark.parametrize(
    ("at", "code"),
    [(OPENS - 0.001, Code.CLOSED), (OPENS, Code.ALLOWED), (CLOSES - 0.001, Code.ALLOWED), (CLOSES, Code.CLOSED)],
)
def test_a_lesson_lasts_from_its_opening_up_to_its_closing(at: float, code: Code) -> None:
    assert verdict("wikipedia.org", YEAR_5_CLOSED, at).code is code


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ([("school", "poki.com", False), ("device", "poki.com", True)], True),
        ([("grant", "com", False), ("device", "www.poki.com", True)], False),
        ([("school", "poki.com", False), ("school", "www.poki.com", True)], True),
        ([("school", "www.poki.com", False), ("school", "poki.com", True)], False),
        ([("school", "www.poki.com", False), ("school", "=www.poki.com", True)], True),
        ([("year-group", "*.poki.com", True), ("school", "www.poki.com", False)], True),
        ([("person", "=poki.com", True), ("school", "poki.com", False)], False),
    ],
)
def test_the_nearest_scope_then_the_longest_name_then_allow(rules: list[tuple[str, str, bool]], allowed: bool) -> None:
    book = RuleBook(
        Rule.model_validate({"name": name, "allow": allow, "scope": scope, "rule": f"{scope} {name}"})
        for scope, name, allow in rules
    )
    found = book.find(suffixes(to_wire("www.poki.com")))
    assert found is not None
    assert found[0].allow is allowed


def test_two_labels_that_print_like_a_name_are_not_that_name() -> None:
    trick = Name(b"\x0aroblox.com\x03org\x00")
    profile = ASH_LANE.seat(YEAR_5, NINE).profile
    assert decide(Query(trick, 1, YEAR_5, NINE), profile, ASH_LANE).code is Code.ALLOWED
    google = Name(b"\x0awww.google\x03com\x00")
    assert decide(Query(google, 1, YEAR_5, NINE), profile, ASH_LANE).code is Code.ALLOWED


@pytest.mark.parametrize("rule", ["mandatory", "bypass"])
def test_no_explicit_rule_opens_what_stands_above_it(rule: str) -> None:
    opened = KEY_STAGE_2.model_copy(
        update={
            "rules": (
                Rule(name="wicked.example.org", allow=True, scope="grant", rule="r"),
                Rule(name="relay.example.net", allow=True, scope="grant", rule="r"),
            )
        }
    )
    where = school.snapshot(profiles={**school.table().profiles, "key-stage-2": opened})
    name = "wicked.example.org" if rule == "mandatory" else "relay.example.net"
    assert verdict(name, where=where).step == rule


@given(
    st.sampled_from([name for names in school.LISTS.values() for name in names]), st.sampled_from(sorted(school.LISTS))
)
def test_a_profile_that_blocks_more_never_forwards_more(name: str, category: str) -> None:
    more = KEY_STAGE_2.model_copy(update={"block": (*KEY_STAGE_2.block, category)})
    stricter = school.snapshot(profiles={**school.table().profiles, "key-stage-2": more})
    text = name.removeprefix("=")
    if verdict(text).action is Action.BLOCK:
        assert verdict(text, where=stricter).action is Action.BLOCK


_MOMENTS = st.integers(0, 40).map(float)
_GRANTS = st.tuples(_MOMENTS, _MOMENTS, st.sampled_from(("key-stage-2", "staff"))).map(
    lambda g: Grant(profile=g[2], opens_at=min(g[:2]), closes_at=max(g[:2]), why="a lesson")
)


@given(st.lists(_GRANTS, max_size=6), st.floats(-1, 41))
def test_compiled_boundaries_say_what_the_grants_say(grants: list[Grant], now: float) -> None:
    cohort = Cohort(id="year-5", resting="key-stage-2-closed", grants=tuple(grants))
    table = school.table(cohorts={**school.table().cohorts, "year-5": cohort})
    seat = CompiledCohort(cohort, 1, ASH_LANE.profile, table.profiles).seat(now)
    told = standing(table, YEAR_5_CLOSED, now)
    assert (seat.profile.source.name, seat.grant) == (told.profile.name, told.grant)
    assert seat.until == next_flip(cohort, now, table.profiles)
    assert seat.since <= now


def test_without_lists_whoever_is_filtered_is_closed_but_for_essential_and_internal_names() -> None:
    where = school.Snapshot(school.table(), None)
    assert verdict("wikipedia.org", YEAR_5, where=where).code is Code.UNAVAILABLE
    assert verdict("wikipedia.org", TEACHER, where=where).code is Code.UNAVAILABLE
    assert verdict("captive.apple.com", YEAR_5, where=where).code is Code.ESSENTIAL
    assert verdict("server.ashlane.local", YEAR_5, where=where).code is Code.INTERNAL
    assert verdict("wikipedia.org", SICK_LAPTOP, where=where).code is Code.QUARANTINED


def test_a_table_that_names_a_profile_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no such profile: year-6"):
        school.snapshot(cohorts={**school.table().cohorts, "unknown": Cohort(id="unknown", resting="year-6")})


def test_each_state_of_a_device_closes_all_but_its_own_exceptions() -> None:
    for state in (State.CLOSED, State.QUARANTINED, State.UNKNOWN):
        profile = KEY_STAGE_2.model_copy(update={"state": state})
        where = school.snapshot(profiles={**school.table().profiles, "key-stage-2": profile})
        assert verdict("ttrockstars.com", where=where).step == "device_state"
