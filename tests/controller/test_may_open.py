"""Who may open internet for whom, and for how long, as the policy says (T2)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from controller.may_open import may_end, may_extend, may_open
from controller.model import AccessWindow, Actor
from tests.controller.policies import policy

POLICY = policy()
NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEACHER = Actor("year-5-teacher", "teacher", groups=frozenset({"year-5"}))
SUPPLY = Actor("supply", "teacher")
HEAD = Actor("head", "head")
AUDITOR = Actor("auditor", "auditor")
LESSON = AccessWindow("w1", "year-5", NINE, NINE + 30 * MINUTE, "year-5-teacher")


@pytest.mark.parametrize(
    ("actor", "group", "opens", "lasts", "rule"),
    [
        (TEACHER, "year-5", 0, 45, None),
        (TEACHER, "year-5", 0, 60, None),
        (TEACHER, "year-5", -0.5, 45, None),
        (TEACHER, "year-5", 60 * 10, 45, None),
        (TEACHER, "year-5", 60 * 24 * 5, 30, None),
        (HEAD, "year-1", 0, 60, None),
        (TEACHER, "year-1", 0, 45, "roles.teacher.may_open"),
        (SUPPLY, "year-5", 0, 45, "roles.teacher.may_open"),
        (AUDITOR, "year-5", 0, 45, "roles.auditor.may_open"),
        (TEACHER, "year-5", 0, 60.02, "roles.teacher.longest_window"),
        (HEAD, "year-1", 0, 61, "roles.head.longest_window"),
        (TEACHER, "year-5", 0, 0, "window"),
        (TEACHER, "year-5", 0, -5, "window"),
        (TEACHER, "year-5", -2, 30, "window"),
        (TEACHER, "year-5", -45, 30, "window"),
        (HEAD, "year-9", 0, 30, "year_groups"),
        (HEAD, "teacher", 0, 30, "year_groups"),
    ],
)
def test_who_may_open_for_whom(actor: Actor, group: str, opens: float, lasts: float, rule: str | None) -> None:
    opens_at = NINE + opens * MINUTE
    refusal = may_open(POLICY, actor, group, opens_at, opens_at + lasts * MINUTE, NINE)
    assert (refusal.rule if refusal else None) == rule


def test_a_role_that_may_open_nothing_opens_nothing() -> None:
    strict = policy(("may_open: own-classes", "may_open: nobody"))
    refusal = may_open(strict, TEACHER, "year-5", NINE, NINE + MINUTE, NINE)
    assert refusal is not None
    assert refusal.rule == "roles.teacher.may_open"


def test_a_refusal_says_what_would_help() -> None:
    refusal = may_open(POLICY, TEACHER, "year-1", NINE, NINE + MINUTE, NINE)
    assert refusal is not None
    assert refusal.text == "year-1 is not one of your own classes (year-5)."
    assert refusal.allowed_if == "asking the head"
    too_long = may_open(POLICY, TEACHER, "year-5", NINE, NINE + 90 * MINUTE, NINE)
    assert too_long is not None
    assert "60 minutes" in too_long.text


@pytest.mark.parametrize(
    ("actor", "until", "now", "allowed"),
    [
        (TEACHER, 60, 10, True),
        (HEAD, 45, 10, True),
        (TEACHER, 20, 10, True),
        (TEACHER, 61, 10, False),
        (TEACHER, 45, 30, False),
        (TEACHER, 5, 10, False),
        (SUPPLY, 45, 10, False),
    ],
)
def test_a_lesson_is_extended_up_to_the_longest_window_from_its_beginning(
    actor: Actor, until: int, now: int, allowed: bool
) -> None:
    refusal = may_extend(POLICY, actor, LESSON, NINE + until * MINUTE, NINE + now * MINUTE)
    assert (refusal is None) is allowed


def test_a_lesson_to_come_cannot_be_made_to_end_before_it_begins() -> None:
    later = replace(LESSON, opens_at=NINE + 60 * MINUTE, closes_at=NINE + 90 * MINUTE)
    assert may_extend(POLICY, TEACHER, later, NINE + 50 * MINUTE, NINE) is not None


def test_a_lesson_is_ended_by_whoever_opened_it_or_may_open_it() -> None:
    assert may_end(POLICY, TEACHER, LESSON) is None
    assert may_end(POLICY, HEAD, LESSON) is None
    assert may_end(POLICY, SUPPLY, LESSON) is not None
    assert may_end(POLICY, SUPPLY, replace(LESSON, opened_by="supply")) is None
