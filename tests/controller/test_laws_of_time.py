"""Laws: what the filter does by itself is what would be decided, at every moment and for every device."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from controller.compile import HORIZON, compile_intent
from controller.decide import decide, facts_between
from controller.model import AccessWindow
from dns_filter.model import State, standing
from inventory.model import Admission, Approval, Device, Exemption, Hold, Inventory, Receipt
from tests.controller.school import DAY, NINE, POLICY, YEAR_1, YEAR_5, at, device, mac, school, window

KINDS = ("school-ipad", "school-laptop", "visiting-laptop", "personal-phone", "printer", "door-lock", "toaster")
MINUTES = st.integers(-3 * 24 * 60, 15 * 24 * 60)
AGES = st.integers(-60, 8 * 24 * 60)
STRICT = {State.OPEN: 0, State.CLOSED: 1, State.UNKNOWN: 2, State.QUARANTINED: 2}


@st.composite
def windows(draw: st.DrawFn) -> AccessWindow:
    number, group = draw(st.integers(1, 50)), draw(st.sampled_from(("year-1", "year-5", "teacher")))
    focus = draw(st.sampled_from(((), ("maths-sites",), ("approved-sites", "maths-sites"), ("gone",))))
    level = draw(st.sampled_from((None, "staff", "gone")))
    return window(number, group, draw(MINUTES), draw(st.integers(1, 2000)), focus=focus, level=level)


@st.composite
def devices(draw: st.DrawFn, number: int) -> tuple[Device, Receipt | None]:
    who = mac(200 + number)
    group, role = draw(
        st.sampled_from(((YEAR_1, None), (YEAR_5, None), (None, "teacher"), (None, "head"), (None, None)))
    )
    until = NINE + timedelta(minutes=draw(MINUTES))
    found = device(
        who,
        draw(st.sampled_from(KINDS)),
        admission=draw(st.sampled_from((*Admission, Admission.REGISTERED, Admission.REGISTERED))),
        year_group=group,
        role=role,
        hold=draw(st.sampled_from((None, None, None, Hold("ICT lead", "lost", NINE)))),
        exemption=draw(st.sampled_from((None, None, Exemption("ICT lead", "cannot be scanned", until)))),
        approval=draw(
            st.sampled_from((None, None, Approval("ICT lead", "a visitor", NINE + timedelta(minutes=draw(MINUTES)))))
        ),
    )
    scanned_at = NINE - timedelta(minutes=draw(AGES))
    made_at = scanned_at - timedelta(minutes=draw(st.integers(0, 4 * 24 * 60)))
    receipt = Receipt(who, scanned_at, "clamav", made_at, draw(st.sampled_from((True, True, True, False))), "desk")
    return found, draw(st.sampled_from((receipt, receipt, None)))


@st.composite
def schools(draw: st.DrawFn) -> tuple[Inventory, tuple[AccessWindow, ...]]:
    drawn = [draw(devices(number)) for number in range(draw(st.integers(1, 4)))]
    seen = [at(each.mac, f"10.20.2.{number}") for number, (each, _) in enumerate(drawn)]
    receipts = [receipt for _, receipt in drawn if receipt]
    opened = draw(st.lists(windows(), max_size=6, unique_by=lambda each: each.id))
    return school(*(each for each, _ in drawn), receipts=receipts, seen=seen), tuple(opened)


@given(schools(), st.lists(st.integers(0, 14 * 24 * 60 - 1), min_size=1, max_size=8))
def test_the_filter_left_alone_for_two_weeks_does_what_would_be_decided(
    given_school: tuple[Inventory, tuple[AccessWindow, ...]], minutes: list[int]
) -> None:
    inventory, opened = given_school
    table = compile_intent(POLICY, inventory, opened, NINE, 1).table
    facts = facts_between(POLICY, inventory, opened, NINE, NINE + HORIZON)
    edges = {NINE + timedelta(minutes=minute) for minute in minutes} | {
        moment for cohort in table.cohorts.values() for moment in _moments(cohort.grants)
    }
    for moment in sorted(edges | _ends_of_approvals(inventory)):
        for address, binding in table.bindings.items():
            found = standing(table, address, moment.timestamp()).profile.name
            assert found == decide(facts, binding.device, moment).profile, (binding.name, moment)  # type: ignore[arg-type]


def _ends_of_approvals(inventory: Inventory) -> set[datetime]:
    """A minute after each: few moments chosen by chance fall between an approval's end and the next edge."""
    ends = (each.approval.until + timedelta(minutes=1) for each in inventory.devices.values() if each.approval)
    return {end for end in ends if NINE <= end < NINE + HORIZON}


def _moments(grants: object) -> set[datetime]:
    edges = {edge for grant in grants for edge in (grant.opens_at, grant.closes_at)}  # type: ignore[attr-defined]
    second = timedelta(seconds=1)
    moments = {datetime.fromtimestamp(edge, NINE.tzinfo) + step for edge in edges for step in (-second, 0 * second)}
    return {moment for moment in moments if NINE <= moment < NINE + HORIZON}


@given(schools(), st.integers(0, 13 * 24 * 60))
def test_a_decision_says_when_it_ends_and_holds_until_then(
    given_school: tuple[Inventory, tuple[AccessWindow, ...]], minutes: int
) -> None:
    inventory, opened = given_school
    facts = facts_between(POLICY, inventory, opened, NINE - DAY, NINE + HORIZON)
    now = NINE + timedelta(minutes=minutes)
    for who in inventory.devices:
        found = decide(facts, who, now)
        later = min(found.until or NINE + HORIZON, NINE + HORIZON) - timedelta(seconds=1)
        for moment in (now, now + (later - now) / 2, max(now, later)):
            assert decide(facts, who, moment).profile == found.profile


@given(schools(), st.lists(windows(), max_size=4))
def test_no_window_ever_opens_what_rests_in_quarantine(
    given_school: tuple[Inventory, tuple[AccessWindow, ...]], more: list[AccessWindow]
) -> None:
    inventory, opened = given_school
    without, with_more = (
        compile_intent(POLICY, inventory, given_windows, NINE, 1) for given_windows in ((), (*opened, *more))
    )
    for who, decision in without.decisions.items():
        if decision.segment == "quarantine":
            assert with_more.decisions[who].profile == decision.profile
            assert not with_more.decisions[who].internet


@given(schools())
def test_after_the_horizon_everybody_rests_at_the_strictest_they_ever_had(
    given_school: tuple[Inventory, tuple[AccessWindow, ...]],
) -> None:
    inventory, opened = given_school
    table = compile_intent(POLICY, inventory, opened, NINE, 1).table
    for cohort in table.cohorts.values():
        resting = STRICT[table.profiles[cohort.resting].state]
        assert all(resting >= STRICT[table.profiles[grant.profile].state] for grant in cohort.grants)
        assert all(grant.closes_at <= (NINE + HORIZON + DAY).timestamp() for grant in cohort.grants)


@given(schools())
def test_every_shared_decision_is_the_one_of_the_device_alone(
    given_school: tuple[Inventory, tuple[AccessWindow, ...]],
) -> None:
    inventory, opened = given_school
    intent = compile_intent(POLICY, inventory, opened, NINE, 1)
    facts = facts_between(POLICY, inventory, opened, NINE, NINE + HORIZON + DAY)
    assert {who: decide(facts, who, NINE) for who in inventory.devices} == dict(intent.decisions)


def test_a_receipt_of_a_station_whose_clock_is_fast_says_when_it_begins_to_count() -> None:
    who = mac(200)
    receipt = Receipt(who, NINE + timedelta(minutes=6), "clamav", NINE, True, "desk")
    laptop = device(who, "visiting-laptop", year_group=YEAR_1)
    facts = facts_between(POLICY, school(laptop, receipts=[receipt], seen=[]), (), NINE, NINE + HORIZON)
    found = decide(facts, who, NINE)
    assert (found.profile, found.until) == ("quarantine", NINE + timedelta(minutes=1))
