"""What one device may do at one moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from controller.decide import decide, facts_between
from controller.model import AccessWindow, Decision
from inventory.model import Admission, Device, Exemption, Hold, Inventory, Mac
from tests.controller.school import (
    DAY,
    DESK,
    HOUR,
    IPAD,
    KS1_IPAD,
    LAPTOP,
    LOCK,
    NINE,
    NO_UNTIL,
    PHONE,
    POLICY,
    PRINTER,
    STRANGER,
    VISITOR,
    YEAR_5,
    device,
    scanned,
    school,
    window,
)

EIGHT = NINE - HOUR
HOLD = Hold("ICT lead", "it sends strange traffic", NINE)


def decision(of: Mac, now: datetime, *windows: AccessWindow, inventory: Inventory | None = None) -> Decision:
    given = inventory if inventory is not None else school()
    return decide(facts_between(NO_UNTIL, given, windows, NINE - DAY, NINE + 14 * DAY), of, now)


@pytest.mark.parametrize(
    ("after", "profile"),
    [(14, "key-stage-2.closed"), (15, "key-stage-2"), (74, "key-stage-2"), (75, "key-stage-2.closed")],
)
def test_a_lesson_of_the_timetable_opens_and_closes_by_itself(after: int, profile: str) -> None:
    assert decision(IPAD, NINE + timedelta(minutes=after)).profile == profile


@pytest.mark.parametrize(
    ("after", "profile"),
    [(-1, "key-stage-2.closed"), (0, "key-stage-2"), (59, "key-stage-2"), (60, "key-stage-2.closed")],
)
def test_a_window_lasts_from_its_opening_up_to_its_closing(after: int, profile: str) -> None:
    opened = window(1, start=120)
    assert decision(IPAD, opened.opens_at + timedelta(minutes=after), opened).profile == profile


def test_outside_lessons_a_pupil_is_closed_and_told_who_can_open() -> None:
    found = decision(IPAD, EIGHT)
    assert (found.internet, found.segment, found.group) == (False, "pupils", "year-5")
    assert found.because.rule == "outside_windows.pupils"
    assert "T1" in found.because.clauses
    assert found.allowed_if == "a member of staff opens a lesson for year-5"
    assert found.until == NINE + timedelta(minutes=15)


def test_key_stage_1_keeps_its_approved_sites_between_lessons() -> None:
    found = decision(KS1_IPAD, EIGHT)
    assert (found.profile, found.internet, found.because.rule) == ("approved-only", True, "outside_windows.ks1")


def test_staff_are_open_at_every_hour_with_the_level_of_their_own_role() -> None:
    assert decision(DESK, EIGHT).profile == "school-social-media"
    assert decision(DESK, EIGHT).group == "head"


def test_what_a_teacher_opens_counts_before_the_timetable() -> None:
    found = decision(IPAD, NINE + timedelta(minutes=30), window(1, start=20, focus=("maths-sites",)))
    assert found.profile == "key-stage-2+maths-sites"
    assert found.because.rule == "roles.teacher.may_open"
    assert [lost.rule for lost in found.lost] == ["timetable[0]", "outside_windows.pupils"]


@pytest.mark.parametrize(("first", "second"), [(3, 4), (9, 10)])
def test_of_two_windows_the_later_opened_one_counts(first: int, second: int) -> None:
    windows = (window(second, focus=("maths-sites",)), window(first, focus=("approved-sites",)))
    assert decision(IPAD, NINE, *windows).profile == "key-stage-2+maths-sites"
    later = window(1, start=5, minutes=10, focus=("approved-sites",))
    now = NINE + timedelta(minutes=6)
    assert decision(IPAD, now, *windows, later).profile == "key-stage-2+approved-sites"
    assert decision(IPAD, now + timedelta(minutes=9), *windows, later).profile == "key-stage-2+maths-sites"


def test_a_window_whose_level_the_policy_no_longer_has_opens_nothing() -> None:
    windows = (window(1, start=120, level="gone"), window(2, start=120, focus=("gone",)))
    assert not decision(IPAD, NINE + timedelta(minutes=130), *windows).internet


def test_a_stranger_rests_in_quarantine_and_the_reason_says_what_to_do() -> None:
    found = decision(STRANGER, NINE, window(1))
    assert (found.profile, found.segment, found.internet) == ("unknown", "quarantine", False)
    assert found.because.rule == "unknown: quarantine"
    assert found.allowed_if == "a technician registers it"
    assert found.until is None


@pytest.mark.parametrize(
    ("changed", "profile", "rule"),
    [
        (
            device(IPAD, "school-ipad", year_group=YEAR_5, admission=Admission.BARRED),
            "barred",
            "inventory.admission[barred]",
        ),
        (device(IPAD, "school-ipad", year_group=YEAR_5, hold=HOLD), "quarantine", "inventory.hold"),
        (device(IPAD, "school-ipad", year_group=YEAR_5, admission=Admission.UNKNOWN), "unknown", "unknown: quarantine"),
        (device(IPAD, "school-laptop", year_group=YEAR_5), "quarantine", "devices.school-laptop.posture"),
        (device(IPAD, "school-ipad"), "unassigned", "inventory.group"),
        (device(IPAD, "toaster", year_group=YEAR_5), "unassigned", "devices"),
    ],
)
def test_no_lesson_opens_a_device_that_rests_in_quarantine(changed: Device, profile: str, rule: str) -> None:
    found = decision(IPAD, NINE + timedelta(minutes=30), window(1, start=20), inventory=school(changed))
    assert (found.profile, found.segment, found.internet, found.because.rule) == (profile, "quarantine", False, rule)
    assert found.allowed_if


def test_a_barred_device_that_is_held_too_is_barred_first_of_all() -> None:
    both = device(IPAD, "school-ipad", year_group=YEAR_5, admission=Admission.BARRED, hold=HOLD)
    found = decision(IPAD, NINE, inventory=school(both))
    assert found.because.clauses == ("W6",)
    assert "inventory.hold" in [lost.rule for lost in found.lost]


@pytest.mark.parametrize(("age", "profile"), [(2 * DAY, "staff"), (3 * DAY - HOUR, "staff"), (3 * DAY, "quarantine")])
def test_a_laptop_stays_in_as_long_as_its_signatures_are_fresh(age: timedelta, profile: str) -> None:
    found = decision(LAPTOP, NINE, inventory=school(receipts=[scanned(LAPTOP, NINE - age)]))
    assert found.profile == profile
    assert found.until == (NINE - age + 3 * DAY if profile == "staff" else None)


def test_a_visitors_laptop_needs_a_receipt_and_belongs_to_the_guests() -> None:
    assert decision(VISITOR, NINE).profile == "quarantine"
    found = decision(VISITOR, NINE, inventory=school(receipts=[scanned(VISITOR, NINE - 6 * DAY)]))
    assert (found.profile, found.segment, found.until) == ("staff", "guest", NINE + DAY)


def test_a_thing_is_open_at_every_hour_and_no_lesson_touches_it() -> None:
    found = decision(PRINTER, EIGHT)
    assert (found.profile, found.segment, found.internet) == ("things", "things", True)


def test_a_door_lock_is_outside_posture_until_its_exemption_ends() -> None:
    four = NINE + 7 * HOUR  # after the bell: before it, a door lock is spared
    exempt = device(LOCK, "door-lock", exemption=Exemption("ICT lead", "cannot be scanned", four))
    given = school(exempt)
    assert decision(LOCK, four - HOUR / 2, inventory=given).until == four
    assert [decision(LOCK, moment, inventory=given).profile for moment in (NINE, four - HOUR / 2, four)] == [
        "things",
        "things",
        "quarantine",
    ]


@pytest.mark.parametrize(
    ("clock", "internet"),
    [("08:39", True), ("08:40", False), ("10:29", False), ("10:30", True), ("10:45", False), ("15:15", True)],
)
def test_a_teachers_phone_is_out_of_use_in_the_school_day_but_in_breaks(clock: str, internet: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    found = decision(PHONE, NINE.replace(hour=hour, minute=minute), window(1, group="teacher", start=-60, minutes=600))
    assert (found.internet, found.segment) == (internet, "guest")


def test_an_allowance_that_ends_with_a_day_changes_the_name_of_the_profile_at_midnight() -> None:
    facts = facts_between(POLICY, school(), [window(1, minutes=5000)], NINE, NINE + 14 * DAY)
    midnight = NINE.replace(day=27, hour=0)
    names = [decide(facts, IPAD, midnight + after).profile for after in (-HOUR, timedelta(0))]
    assert names == ["key-stage-2~20261127T0000", "key-stage-2"]


def test_a_device_acts_for_its_owner_before_its_own_year_group() -> None:
    lent = device(IPAD, "school-ipad", year_group=YEAR_5, person=next(iter(school().people)))
    assert decision(IPAD, EIGHT, inventory=school(lent)).group == "head"
