"""Checks of the filter: what the last ones found, and one at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, status

from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict
from controller.api.shapes import Answer, examples
from controller.check_filter.outcome import Kind, Run

router = APIRouter(prefix="/api/v1/filter-checks", tags=["filter"])
MOST = 400


class FindingOut(Answer):
    """Something that is not as it should be: `kind` of what is wrong with `subject`."""

    model_config = examples(
        {
            "kind": "open",
            "subject": "category games, level key-stage-2",
            "text": "2 of 5 asked were not blocked: poki.com: let through: NOERROR",
            "clauses": ["F1", "F3"],
            "alarming": True,
        }
    )
    kind: Kind
    subject: str
    text: str
    clauses: tuple[str, ...]
    alarming: bool


class FilterCheckOut(Answer):
    """One check: `asked` questions, by the table `epoch` and the policy whose SHA-256 begins with `policy`."""

    model_config = examples(
        {
            "where": "filter node",
            "at": "2026-11-24T07:40:00Z",
            "policy": "c4cbf379f6f8",
            "epoch": 812,
            "names": "9e4fd60cfa42",
            "asked": 212,
            "good": True,
            "findings": [],
        }
    )
    where: str
    at: datetime
    policy: str
    epoch: int
    names: str
    asked: int
    good: bool
    findings: tuple[FindingOut, ...]


class FilterChecks(Answer):
    model_config = examples({"running": False, "problem": "", "items": []})
    running: bool
    problem: str
    items: tuple[FilterCheckOut, ...]


class CheckStarted(Answer):
    model_config = examples({"running": True})
    running: bool


@router.get("", operation_id="list_filter_checks", openapi_extra=needs("checks:read"))
def list_filter_checks(site: Site, limit: Annotated[int, Query(ge=1, le=MOST)] = 20) -> FilterChecks:
    """The newest first. Records that were changed after they were signed are left out."""
    checks = site.checks
    return FilterChecks(running=checks.running, problem=checks.problem, items=tuple(map(_out, checks.all(limit))))


@router.post(
    "", operation_id="start_filter_check", status_code=status.HTTP_202_ACCEPTED, openapi_extra=needs("checks:run")
)
def start_filter_check(site: Site, staff: Staff) -> CheckStarted:
    """Ask the filter now, a few seconds long. What it finds is the newest of the list then."""
    now = site.clock.now()
    if not site.checks.start(now):
        raise Conflict("A check is being made at this moment.", "Look at its outcome in a few seconds.")
    site.store.record(staff, "filter.check.start", "filter node", {}, now)
    return CheckStarted(running=True)


def _out(run: Run) -> FilterCheckOut:
    return FilterCheckOut.model_validate(run)
