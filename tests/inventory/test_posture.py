"""A device is fit while its receipt is clean and fresh enough for its kind (D1, D4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.model import Admission, Device, Exemption, Posture, Receipt, parse_mac
from inventory.posture import PostureRule, posture, posture_ends, posture_turns

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MAC = parse_mac("00:1b:63:84:45:e6")
LAPTOP = Device(MAC, "staff laptop", "school-laptop", Admission.REGISTERED)
CLEAN = Receipt(MAC, NINE, "ClamAV 1.4", NINE - DAY, True, "check-in desk")
RULE = PostureRule(antivirus_signatures=3 * DAY, scan=7 * DAY)


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (timedelta(0), Posture.COMPLIANT),
        (2 * DAY - timedelta(microseconds=1), Posture.COMPLIANT),
        (2 * DAY, Posture.NONCOMPLIANT),
        (30 * DAY, Posture.NONCOMPLIANT),
    ],
)
def test_signatures_of_yesterday_are_good_for_two_more_days(days: timedelta, found: Posture) -> None:
    assert posture(LAPTOP, CLEAN, RULE, NINE + days) is found


@pytest.mark.parametrize(("days", "found"), [(6.99, Posture.COMPLIANT), (7, Posture.UNSCANNED)])
def test_a_scan_counts_for_a_week(days: float, found: Posture) -> None:
    assert posture(LAPTOP, CLEAN, PostureRule(scan=7 * DAY), NINE + days * DAY) is found


@pytest.mark.parametrize(
    ("receipt", "found"),
    [
        (None, Posture.UNSCANNED),
        (replace(CLEAN, clean=False), Posture.NONCOMPLIANT),
        (replace(CLEAN, mac=parse_mac("00:1b:63:84:45:e7")), Posture.UNSCANNED),
        (replace(CLEAN, scanned_at=NINE + DAY), Posture.UNSCANNED),
        (replace(CLEAN, signatures_at=NINE + 400 * DAY), Posture.COMPLIANT),
    ],
)
def test_what_a_receipt_proves(receipt: Receipt | None, found: Posture) -> None:
    assert posture(LAPTOP, receipt, RULE, NINE) is found


def test_signatures_dated_ahead_do_not_last_longer_than_those_of_the_scan() -> None:
    ahead = replace(CLEAN, signatures_at=NINE + 400 * DAY)
    assert posture_ends(LAPTOP, ahead, RULE) == NINE + 3 * DAY


def test_where_no_rule_asks_a_registered_device_is_compliant_and_a_stranger_unknown() -> None:
    stranger = replace(LAPTOP, admission=Admission.UNKNOWN)
    assert posture(LAPTOP, None, None, NINE) is Posture.COMPLIANT
    assert posture(stranger, CLEAN, RULE, NINE) is Posture.UNKNOWN


@pytest.mark.parametrize(("minute", "found"), [(59, Posture.EXEMPT), (60, Posture.UNSCANNED)])
def test_an_exemption_ends_at_its_end(minute: int, found: Posture) -> None:
    door_lock = replace(LAPTOP, exemption=Exemption("head", "door lock", NINE + timedelta(hours=1)))
    assert posture(door_lock, None, RULE, NINE + timedelta(minutes=minute)) is found
    assert posture_turns(door_lock, None, RULE) == {NINE + timedelta(hours=1)}


def test_an_unclean_receipt_never_runs_out_into_something_better() -> None:
    assert posture_ends(LAPTOP, replace(CLEAN, clean=False), RULE) is None


SPANS = st.none() | st.integers(1, 20).map(lambda days: days * DAY)
MOMENTS = st.integers(-30, 30).map(lambda days: NINE + days * DAY)


@given(
    device=st.builds(
        replace, st.just(LAPTOP), exemption=st.none() | st.builds(Exemption, st.just("x"), st.just("y"), MOMENTS)
    ),
    receipt=st.none()
    | st.builds(replace, st.just(CLEAN), scanned_at=MOMENTS, signatures_at=MOMENTS, clean=st.booleans()),
    rule=st.none() | st.builds(PostureRule, SPANS, SPANS),
    now=MOMENTS,
    hours=st.integers(0, 24 * 60),
)
def test_between_two_named_moments_a_posture_never_changes(
    device: Device, receipt: Receipt | None, rule: PostureRule | None, now: datetime, hours: int
) -> None:
    then = now + timedelta(hours=hours)
    if not any(now < turn <= then for turn in posture_turns(device, receipt, rule)):
        assert posture(device, receipt, rule, then) is posture(device, receipt, rule, now)
