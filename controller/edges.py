"""The moments at which what a device may do can change by the mere passing of time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from controller.facts import Facts
from controller.rules_of_person import personal_edges
from controller.standing import Subject
from controller.timetable import is_school_date, moment
from inventory.posture import FIT, posture, posture_turns

_DAY = timedelta(days=1)
_WEEKDAYS = 5
_HORIZON = 8 * _DAY


def edges_of_hours(facts: Facts, subject: Subject, first: datetime, last: datetime) -> tuple[datetime, ...]:
    """Every moment in `first < moment < last` at which another window holds, or none, in order."""
    found = facts.hours_of(subject).edges[-1]
    return found[bisect_right(found, first) : bisect_left(found, last)]


def edges_above_hours(facts: Facts, subject: Subject, first: datetime, last: datetime) -> tuple[datetime, ...]:
    """Every other moment in `first < moment < last` at which a rule may say something else, in order.

    Too many are harmless, a missing one would let an opening outlast its end.
    """
    found = {
        *personal_edges(facts, subject),
        *facts.profiles.ends,
        *posture_edges(facts, subject, first, last),
        *_hours_of_kind(facts, subject, first, last),
        *_approval_end(subject),
    }
    return tuple(sorted(edge for edge in found if first < edge < last))


def posture_edges(facts: Facts, subject: Subject, first: datetime, last: datetime) -> tuple[datetime, ...]:
    """When receipts and exemptions run out (or begin to count) between the two moments; of a thing also the bells,
    up to which it is spared.
    """
    bells = _hours_of_kind(facts, subject, first, last) if subject.thing and subject.posture_rule is not None else ()
    found = {*_posture_edges(facts, subject, first, last), *(bell for bell in bells if first < bell < last)}
    return tuple(sorted(found))


def fit_by_itself(facts: Facts, subject: Subject, now: datetime) -> datetime | None:
    """When a device that rests for its posture is let in by time alone: a receipt of a fast clock begins to count."""
    device, receipt = subject.device, facts.inventory.receipts.get(subject.mac)
    for edge in _posture_edges(facts, subject, now, now + _HORIZON):
        if device is not None and posture(device, receipt, subject.posture_rule, edge) in FIT:
            return edge
    return None


def next_pass_end(facts: Facts, subject: Subject, now: datetime) -> datetime | None:
    """The next moment at which a rule above the lessons may begin to speak: posture, hours of its kind, allowances."""
    found = [*personal_edges(facts, subject), *_approval_end(subject), *facts.profiles.ends]
    if subject.posture_rule is not None or _goes_by_hours(subject):
        horizon = now + _HORIZON
        found += (*_posture_edges(facts, subject, now, horizon), *_hours_of_kind(facts, subject, now, horizon))
    return min((edge for edge in found if edge > now), default=None) if found else None


def _posture_edges(facts: Facts, subject: Subject, first: datetime, last: datetime) -> tuple[datetime, ...]:
    """In order."""
    if subject.device is None or subject.posture_rule is None:
        return ()
    found = posture_turns(subject.device, facts.inventory.receipts.get(subject.mac), subject.posture_rule)
    return tuple(sorted(edge for edge in found if first < edge < last))


def _approval_end(subject: Subject) -> tuple[datetime, ...]:
    """When a device that was let in for a while is let in no longer (D3)."""
    approval = subject.device.approval if subject.device else None
    return (approval.until,) if approval else ()


def _hours_of_kind(facts: Facts, subject: Subject, first: datetime, last: datetime) -> Iterator[datetime]:
    """Beginning, breaks and bell of the school days, for devices that are out of use between them, or spared."""
    if not _goes_by_hours(subject):
        return
    day, policy = facts.policy.day, facts.policy
    walls = (day.starts, day.bell, *(wall for pause in day.breaks for wall in (pause.starts, pause.ends)))
    for each in _days(first.astimezone(policy.school.zone).date(), last.astimezone(policy.school.zone).date()):
        if each.weekday() < _WEEKDAYS and is_school_date(policy, each):
            yield from (moment(each, wall, policy.school.zone) for wall in walls)


def _goes_by_hours(subject: Subject) -> bool:
    if subject.kind is not None and subject.kind.never is not None:
        return True
    return subject.thing and (subject.posture_rule is not None or bool(_approval_end(subject)))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))
