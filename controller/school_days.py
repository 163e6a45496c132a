"""Which days are school days: terms, half-terms, closures and bank holidays; and which week of two it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from controller.policy import Policy

_NATIONS: Mapping[str, str] = {"england-and-wales": "ENG", "scotland": "SCT", "northern-ireland": "NIR"}
_A_WEEK = 7


def is_school_date(policy: Policy, day: date) -> bool:
    """In a term, outside its half-term, not closed, no bank holiday; any day where the policy gives no terms."""
    if policy.bank_holidays is not None and day in bank_holidays(policy.bank_holidays, day.year):
        return False
    if any(closure.covers(day) for closure in policy.closures):
        return False
    return not policy.terms or any(
        term.covers(day) and not (term.half_term and term.half_term.covers(day)) for term in policy.terms
    )


def why_closed(policy: Policy, day: date) -> str:
    """What keeps the school shut on a day, as staff would say it; empty on a school day."""
    if policy.bank_holidays is not None and (name := bank_holidays(policy.bank_holidays, day.year).get(day)):
        return name
    if closure := next((each for each in policy.closures if each.covers(day)), None):
        return closure.why
    if is_school_date(policy, day):
        return ""
    halves = (term for term in policy.terms if term.half_term and term.half_term.covers(day))
    return "half-term" if next(halves, None) else "holidays"


@lru_cache(maxsize=64)
def bank_holidays(nation: str, year: int) -> Mapping[date, str]:
    """The bank holidays of a part of the United Kingdom, as GOV.UK calls the parts."""
    # Loaded where it is first asked for: a quarter of a second that most commands do not need.
    from holidays import country_holidays

    return dict(country_holidays("GB", subdiv=_NATIONS[nation], years=year))


def week_of(policy: Policy, day: date) -> Literal["a", "b"] | None:
    """Week A or B of a two-week timetable, counted from the last named beginning of a week A; None without one.

    Days before the first beginning count backwards from it.
    """
    if policy.weeks is None:
        return None
    mondays = sorted(_monday(each) for each in policy.weeks.a_begins)
    since = max((each for each in mondays if each <= day), default=mondays[0])
    return "a" if (_monday(day) - since).days // _A_WEEK % 2 == 0 else "b"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
