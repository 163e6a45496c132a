"""Every clause with what keeps it and what showed it last, read from the store and the records of checks. ●"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from controller.arrivals import RULE, WINDOW
from controller.check_filter.outcome import Run
from controller.clauses import CLAUSES
from controller.compliance import of_cases, of_checks
from controller.compliance.kept_by import KEPT_BY
from controller.compliance.model import Kept, Proof, Source
from controller.compliance.of_acts import of_act, of_lesson, of_scans
from controller.model import AuditRow
from controller.reports.model import Case
from controller.store import Store

MOST = 20
"""Proofs of one clause."""
CASES, CHECKS, SCANS = 200, 10, ("D1", "D2", "D6")


class Checks(Protocol):
    def all(self, limit: int) -> tuple[Run, ...]: ...
    def routes(self, limit: int) -> tuple[Run, ...]: ...


def all_kept(store: Store, checks: Checks) -> tuple[Kept, ...]:
    """In the order of the clauses. Raises StoreError."""
    found: defaultdict[str, list[Proof]] = defaultdict(list)
    for clause, proof in _proofs(store, checks):
        found[clause].append(proof)
    return tuple(_kept(clause, found[clause]) for clause in CLAUSES)


def _kept(clause: str, proofs: Iterable[Proof]) -> Kept:
    keeping = KEPT_BY[clause]
    newest = sorted(proofs, key=lambda proof: proof.at, reverse=True)[:MOST]
    return Kept(CLAUSES[clause], keeping.by, tuple(newest), keeping.outside)


def _proofs(store: Store, checks: Checks) -> Iterator[tuple[str, Proof]]:
    cases = store.cases(CASES)
    yield from of_cases.proofs_of(cases, _arrivals(store, cases))
    yield from of_checks.proofs_of(checks.all(CHECKS))
    yield from of_checks.proofs_of(checks.routes(CHECKS), Source.ROUTES)
    for row in store.acts(WINDOW, MOST):
        yield from (("T1", of_lesson(row)), ("T2", of_lesson(row)))
    for proof in of_scans(store.acts("receipt.take", MOST)):
        yield from ((clause, proof) for clause in SCANS)
    yield from _acts(store)


def _arrivals(store: Store, cases: Iterable[Case]) -> Mapping[str, AuditRow]:
    rules = {rule for case in cases for rule in (case.provisional, case.decided.rule if case.decided else "") if rule}
    return {row.subject: row for row in store.acts(RULE, len(rules), rules)} if rules else {}


def _acts(store: Store) -> Iterator[tuple[str, Proof]]:
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for clause, keeping in KEPT_BY.items():
        for action in keeping.acts:
            wanted[action].append(clause)
    for action, clauses in wanted.items():
        for row in store.acts(action, MOST):
            yield from ((clause, of_act(row)) for clause in clauses)
