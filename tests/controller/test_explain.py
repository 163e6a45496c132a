"""Why may or may not this client ask for this name: the same answer as the filter's, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.client import Sure, UnknownClient
from controller.compile import compile_intent
from controller.explain import explain
from controller.explanation import Explanation
from controller.model import AccessWindow
from dns_filter.model import Code, Query
from dns_filter.names import to_wire
from dns_filter.snapshot import Snapshot
from dns_filter.steps import decide
from inventory.model import Hold, Inventory
from tests.controller.school import (
    DAY,
    DESK,
    HOUR,
    IPAD,
    KS1_IPAD,
    LAPTOP,
    NINE,
    POLICY,
    STRANGER,
    YEAR_5,
    at,
    device,
    school,
    window,
)
from tests.fakes.domain_table import FakeDomainTable

NAMES = FakeDomainTable(
    {
        "games": ["poki.com", "ttrockstars.com"],
        "social": ["facebook.com", "instagram.com"],
        "iwf-illegal": ["wicked.example.org"],
        "essential": ["captive.apple.com"],
        "bypass": ["dns.google"],
        "service:facebook": ["facebook.com"],
    }
)
SEEN = (
    at(IPAD, "10.20.0.11"),
    at(KS1_IPAD, "10.20.0.4"),
    at(DESK, "10.30.0.11", when=NINE - 3 * HOUR),
    at(STRANGER, "10.99.0.7"),
)
IN_LESSON = NINE + timedelta(minutes=20)


def told(
    client: str, name: str, moment: datetime = NINE, *windows: AccessWindow, inventory: Inventory | None = None
) -> Explanation:
    facts = inventory if inventory is not None else school(seen=SEEN)
    intent = compile_intent(POLICY, facts, windows, NINE, 7)
    return explain(POLICY, intent, facts, windows, NAMES, client, name, "A", moment)  # type: ignore[arg-type]


def test_a_game_is_blocked_in_the_lesson_by_its_category_and_the_policy_line_is_named() -> None:
    found = told("10.20.0.11", "www.poki.com", IN_LESSON)
    assert (found.allowed, found.verdict.code, found.verdict.step) == (False, Code.CATEGORY, "categories")
    assert found.verdict.rule == "access_levels.key-stage-2.block[games]"
    assert found.matched == "poki.com"
    assert "F1" in [clause.id for clause in found.clauses]
    assert found.allowed_if == "ICT lead allows it in the policy, under access_levels.key-stage-2.allow"
    assert found.trace.ttl.final <= 10


def test_outside_the_lesson_everything_is_closed_until_it_opens() -> None:
    found = told("10.20.0.11", "example.com")
    assert (found.verdict.code, found.verdict.step) == (Code.CLOSED, "device_state")
    assert found.changes is not None
    assert (found.changes.at, found.changes.verdict.code) == (NINE + timedelta(minutes=15), Code.ALLOWED)
    assert "computing" in found.changes.why
    assert [clause.id for clause in found.clauses][:2] == ["T1", "T2"]
    assert found.allowed_if == "a member of staff opens a lesson for year-5"


def test_a_flip_of_the_profile_that_leaves_the_verdict_is_no_change() -> None:
    found = told("10.20.0.11", "wicked.example.org")
    assert (found.verdict.code, found.changes) == (Code.MANDATORY, None)
    assert found.allowed_if.startswith("nothing: no person")
    assert "F14" in [clause.id for clause in found.clauses]


def test_the_youngest_reach_approved_sites_only_and_the_way_to_more_is_named() -> None:
    assert told("10.20.0.4", "bbc.co.uk").verdict.code is Code.FOCUS_ALLOWED
    found = told("10.20.0.4", "example.com")
    assert found.verdict.code is Code.FOCUS_BLOCKED
    assert {clause.id for clause in found.clauses} == {"F4", "F5"}
    assert "adds it to the sites of access_levels.approved-only.focus[approved-sites]" in found.allowed_if


def test_a_stranger_is_told_to_be_registered_and_reaches_the_essentials() -> None:
    found = told("10.99.0.7", "example.com")
    assert (found.verdict.code, found.trace.ede) == (Code.UNKNOWN_DEVICE, 18)
    assert (found.allowed_if, found.changes) == ("a technician registers it", None)
    assert told("10.99.0.7", "captive.apple.com").verdict.code is Code.ESSENTIAL


def test_a_held_device_says_who_put_it_there_to_a_teacher_and_not_to_a_child() -> None:
    held = device(IPAD, "school-ipad", year_group=YEAR_5, hold=Hold("ICT lead", "it sends strange traffic", NINE))
    found = told("10.20.0.11", "bbc.co.uk", inventory=school(held, seen=SEEN))
    assert "ICT lead put it in quarantine: it sends strange traffic" in found.texts.teacher
    assert "strange" not in found.texts.child


def test_the_head_may_use_the_service_that_the_category_blocks() -> None:
    assert told("10.30.0.11", "facebook.com").verdict.code is Code.RULE_ALLOWED
    assert told("10.30.0.11", "instagram.com").verdict.code is Code.CATEGORY


@pytest.mark.parametrize(
    ("asked", "sure", "how"),
    [
        ("10.20.0.11", Sure.SURE, "was seen with 10.20.0.11 just now"),
        ("10.30.0.11", Sure.LIKELY, "180 minutes ago"),
        ("10.20.3.3", Sure.NOBODY, "nobody was seen with the address"),
        (IPAD, Sure.SURE, "by its MAC"),
        ("SCHOOL-IPAD 01", Sure.SURE, "by its name"),
        ("year-5", Sure.SURE, "every device that acts for year-5"),
    ],
)
def test_a_client_is_identified_and_it_is_said_how_and_how_surely(asked: str, sure: Sure, how: str) -> None:
    found = told(asked, "example.com").client
    assert found.sure is sure
    assert how in found.how


@pytest.mark.parametrize("asked", ["10.20.0.11", IPAD, "school-ipad 01", "year-5"])
def test_however_a_year_5_ipad_is_named_the_answer_is_the_same(asked: str) -> None:
    assert told(asked, "poki.com", IN_LESSON).verdict == told("10.20.0.11", "poki.com", IN_LESSON).verdict


def test_a_device_without_an_address_can_be_asked_about() -> None:
    assert told(LAPTOP, "example.com").verdict.code is Code.QUARANTINED


@pytest.mark.parametrize("asked", ["nobody", "3c:22:fb:ff:ff:f0", "year-9", ""])
def test_who_nobody_knows_is_refused_with_what_could_be_asked(asked: str) -> None:
    with pytest.raises(UnknownClient, match=r"expected|was ever"):
        told(asked, "example.com")


def test_two_devices_of_one_name_are_told_apart_by_their_mac() -> None:
    twins = [device(IPAD, "school-ipad", "trolley", year_group=YEAR_5), device(KS1_IPAD, "school-ipad", "trolley")]
    with pytest.raises(UnknownClient, match="ask by MAC"):
        told("trolley", "example.com", inventory=school(*twins))


@pytest.mark.parametrize("qtype", ["NONSENSE", "TYPE70000", "TYPE", ""])
def test_what_is_no_record_type_is_refused(qtype: str) -> None:
    facts = school()
    with pytest.raises(ValueError, match="no such record type"):
        explain(POLICY, compile_intent(POLICY, facts, (), NINE, 1), facts, (), None, "year-5", "bbc.co.uk", qtype, NINE)


def test_a_moment_outside_the_table_is_answered_with_a_note() -> None:
    opened = window(1, start=-24 * 60)
    found = told("10.20.0.11", "example.com", NINE - DAY + timedelta(minutes=5), opened)
    assert found.verdict.code is Code.ALLOWED
    assert "of today" in found.note
    assert not told("10.20.0.11", "example.com", NINE + DAY).note


def test_the_three_texts_say_the_same_to_three_readers() -> None:
    texts = told("10.20.0.11", "www.poki.com", IN_LESSON).texts
    assert texts.child == "This site is not for school. Ask your teacher if you need it."
    assert "blocked for school-ipad 01: it belongs to games (access_levels.key-stage-2.block[games])" in texts.teacher
    assert "decided by step categories" in texts.auditor
    assert "table epoch 7" in texts.auditor
    assert "clause F1: A filter keeps" in texts.auditor


@given(
    st.sampled_from(("10.20.0.11", "10.20.0.4", "10.30.0.11", "10.99.0.7", "10.20.3.3")),
    st.sampled_from(
        ("poki.com", "bbc.co.uk", "facebook.com", "ttrockstars.com", "example.com", "dns.google", "example.net")
    ),
    st.integers(0, 13 * 24 * 60),
)
def test_explain_equals_the_live_verdict_and_the_change_it_foretells_comes_true(
    client: str, name: str, minutes: int
) -> None:
    moment, opened = NINE + timedelta(minutes=minutes), window(1, start=100, minutes=300, focus=("maths-sites",))
    found = told(client, name, moment, opened)
    live = Snapshot(compile_intent(POLICY, school(seen=SEEN), (opened,), NINE, 7).table, NAMES)

    def verdict(now: datetime) -> tuple[object, object]:
        seat = live.seat(client, now.timestamp())
        decided = decide(Query(to_wire(name), 1, client, now.timestamp()), seat.profile, live)
        return decided.action, decided.code

    now = (found.verdict.action, found.verdict.code)
    assert verdict(moment) == now
    assert found.trace.standing.profile.name == found.decision.profile
    if found.changes:
        assert verdict(found.changes.at - timedelta(seconds=1)) == now
        assert verdict(found.changes.at) == (found.changes.verdict.action, found.changes.verdict.code) != now
