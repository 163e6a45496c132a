"""Checks of the filter as proofs: how many questions came back as they had to, clause by clause. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from controller.check_filter.outcome import Run
from controller.compliance.model import Proof, Source

WHOLE = "F12"
"""Kept by the check itself."""


def proofs_of(runs: Iterable[Run], source: Source = Source.CHECK) -> Iterator[tuple[str, Proof]]:
    for run in runs:
        ref = f"{run.where}, {run.at:%Y-%m-%d %H:%M} UTC"
        clauses = {clause for line in run.lines for clause in line.clauses}
        clauses |= {clause for found in run.findings if found.alarming for clause in found.clauses}
        for clause in sorted(clauses - {WHOLE}):
            yield clause, _of_clause(run, clause, source, ref)
        if source is Source.CHECK:
            yield WHOLE, _whole(run, ref)


def _of_clause(run: Run, clause: str, source: Source, ref: str) -> Proof:
    lines = [line for line in run.lines if clause in line.clauses]
    asked, right = sum(line.asked for line in lines), sum(line.right for line in lines)
    wrong = [found.subject for found in run.findings if found.alarming and clause in found.clauses]
    told = f"{right} of {asked} questions came back as they must" if asked else "Found"
    return Proof(run.at, source, ref, f"{told}{_wrong(wrong)}", good=not wrong and right == asked)


def _whole(run: Run, ref: str) -> Proof:
    wrong = [found.subject for found in run.findings if found.alarming]
    return Proof(run.at, Source.CHECK, ref, f"The filter was checked, {run.asked} questions{_wrong(wrong)}")


def _wrong(subjects: list[str]) -> str:
    return f"; not as it should be: {'; '.join(subjects[:3])}" if subjects else ""
