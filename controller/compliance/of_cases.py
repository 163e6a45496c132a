"""Reported sites as proofs: from the first voice to when every worker of the filter had the rule. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from controller.compliance.model import Proof, Source, Step
from controller.model import AuditRow
from controller.reports.model import Case, Outcome, Stage, Wish

REFERRED = ("F14", "M6")
_SAID = {
    Outcome.BLOCKED: "blocked",
    Outcome.ALLOWED: "opened",
    Outcome.REFUSED: "left as it is",
    Outcome.ALREADY: "found to be so already",
    Outcome.REFERRED: "blocked and referred to the authority",
    Outcome.WRONG: "found to be no report",
}
_ASKED = {Stage.ICT_LEAD: "the ICT lead", Stage.DEPUTY: "the deputy", Stage.HEAD: "the head"}


def proofs_of(cases: Iterable[Case], arrivals: Mapping[str, AuditRow]) -> Iterator[tuple[str, Proof]]:
    """Clause and proof. `arrivals`: rule -> the row that says since when it is in force."""
    for case in cases:
        proof = _proof(case, arrivals)
        clauses = ["F2", *(["W7"] if case.asked else []), *(case.decided.clauses if case.decided else ())]
        if case.decided and case.decided.outcome is Outcome.REFERRED:
            clauses += REFERRED
        for clause in dict.fromkeys(clauses):
            yield clause, proof


def in_force_steps(row: AuditRow) -> Iterator[Step]:
    """What each worker said of itself."""
    workers = row.detail.get("workers")
    if isinstance(workers, Mapping):
        for worker, at in workers.items():
            yield Step(datetime.fromisoformat(str(at)), f"in force at filter worker {worker}")


def _proof(case: Case, arrivals: Mapping[str, AuditRow]) -> Proof:
    steps = [Step(case.opened_at, "reported" if case.wish is Wish.BLOCK else "somebody asked to open it")]
    steps += [Step(each.at, f"put to {_ASKED[each.stage]}") for each in case.asked]
    rules = [case.provisional]
    if case.decided:
        steps.append(Step(case.decided.at, f"{_SAID[case.decided.outcome]}, decided by {case.decided.by}"))
        rules.append(case.decided.rule)
    for rule in filter(None, rules):
        if rule in arrivals:
            steps += in_force_steps(arrivals[rule])
    steps.sort(key=lambda step: step.at)
    return Proof(steps[-1].at, Source.CASE, case.id, f"{_named(case)}: {_state(case, arrivals)}", steps=tuple(steps))


def _named(case: Case) -> str:
    return f"{case.voices} voices about one site" if case.voices > 1 else "A reported site"


def _state(case: Case, arrivals: Mapping[str, AuditRow]) -> str:
    if case.decided is None:
        return "blocked for now, it waits for a decision" if case.provisional else "it waits for a decision"
    told = _SAID[case.decided.outcome]
    if not case.decided.rule:
        return told
    return f"{told}, in force at every filter worker" if case.decided.rule in arrivals else f"{told}, being sent out"
