"""Which of the school's rules somebody should look at again: their day has come, or nothing has met them for a year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from inventory.site_rules import SiteRule

UNUSED = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Due:
    rule: SiteRule
    suggest: Literal["review", "remove"]
    why: str


def due_for_review(rules: Iterable[SiteRule], now: datetime, zone: ZoneInfo) -> tuple[Due, ...]:
    """The longest overdue first. A rule that ends by itself within a year is never called unused."""
    found = [due for rule in rules if rule.holds(now) and (due := _due(rule, now, zone)) is not None]
    return tuple(sorted(found, key=lambda each: (each.rule.review_on or each.rule.decided_at.date(), each.rule.id)))


def _due(rule: SiteRule, now: datetime, zone: ZoneInfo) -> Due | None:
    today = now.astimezone(zone).date()
    last = rule.last_hit or rule.decided_at.astimezone(zone).date()
    if today - last >= UNUSED:
        return Due(rule, "remove", f"it has decided nothing since {last.isoformat()}")
    if rule.review_on is not None and rule.review_on <= today:
        return Due(rule, "review", f"its day of review was {rule.review_on.isoformat()}")
    return None
