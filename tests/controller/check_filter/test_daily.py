"""When a check is made by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from controller.check_filter.daily import due_from
from tests.controller.check_filter.test_questions import POLICY


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-11-24", "07:40"),  # a Tuesday of the autumn term; the day begins at 08:40
        ("2026-09-08", "06:40"),  # in summer time
        ("2026-11-27", None),  # INSET day
        ("2026-10-28", None),  # half-term
        ("2026-11-28", None),  # Saturday
        ("2026-12-24", None),  # after the term
    ],
)
def test_the_filter_is_checked_an_hour_before_a_school_day(day: str, due: str | None) -> None:
    now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    wanted = datetime.fromisoformat(f"{day}T{due}:00+00:00").astimezone(UTC) if due else None
    assert due_from(POLICY, now) == wanted


def test_shortly_after_midnight_it_is_the_school_s_own_day_that_counts() -> None:
    late = datetime(2026, 9, 7, 23, 30, tzinfo=UTC)  # 00:30 on Tuesday in London
    due = due_from(POLICY, late)
    assert due is not None
    assert due - late == timedelta(hours=7, minutes=10)
