"""Who is asked about an open case, and when: the named person, then the deputy, then the head (W7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from controller.policy import Policy, Reports
from controller.policy import Responsible as Named
from controller.reports.model import Asked, Case, Stage

ORDER = tuple(Stage)


def due(case: Case, reports: Reports, now: datetime) -> tuple[Asked, ...]:
    """Whom to ask now who has not been asked. A clock that was set forward asks each in turn, none twice."""
    if not case.open:
        return ()
    asked = {each.stage for each in case.asked}
    return tuple(
        Asked(stage, now) for stage, after in waits(reports) if stage not in asked and case.opened_at + after <= now
    )


def next_due(case: Case, reports: Reports) -> Asked | None:
    """Who is asked next, and at what moment; None where everybody was, or somebody has decided."""
    if not case.open:
        return None
    asked = {each.stage for each in case.asked}
    return next((Asked(stage, case.opened_at + after) for stage, after in waits(reports) if stage not in asked), None)


def remind(case: Case, reports: Reports, now: datetime) -> bool:
    """Whether everybody is asked again about a case that nobody has answered."""
    if not case.open or {each.stage for each in case.asked} != set(ORDER):
        return False
    last = max((*(each.at for each in case.asked), *([case.reminded_at] if case.reminded_at else [])))
    return now - last >= reports.remind_every


def waits(reports: Reports) -> Iterator[tuple[Stage, timedelta]]:
    """From the first report of a case to the moment at which each is asked."""
    yield Stage.ICT_LEAD, timedelta(0)
    yield Stage.DEPUTY, reports.ask_deputy_after
    yield Stage.HEAD, reports.ask_head_after


def contact(policy: Policy, stage: Stage) -> tuple[str, str]:
    """Name and address of whom a stage means."""
    named: Named = policy.responsible
    person = {Stage.ICT_LEAD: named.ict_lead, Stage.DEPUTY: named.deputy, Stage.HEAD: named.head}[stage]
    return person.name, person.email
