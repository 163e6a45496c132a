"""Reports, the cases they make, and what came of them: each step with its audit row in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from controller.model import Actor
from controller.reports.model import Asked, Case, Decided, Outcome, Report, Voice
from controller.store.audit import append
from controller.store.errors import Conflict
from controller.store.report_reads import ReportReads, cases_of, waiting_in
from controller.store.report_rows import (
    case_id,
    case_number,
    decided_values,
    known_case,
    read_cases,
    report_row,
)
from controller.store.schema import case_asks, report_cases, reports
from controller.store.site_rules import add_rule, end_rule, known_rule, rule_number
from inventory.site_rules import SiteRule

MOST_OPEN = 20_000
"""Cases that wait. A flood of reports must not fill the disk."""
_HOLDS_STILL = (Outcome.BLOCKED.value, Outcome.ALLOWED.value, Outcome.REFERRED.value)


@dataclass(frozen=True, slots=True)
class Taken:
    """A report as it was kept, the case it joined, and the rule it made at once."""

    report: Report
    case: Case
    rule: SiteRule | None = None


class ReportRecords(ReportReads):
    def take_report(
        self, report: Report, key: str, receipt: str, actor: Actor, now: datetime, block: SiteRule | None = None
    ) -> Taken:
        """Keep a voice; it joins the case of its site, or opens one. `receipt` is the hash of the reporter's token.

        `block` is the provisional rule of a member of staff; one case has one. Raises Conflict.
        """
        with self._writing() as connection:
            case = _joined(connection, report, key, now)
            number = case_number(case.id)
            kept = connection.execute(
                insert(reports).values(report_row(report, receipt, number)).returning(reports.c.number)
            )
            taken = replace(report, id=f"rep{kept.scalar_one()}", case=case.id)
            detail = {"case": case.id, "site": report.site, "wish": report.wish, "means": report.means}
            append(connection, actor.name, now, (("report.take", taken.id, detail),))
            rule, moved_on = None, None
            if block is not None and case.open and not _provisional_holds(connection, case, now):
                rule = add_rule(connection, replace(block, case=case.id), actor, now)
                connection.execute(
                    update(report_cases).where(report_cases.c.number == number).values(provisional=rule.id)
                )
                moved_on = self._rules_moved(connection)
            case = known_case(connection, case.id)
        if moved_on is not None:
            self._known = moved_on
        return Taken(taken, case, rule)

    def decide_case(
        self, wanted: str, decided: Decided, rule: SiteRule | None, actor: Actor, now: datetime
    ) -> tuple[Case, SiteRule | None]:
        """What somebody decided, and the rule it makes. The provisional one ends. Raises NotFound, Conflict."""
        with self._writing() as connection:
            case = known_case(connection, wanted)
            if not case.open:
                raise Conflict(f"Case {case.id} was decided already; take that back first.")
            if case.provisional:
                self._end_if_running(connection, case.provisional, actor, f"case {case.id} was decided", now)
            made = add_rule(connection, replace(rule, case=case.id), actor, now) if rule is not None else None
            told = replace(decided, rule=made.id if made else "")
            _change(connection, case, decided_values(told))
            detail = {"outcome": told.outcome, "site": case.key, "reason": told.reason, "rule": told.rule}
            append(connection, actor.name, now, (("case.decide", case.id, {**detail, "clauses": told.clauses}),))
            case, moved_on = known_case(connection, case.id), self._rules_moved(connection)
        self._known = moved_on
        return case, made

    def undo_case(self, wanted: str, why: str, actor: Actor, now: datetime) -> Case:
        """Its rule ends and it waits again for somebody. Raises NotFound, Conflict where nothing was decided."""
        with self._writing() as connection:
            case = known_case(connection, wanted)
            if case.decided is None:
                raise Conflict(f"Case {case.id} has not been decided.")
            if case.decided.rule:
                self._end_if_running(connection, case.decided.rule, actor, f"taken back: {why}", now)
            _change(connection, case, {**decided_values(None), "provisional": ""})
            detail = {"was": case.decided.outcome, "rule": case.decided.rule, "reason": why}
            append(connection, actor.name, now, (("case.undo", case.id, detail),))
            case, moved_on = known_case(connection, case.id), self._rules_moved(connection)
        self._known = moved_on
        return case

    def ask_about(self, asks: Mapping[str, Sequence[Asked]], now: datetime, *, again: bool = False) -> None:
        """Put cases to these, who will be written to. `again`: they were asked before."""
        with self._writing() as connection:
            cases = [case for case in cases_of(connection, asks) if case.open]
            fresh = [
                (case, each)
                for case in cases
                for each in asks[case.id]
                if again or each.stage not in {known.stage for known in case.asked}
            ]
            if not fresh:
                return
            rows = [{"case": case_number(case.id), "stage": each.stage.value, "at": each.at} for case, each in fresh]
            connection.execute(insert(case_asks), rows)
            action = "case.remind" if again else "case.ask"
            append(connection, "system", now, ((action, case.id, {"stage": each.stage}) for case, each in fresh))
            if again:
                numbers = [case_number(case.id) for case in cases]
                reminded = update(report_cases).where(report_cases.c.number.in_(numbers)).values(reminded_at=now)
                connection.execute(reminded)

    def mark_told(self, numbers: Collection[int], now: datetime) -> None:
        with self._writing() as connection:
            connection.execute(update(case_asks).where(case_asks.c.number.in_(numbers)).values(told_at=now))

    def forget_reporters(self, before: datetime, now: datetime) -> int:
        """Who reported, from where, in which words: gone from reports whose case was decided before that (M9)."""
        old = select(report_cases.c.number).where(report_cases.c.decided_at < before)
        blank = {"by": "", "said": "", "evidence": "", "place": {}, "forgotten": True}
        with self._writing() as connection:
            forgotten = reports.c.forgotten.is_(False) & reports.c.case.in_(old)
            done = connection.execute(update(reports).where(forgotten).values(blank)).rowcount
            if done:
                append(connection, "system", now, (("report.forget", "reports", {"reports": done}),))
            return int(done)

    def _end_if_running(self, connection: Connection, rule_id: str, actor: Actor, why: str, now: datetime) -> None:
        rule = known_rule(connection, rule_id)
        if rule.ended_at is None:
            end_rule(connection, rule, actor.name, why, now)


def _joined(connection: Connection, report: Report, key: str, now: datetime) -> Case:
    """The case that this report is about: an open one, one whose rule still holds, or a new one."""
    same = (report_cases.c.key == key, report_cases.c.wish == report.wish.value)
    standing = or_(report_cases.c.outcome.is_(None), report_cases.c.outcome.in_(_HOLDS_STILL))
    query = select(report_cases).where(*same, standing).order_by(report_cases.c.number.desc()).limit(1)
    found = read_cases(connection, query) if key else ()
    if found and (found[0].open or _rule_holds(connection, found[0], now)):
        return _voiced(connection, found[0], report, now)
    if waiting_in(connection) >= MOST_OPEN:
        raise Conflict("Too many reports wait for somebody to look at them; please tell a member of staff.")
    values: dict[str, Any] = {
        "wish": report.wish.value,
        "key": key,
        "kind": report.kind.value,
        "marks": sorted(report.marks),
        "opened_at": now,
        "last_voice": now,
        "voices": 1,
        "pupils": int(report.voice is not Voice.STAFF),
        "provisional": "",
        **decided_values(None),
    }
    number = connection.execute(insert(report_cases).values(values).returning(report_cases.c.number)).scalar_one()
    return known_case(connection, case_id(number))


def _voiced(connection: Connection, case: Case, report: Report, now: datetime) -> Case:
    values = {
        "voices": case.voices + 1,
        "pupils": case.pupils + (report.voice is not Voice.STAFF),
        "last_voice": max(now, case.last_voice),
        "marks": sorted(case.marks | report.marks),
    }
    _change(connection, case, values)
    return known_case(connection, case.id)


def _change(connection: Connection, case: Case, values: dict[str, Any]) -> None:
    connection.execute(update(report_cases).where(report_cases.c.number == case_number(case.id)).values(values))


def _provisional_holds(connection: Connection, case: Case, now: datetime) -> bool:
    return bool(rule_number(case.provisional)) and known_rule(connection, case.provisional).holds(now)


def _rule_holds(connection: Connection, case: Case, now: datetime) -> bool:
    rule = case.decided.rule if case.decided else ""
    return bool(rule) and known_rule(connection, rule).holds(now)
