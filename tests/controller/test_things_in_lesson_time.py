"""The law of the board: nothing takes a board, printer or door lock off the network in lesson time but a person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.compile import compile_intent
from controller.decide import decide, facts_between
from controller.timetable import in_school_day, school_day_began
from dns_filter.model import standing
from inventory.model import Admission, Approval, Device, Exemption, Hold, Receipt
from tests.controller.school import NINE, POLICY, at, device, mac, school

LOCK, ADDRESS = mac(77), "10.40.0.77"
A_DAY = timedelta(days=1)
MINUTES = st.integers(-3 * 24 * 60, 3 * 24 * 60)


def lock(**facts: object) -> Device:
    return device(LOCK, "door-lock", admission=Admission.REGISTERED, year_group=None, role=None, **facts)


def scanned(when: datetime, *, clean: bool = True) -> Receipt:
    return Receipt(LOCK, when, "clamav", when, clean, "desk")


def segment(found: Device, receipt: Receipt | None, now: datetime) -> str:
    inventory = school(found, receipts=[receipt] if receipt else [], seen=[at(LOCK, ADDRESS)])
    return decide(facts_between(POLICY, inventory, (), now, now + A_DAY), LOCK, now).segment


@given(st.integers(0, 9 * 24 * 60), MINUTES, MINUTES, st.integers(0, 3 * 24 * 60))
def test_what_a_thing_was_when_the_school_day_began_it_stays_until_the_bell(
    age: int, approved: int, exempt: int, at_minute: int
) -> None:
    now = NINE + timedelta(minutes=at_minute)
    began = school_day_began(POLICY, now)
    found = lock(
        approval=Approval("ICT lead", "on loan", NINE + timedelta(minutes=approved)),
        exemption=Exemption("ICT lead", "no scanner runs on it", NINE + timedelta(minutes=exempt)),
    )
    receipt = scanned(NINE - timedelta(minutes=age))
    if began is None:
        return
    before = segment(found, receipt, max(began, NINE))
    if before == "things":
        assert segment(found, receipt, max(now, NINE)) == "things"


@pytest.mark.parametrize(
    ("hour", "minute", "expected"), [(8, 0, "things"), (11, 0, "things"), (15, 14, "things"), (15, 15, "quarantine")]
)
def test_a_scan_that_becomes_too_old_at_ten_counts_from_the_bell(hour: int, minute: int, expected: str) -> None:
    ten = NINE.replace(hour=10)
    receipt = scanned(ten - timedelta(days=7))
    assert segment(lock(), receipt, NINE.replace(hour=hour, minute=minute)) == expected


def test_the_filter_knows_the_bell_by_itself() -> None:
    receipt = scanned(NINE.replace(hour=10) - timedelta(days=7))
    inventory = school(lock(), receipts=[receipt], seen=[at(LOCK, ADDRESS)])
    intent = compile_intent(POLICY, inventory, (), NINE, 1)
    bell = NINE.replace(hour=15, minute=15)
    before = standing(intent.table, ADDRESS, (bell - timedelta(seconds=1)).timestamp()).profile.name
    after = standing(intent.table, ADDRESS, bell.timestamp()).profile.name
    assert (before, after) == ("things", "quarantine")
    assert intent.decisions[LOCK].until == NINE.replace(hour=10)


def test_of_two_locks_whose_scans_are_too_old_by_now_only_the_one_that_was_fit_this_morning_is_spared() -> None:
    now, other = NINE.replace(hour=11), mac(78)
    late = scanned(NINE.replace(hour=10) - timedelta(days=7))
    older = Receipt(other, NINE - timedelta(days=8), "clamav", NINE - timedelta(days=8), True, "desk")
    twin = device(other, "door-lock", admission=Admission.REGISTERED, year_group=None, role=None)
    inventory = school(lock(), twin, receipts=[late, older], seen=[at(LOCK, ADDRESS), at(other, "10.40.0.78")])
    decisions = compile_intent(POLICY, inventory, (), now, 1).decisions
    assert (decisions[LOCK].segment, decisions[other].segment) == ("things", "quarantine")


def test_one_that_was_never_scanned_is_not_let_in_by_the_hour() -> None:
    assert in_school_day(POLICY, NINE)
    assert segment(lock(), None, NINE) == "quarantine"


def test_a_person_and_a_find_count_at_once_lesson_or_not() -> None:
    fresh = scanned(NINE - A_DAY)
    assert segment(lock(), fresh, NINE) == "things"
    assert segment(lock(hold=Hold("ICT lead", "it smokes", NINE)), fresh, NINE) == "quarantine"
    assert segment(lock(), scanned(NINE.replace(minute=30), clean=False), NINE.replace(hour=10)) == "quarantine"
