"""What a shared device may do follows who is signed in, and for no longer than the lesson (W1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.compile import HORIZON, compile_intent
from controller.decide import decide, facts_between
from controller.model import Decision
from dns_filter.model import standing
from inventory.history import SignIn
from inventory.model import Inventory, Mac, Person, PersonId, YearGroupId
from tests.controller.school import (
    HEAD,
    IPAD,
    NINE,
    PHONE,
    POLICY,
    PRINTER,
    VISITOR,
    YEAR_1,
    YEAR_5,
    at,
    school,
    window,
)

CHILD = PersonId("child-1-01")
LESSON = NINE + timedelta(minutes=15)
"""Computing of Year 5, a quarter past nine to a quarter past ten."""


def signed_in(who: Mac, since: datetime = NINE, **rest: object) -> SignIn:
    return SignIn(who, since, "windows", **rest)  # type: ignore[arg-type]


def here(*sign_ins: SignIn) -> Inventory:
    people = {HEAD.id: HEAD, CHILD: Person(CHILD, "A child of Year 1", year_group=YEAR_1)}
    seen = [at(IPAD, "10.20.2.1"), at(PRINTER, "10.40.0.1"), at(PHONE, "10.50.0.1")]
    return replace(school(seen=seen), people=people, sign_ins={each.mac: each for each in sign_ins})


def decided(inventory: Inventory, now: datetime, who: Mac = IPAD) -> Decision:
    facts = facts_between(POLICY, inventory, (window(1, "year-1", minutes=90),), now, NINE + HORIZON)
    return decide(facts, who, now)


@pytest.mark.parametrize(
    ("said", "group", "segment"),
    [
        ({"year_group": YEAR_1}, "year-1", "pupils"),
        ({"person": CHILD}, "year-1", "pupils"),
        ({"person": HEAD.id}, "head", "staff"),
        ({"role": "teacher"}, "teacher", "staff"),
        ({"person": PersonId("nobody-we-know")}, "year-5", "pupils"),
        ({"year_group": YearGroupId("year-9")}, "year-5", "pupils"),
    ],
)
def test_a_trolley_tablet_acts_for_who_is_signed_in(said: dict[str, object], group: str, segment: str) -> None:
    found = decided(here(signed_in(IPAD, **said)), NINE)
    assert (found.group, found.segment) == (group, segment)


@pytest.mark.parametrize("who", [PRINTER, PHONE, VISITOR])
def test_a_device_that_does_not_follow_its_user_stays_what_it_is(who: Mac) -> None:
    without, with_one = decided(here(), NINE, who), decided(here(signed_in(who, person=HEAD.id)), NINE, who)
    assert (without.profile, without.segment) == (with_one.profile, with_one.segment)


@pytest.mark.parametrize(
    ("sign_in", "ends"),
    [
        (signed_in(IPAD, year_group=YEAR_1), datetime(2026, 11, 24, 15, 15, tzinfo=NINE.tzinfo)),  # the bell
        (signed_in(IPAD, year_group=YEAR_1, ended_at=NINE + timedelta(minutes=7)), NINE + timedelta(minutes=7)),
        (signed_in(IPAD, LESSON, year_group=YEAR_5), NINE + timedelta(minutes=75)),  # with its lesson
        (signed_in(IPAD, NINE + timedelta(hours=8), person=HEAD.id), NINE + timedelta(hours=18)),
    ],
)
def test_a_sign_in_ends_by_itself(sign_in: SignIn, ends: datetime) -> None:
    inventory = here(sign_in)
    until = facts_between(POLICY, inventory, (), NINE, NINE + HORIZON).subject(IPAD, ends - timedelta(seconds=1))
    assert until.signed_in_until == ends
    assert facts_between(POLICY, inventory, (), NINE, NINE + HORIZON).subject(IPAD, ends).signed_in_until is None


sign_ins = st.builds(
    lambda minutes, length, said: signed_in(
        IPAD,
        NINE - timedelta(minutes=minutes),
        ended_at=NINE - timedelta(minutes=minutes) + timedelta(minutes=length) if length else None,
        **said,
    ),
    st.integers(0, 700),
    st.sampled_from((0, 0, 10, 90, 500)),
    st.sampled_from(({"year_group": YEAR_1}, {"person": HEAD.id}, {"role": "teacher"}, {"person": CHILD})),
)


@settings(max_examples=60)
@given(sign_ins, st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=6))
def test_the_filter_left_alone_ends_a_sign_in_as_it_would_be_decided(sign_in: SignIn, minutes: list[int]) -> None:
    inventory, opened = here(sign_in), (window(1, "year-1", minutes=90), window(2, "year-5", start=60))
    table = compile_intent(POLICY, inventory, opened, NINE, 1).table
    facts = facts_between(POLICY, inventory, opened, NINE, NINE + HORIZON)
    for moment in (NINE + timedelta(minutes=minute) for minute in minutes):
        found = standing(table, "10.20.2.1", moment.timestamp()).profile.name
        decision = decide(facts, IPAD, moment)
        assert found == decision.profile
        last = min(decision.until or NINE + HORIZON, NINE + HORIZON) - timedelta(seconds=1)
        assert decide(facts, IPAD, max(moment, last)).profile == decision.profile
