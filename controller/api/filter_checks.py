"""Checks of the filter: what the last ones found, and one at once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, status

from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict, WrongInput
from controller.api.shapes import Answer, Ask, examples
from controller.check_filter.alarms import raise_alarms
from controller.check_filter.from_segment import refused, signer_of
from controller.check_filter.kept import keep, place_of
from controller.check_filter.outcome import Kind, Run
from controller.check_filter.signed import NotTrue, SignedRun, read_signed

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


class HandInRoutes(Ask):
    """`record`: as `caretaker check-filter routes --send` writes it: the run, the station's key, its signature."""

    model_config = examples({"record": {"run": {}, "key": "…", "signature": "…"}})
    record: dict[str, Any]


_HOW = "`caretaker check-filter routes --segment NAME --send`, on a machine that is a station of this school."


@router.get("", operation_id="list_filter_checks", openapi_extra=needs("checks:read"))
def list_filter_checks(site: Site, limit: Annotated[int, Query(ge=1, le=MOST)] = 20) -> FilterChecks:
    """Of the filter and of ways past it, the newest first. Records that were changed since are left out."""
    checks = site.checks
    found = sorted((*checks.all(limit), *checks.routes(limit)), key=lambda run: run.at, reverse=True)[:limit]
    return FilterChecks(running=checks.running, problem=checks.problem, items=tuple(map(_out, found)))


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


@router.post(
    "/routes",
    operation_id="hand_in_routes",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=needs("receipts:write"),
)
def hand_in_routes(ask: HandInRoutes, site: Site, staff: Staff) -> FilterCheckOut:
    """Believed only if a station in force signed it, unchanged, within a day, about a segment of this school."""
    try:
        signed = read_signed(json.dumps(ask.record).encode())
    except NotTrue as error:
        raise WrongInput(f"This is no record of a probe: {error}.", _HOW) from error
    now, run = site.clock.now(), signed.run
    station = signer_of(signed.key, site.store.stations())
    if why := refused(run, station, site.policy.school.name, site.policy.segments, now):
        site.store.record(staff, "filter.routes.refuse", run.where, {"why": why}, now)
        raise Conflict(why, _HOW, title="Refused")
    if _is_new(site, signed):
        path = keep(site.home.checks, signed)
        told = {"tried": run.asked, "open": len(run.findings), "station": station.name if station else ""}
        site.store.record(staff, "filter.routes", run.where, {**told, "record": path.name}, now)
        raise_alarms(site.store, run, now)
    return _out(run)


def _is_new(site: Site, signed: SignedRun) -> bool:
    """False where this very record was handed in before. Raises Conflict where another one stands in its place."""
    try:
        there = read_signed(place_of(site.home.checks, signed.run).read_bytes())
    except FileNotFoundError:
        return True
    if there != signed:
        raise Conflict("Another record of this segment and second is kept.", "Run the probe again.", title="Refused")
    return False


def _out(run: Run) -> FilterCheckOut:
    return FilterCheckOut.model_validate(run)
