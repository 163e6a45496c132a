"""What a sign-on is answered: the VLAN of the decision, and never for longer than the decision holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decide import decide, facts_between
from controller.facts import Facts
from controller.radius.answer import Limits, answer, attributes, sign_in_of, signed_in
from controller.radius.ask import Ask
from inventory.history import SignIn
from inventory.model import Admission, Approval, BarredAs, Device, Inventory, Mac, PersonId
from tests.controller.school import DESK, HOUR, IPAD, LAPTOP, NINE, POLICY, PRINTER, STRANGER, device, school, window

LIMITS = Limits()
MACS = (IPAD, LAPTOP, PRINTER, STRANGER, DESK)


def facts(inventory: Inventory, now: datetime = NINE, *windows: object) -> Facts:
    return facts_between(POLICY, inventory, windows, now, now + 2 * HOUR)  # type: ignore[arg-type]


@pytest.mark.parametrize(("mac", "vlan"), [(IPAD, 20), (PRINTER, 40), (DESK, 30), (STRANGER, 999), (LAPTOP, 999)])
def test_each_device_gets_the_vlan_of_its_segment(mac: Mac, vlan: int) -> None:
    assert answer(facts(school()), Ask(mac, "sw-1"), NINE, LIMITS).vlan == vlan


def test_a_window_ends_the_session_with_itself() -> None:
    opened = facts(school(), NINE, window(1, start=0, minutes=12))
    assert answer(opened, Ask(IPAD, "sw-1"), NINE, LIMITS).seconds == 12 * 60


def test_a_device_that_is_let_in_for_a_while_is_asked_about_when_that_is_over() -> None:
    visitor = device(STRANGER, "printer", approval=Approval("office", "a visit", NINE + timedelta(minutes=7)))
    assert answer(facts(school(visitor)), Ask(STRANGER, "sw-1"), NINE, LIMITS).seconds == 7 * 60


def test_a_stolen_device_is_let_into_quarantine_and_not_refused() -> None:
    stolen = device(IPAD, "school-ipad", admission=Admission.BARRED, barred_as=BarredAs.STOLEN)
    found = answer(facts(school(stolen)), Ask(IPAD, "sw-1"), NINE, LIMITS)
    assert (found.vlan, attributes(found)["Session-Timeout"]) == (999, "300")


@given(
    mac=st.sampled_from(MACS),
    after=st.floats(0, 5 * 3600),
    start=st.floats(-60, 60),
    minutes=st.floats(0.001, 90),
    approved=st.floats(0.001, 90),
)
def test_no_answer_lasts_past_what_was_decided(
    mac: Mac, after: float, start: float, minutes: float, approved: float
) -> None:
    now = NINE + timedelta(seconds=after)
    opens = now + timedelta(minutes=start)
    opened = window(1)
    opened = type(opened)("1", "year-5", opens, opens + timedelta(minutes=minutes), "a teacher")
    visitor = device(STRANGER, "printer", approval=Approval("office", "", now + timedelta(minutes=approved)))
    world = facts_between(POLICY, school(visitor), [opened], now, now + 2 * HOUR)
    found = answer(world, Ask(mac, "sw-1"), now, LIMITS)
    assert 1 <= found.seconds <= 3600
    # At every moment of it the device belongs where it was put, but for the second in which everything changes.
    last = now + timedelta(seconds=found.seconds)
    decided = decide(world, mac, now)
    if decided.until is not None and decided.until - now >= timedelta(seconds=1):
        assert last <= decided.until
        assert found.segment == decided.segment


def test_who_proves_to_be_somebody_acts_for_that_person_at_once() -> None:
    tablet = device(STRANGER, "school-ipad", year_group="year-5")
    world, ask = facts(school(tablet)), Ask(STRANGER, "sw-1", person="HILL\\head")
    assert answer(world, ask, NINE, LIMITS).vlan == 20
    proven = sign_in_of(world, ask, NINE)
    assert proven == SignIn(STRANGER, NINE, "radius", person=PersonId("head"))
    later = signed_in(world, proven)
    assert answer(later, ask, NINE, LIMITS).vlan == 30
    assert sign_in_of(later, ask, NINE + timedelta(minutes=1)) is None  # it runs already


@pytest.mark.parametrize("name", ["nobody-here", "host/pc-1.hill.example", "pc-1$", "", "@hill.example"])
def test_who_is_no_person_of_the_school_signs_nobody_in(name: str) -> None:
    assert sign_in_of(facts(school()), Ask(IPAD, "sw-1", person=name), NINE) is None


def test_a_device_is_no_word_of_the_policy() -> None:
    strange = Device(STRANGER, "thing", "kind-of-nothing", Admission.REGISTERED)
    assert answer(facts(school(strange)), Ask(STRANGER, "sw-1"), NINE, LIMITS).vlan == 999
