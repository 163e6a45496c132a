"""Clauses: what each rule of the school's policies asks, what keeps it, and what on record shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path

from controller.api.access import Site, needs
from controller.api.problems import NotFound
from controller.api.shapes import Answer, example_of, examples
from controller.compliance.gather import all_kept
from controller.compliance.model import Kept

router = APIRouter(prefix="/api/v1/clauses", tags=["clauses"])
ClauseId = Annotated[str, Path(max_length=20, examples=["F2"])]


class StepOut(Answer):
    model_config = examples({"at": "2026-11-24T09:31:00.412Z", "text": "in force at filter worker 0"})
    at: datetime
    text: str


class ProofOut(Answer):
    """`good`: it shows the clause kept; else that it was not. `ref`: where to look it up."""

    model_config = examples(
        {
            "at": "2026-11-24T09:31:00.412Z",
            "source": "case",
            "ref": "c12",
            "text": "A reported site: blocked, in force at every filter worker",
            "good": True,
            "steps": [example_of(StepOut)],
        }
    )
    at: datetime
    source: str
    ref: str
    text: str
    good: bool
    steps: tuple[StepOut, ...]


class KeptOut(Answer):
    """`state`: `shown`, `not kept` or `no proof yet`. `proofs`: the newest first; no pupil is named in them."""

    model_config = examples(
        {
            "id": "F2",
            "text": "Anybody can report a bad site with little effort, and the report takes effect quickly.",
            "schools": ["P0", "P1", "P4"],
            "state": "shown",
            "by": ["Anybody reports a site at the page that blocked it, at the console or by letter."],
            "outside": "",
            "proofs": [example_of(ProofOut)],
        }
    )
    id: str
    text: str
    schools: tuple[str, ...]
    state: str
    by: tuple[str, ...]
    outside: str
    proofs: tuple[ProofOut, ...]


class Clauses(Answer):
    model_config = examples({"items": [example_of(KeptOut)]})
    items: tuple[KeptOut, ...]


@router.get("", operation_id="list_clauses", openapi_extra=needs("clauses:read"))
def list_clauses(site: Site) -> Clauses:
    """Every clause, each with its newest proof alone."""
    found = all_kept(site.store, site.checks)
    return Clauses(items=tuple(_out(kept, 1) for kept in found))


@router.get("/{clause_id}", operation_id="get_clause", openapi_extra=needs("clauses:read"))
def get_clause(clause_id: ClauseId, site: Site) -> KeptOut:
    return _out(known(all_kept(site.store, site.checks), clause_id), 20)


def known(found: tuple[Kept, ...], clause_id: str) -> Kept:
    """Raises NotFound."""
    kept = next((each for each in found if each.clause.id == clause_id.upper()), None)
    if kept is None:
        raise NotFound(f"There is no clause {clause_id}.", "GET /api/v1/clauses lists them.")
    return kept


def _out(kept: Kept, most: int) -> KeptOut:
    return KeptOut(
        id=kept.clause.id,
        text=kept.clause.text,
        schools=kept.clause.schools,
        state=kept.state,
        by=kept.by,
        outside=kept.outside,
        proofs=tuple(ProofOut.model_validate(proof) for proof in kept.proofs[:most]),
    )
