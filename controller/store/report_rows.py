"""Reports and cases as rows of tables, and back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, select

from controller.reports.model import Asked, Case, Decided, Means, Outcome, Place, Report, Stage, Voice, Wish
from controller.reports.site_name import Kind, Mark
from controller.store.database import Row
from controller.store.errors import NotFound
from controller.store.schema import case_asks, report_cases, reports

_CASE = re.compile(r"c([1-9][0-9]{0,17})")


def case_number(case_id: str) -> int:
    match = _CASE.fullmatch(case_id)
    return int(match[1]) if match else 0


def case_id(number: int) -> str:
    return f"c{number}"


def report_row(report: Report, receipt: str, case: int) -> dict[str, Any]:
    same = ("at", "by", "site", "evidence", "said", "wanted_for", "language")
    return {name: getattr(report, name) for name in same} | {
        "case": case,
        "receipt": receipt,
        "wish": report.wish.value,
        "means": report.means.value,
        "voice": report.voice.value,
        "kind": report.kind.value,
        "marks": sorted(report.marks),
        "place": asdict(report.place),
        "wanted_by": report.wanted_by.isoformat() if report.wanted_by else None,
        "forgotten": False,
    }


def read_report(row: Row) -> Report:
    same = ("at", "by", "site", "evidence", "said", "wanted_for", "language")
    return Report(
        id=f"rep{row['number']}",
        wish=Wish(row["wish"]),
        means=Means(row["means"]),
        voice=Voice(row["voice"]),
        kind=Kind(row["kind"]),
        marks=frozenset(map(Mark, row["marks"])),
        place=Place(**row["place"]),
        wanted_by=date.fromisoformat(row["wanted_by"]) if row["wanted_by"] else None,
        case=case_id(row["case"]),
        **{name: row[name] for name in same},
    )


def decided_values(decided: Decided | None) -> dict[str, Any]:
    """The columns of a case that say what came of it."""
    if decided is None:
        empty = {"outcome": None, "decided_by": "", "decided_at": None, "reason": "", "rule": ""}
        return {**empty, "clauses": [], "review_on": None}
    return {
        "outcome": decided.outcome.value,
        "decided_by": decided.by,
        "decided_at": decided.at,
        "reason": decided.reason,
        "rule": decided.rule,
        "clauses": list(decided.clauses),
        "review_on": decided.review_on.isoformat() if decided.review_on else None,
    }


def read_cases(connection: Connection, query: Select[Any]) -> tuple[Case, ...]:
    """The cases that a query over `report_cases` finds, each with who was asked about it."""
    found = connection.execute(query).mappings().all()
    asked = _asked(connection, [row["number"] for row in found])
    return tuple(_read_case(row, asked.get(row["number"], ())) for row in found)


def known_case(connection: Connection, wanted: str) -> Case:
    found = read_cases(connection, select(report_cases).where(report_cases.c.number == case_number(wanted)))
    if not found:
        raise NotFound(f"There is no case {wanted[:60]}.")
    return found[0]


def _asked(connection: Connection, numbers: Collection[int]) -> Mapping[int, tuple[Asked, ...]]:
    asked: defaultdict[int, list[Asked]] = defaultdict(list)
    if numbers:
        query = select(case_asks).where(case_asks.c.case.in_(numbers)).order_by(case_asks.c.number)
        for row in connection.execute(query).mappings():
            stage = Stage(row["stage"])
            if stage not in {each.stage for each in asked[row["case"]]}:
                asked[row["case"]].append(Asked(stage, row["at"]))
    return {number: tuple(each) for number, each in asked.items()}


def _read_case(row: Row, asked: tuple[Asked, ...]) -> Case:
    decided = None
    if row["outcome"] is not None:
        decided = Decided(
            outcome=Outcome(row["outcome"]),
            by=row["decided_by"],
            at=row["decided_at"],
            reason=row["reason"],
            rule=row["rule"],
            clauses=tuple(row["clauses"]),
            review_on=date.fromisoformat(row["review_on"]) if row["review_on"] else None,
        )
    same = ("key", "opened_at", "voices", "last_voice", "provisional", "reminded_at", "pupils")
    return Case(
        id=case_id(row["number"]),
        wish=Wish(row["wish"]),
        kind=Kind(row["kind"]),
        marks=frozenset(map(Mark, row["marks"])),
        asked=asked,
        decided=decided,
        **{name: row[name] for name in same},
    )


__all__ = [
    "case_id",
    "case_number",
    "decided_values",
    "known_case",
    "read_cases",
    "read_report",
    "report_row",
    "reports",
]
