"""What the device of a report asked for some minutes before and after, as far as the policy let it be written down.

Nothing is copied into the case: rows stay where they are, go with the day they belong to, and are read anew each time,
by whoever may read the query log, for a purpose that stands in the audit (M4, M9). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from controller.access_level import level_of
from controller.logging_rules import log_days, usual_level
from controller.policy import Policy
from controller.query_log import Span
from controller.reports.model import Place, Report

_WRITTEN: Mapping[str, str] = {
    "off": "the policy lets nothing be written down",
    "blocked": "the policy lets only what was blocked be written down",
    "domain": "of what was open the policy lets only the site's own domain be written down",
    "full": "",
}


def clients_of(place: Place) -> Mapping[str, str]:
    """What the log knows the reporter's device by, and its name. Empty: nobody knows from where it was reported."""
    key = place.mac or place.address
    return {key: place.device or key} if key else {}


def span_around(report: Report, minutes: int) -> Span:
    return Span(report.at - timedelta(minutes=minutes), report.at + timedelta(minutes=minutes))


def silence(policy: Policy, report: Report, now: datetime) -> str:
    """Why there may be less here than was asked for, as a sentence; empty where everything was written down."""
    if not clients_of(report.place):
        return "Nobody knows from which device this was reported."
    days = log_days(policy.privacy)
    if not days:
        return "The policy keeps no query log."
    if report.at < now - timedelta(days=days):
        return f"It was longer ago than the policy keeps the query log, {days} days."
    told = _WRITTEN[_level(policy, report.place.group)]
    return f"{told[0].upper()}{told[1:]}." if told else ""


def may_be_read(policy: Policy, report: Report) -> bool:
    """False where the policy of now would let nothing be written: then nothing older is shown either."""
    return bool(log_days(policy.privacy)) and _level(policy, report.place.group) != "off"


def _level(policy: Policy, group: str) -> str:
    of_group = policy.year_groups.get(group) or policy.roles.get(group)
    own = level_of(policy, of_group.level).query_log if of_group else None
    return own or usual_level(policy.privacy)
