"""Reading reports and the cases they make."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from controller.reports.model import Case, Report, Stage
from controller.reports.notices import Unsent
from controller.store.errors import NotFound
from controller.store.report_rows import case_id, case_number, known_case, read_cases, read_report
from controller.store.schema import case_asks, report_cases, reports
from controller.store.site_rules import SiteRuleRecords

MOST_AT_ONCE = 500
"""Cases that one turn asks about: a flood is asked about in turns, and nobody else waits for the database."""


class ReportReads(SiteRuleRecords):
    def unsent_asks(self) -> tuple[Unsent, ...]:
        """Of cases that are still open, oldest first."""
        query = (
            select(case_asks)
            .join(report_cases, report_cases.c.number == case_asks.c.case)
            .where(case_asks.c.told_at.is_(None), report_cases.c.outcome.is_(None))
            .order_by(case_asks.c.number)
            .limit(10_000)
        )
        with self._reading() as connection:
            rows = connection.execute(query).mappings()
            return tuple(Unsent(it["number"], case_id(it["case"]), Stage(it["stage"]), it["at"]) for it in rows)

    def last_told(self, stage: Stage) -> datetime | None:
        """When somebody of this stage was last written to."""
        query = select(func.max(case_asks.c.told_at)).where(case_asks.c.stage == stage.value)
        with self._reading() as connection:
            return connection.execute(query).scalar()

    def case(self, wanted: str) -> Case:
        with self._reading() as connection:
            return known_case(connection, wanted)

    def cases(self, limit: int = 100, *, waiting: bool | None = None, before: str = "") -> tuple[Case, ...]:
        """Waiting ones oldest first, all others newest first. `before`: only those that come after this one."""
        order = report_cases.c.number if waiting else report_cases.c.number.desc()
        query = select(report_cases).order_by(order).limit(limit)
        if waiting is not None:
            outcome = report_cases.c.outcome
            query = query.where(outcome.is_(None) if waiting else outcome.is_not(None))
        if before:
            number = case_number(before)
            query = query.where(report_cases.c.number > number if waiting else report_cases.c.number < number)
        with self._reading() as connection:
            return read_cases(connection, query)

    def cases_named(self, wanted: Collection[str]) -> tuple[Case, ...]:
        with self._reading() as connection:
            return cases_of(connection, wanted)

    def cases_to_ask(self, waits: Sequence[timedelta], now: datetime) -> tuple[Case, ...]:
        """Waiting ones about which fewer were asked than are due by now. `waits`: for each, from the opening on."""
        asked = (
            select(func.count(func.distinct(case_asks.c.stage)))
            .where(case_asks.c.case == report_cases.c.number)
            .scalar_subquery()
        )
        due = [(asked == number) & (report_cases.c.opened_at <= now - wait) for number, wait in enumerate(waits)]
        query = select(report_cases).where(report_cases.c.outcome.is_(None), or_(*due))
        with self._reading() as connection:
            return read_cases(connection, query.order_by(report_cases.c.number).limit(MOST_AT_ONCE))

    def count_waiting(self) -> int:
        with self._reading() as connection:
            return waiting_in(connection)

    def reports_of(self, wanted: str, limit: int = 50) -> tuple[Report, ...]:
        """The voices of a case, oldest first."""
        query = select(reports).where(reports.c.case == case_number(wanted)).order_by(reports.c.number).limit(limit)
        with self._reading() as connection:
            return tuple(map(read_report, connection.execute(query).mappings()))

    def report_with(self, receipt: str) -> tuple[Report, Case]:
        """The report whose receipt has this hash, and its case. Raises NotFound."""
        with self._reading() as connection:
            query = select(reports).where(reports.c.receipt == receipt)
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise NotFound("There is no report with this receipt.")
            report = read_report(row)
            return report, known_case(connection, report.case)


def cases_of(connection: Connection, wanted: Collection[str]) -> tuple[Case, ...]:
    numbers = [case_number(each) for each in wanted]
    return read_cases(connection, select(report_cases).where(report_cases.c.number.in_(numbers)))


def waiting_in(connection: Connection) -> int:
    query = select(func.count()).select_from(report_cases).where(report_cases.c.outcome.is_(None))
    return int(connection.execute(query).scalar_one())
