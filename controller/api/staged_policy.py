"""The staged candidate: for test devices first, judged by replay and proof, then promoted or dropped (F13)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter, status
from pydantic import Field

from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict, NotFound, WrongInput
from controller.api.shapes import Answer, Ask, MacText, examples
from controller.api.site_view import SiteView
from controller.model import Actor, Staged
from controller.policy.file import LARGEST, LoadedPolicy, PolicyError, parse, with_calendars
from controller.query_log import Span
from controller.replay import Report
from controller.replay.judge import Replay
from controller.replay.logged import logged
from controller.replay.sides import sides
from controller.staging import mandatory_lost
from controller.store import NotFound as NothingThere

router = APIRouter(prefix="/api/v1/policy/staged", tags=["policy"])

REPLAYED = timedelta(days=1)
_EXAMPLE = {
    "sha256": "9f2c",
    "base": "41ab",
    "devices": ["3c:22:fb:05:00:11"],
    "by": "ict-lead",
    "at": "2026-11-24T09:00:00Z",
    "proofs": {"segregation": "proven, 96 questions", "replayed": 1200, "changes": 3, "lessons_lost": 0},
}


class StagePolicy(Ask):
    model_config = examples({"text": "school: {name: Ash Lane Primary School}", "devices": ["3c:22:fb:05:00:11"]})
    text: str = Field(max_length=LARGEST, description="The candidate as a policy file.")
    devices: tuple[MacText, ...] = Field(min_length=1, max_length=50, description="Devices that have it first.")


class StagedOut(Answer):
    """`proofs`: what was asked of it when it was staged. `base`: the policy that ran then."""

    model_config = examples(_EXAMPLE)
    sha256: str
    base: str
    devices: tuple[str, ...]
    by: str
    at: datetime
    proofs: Mapping[str, Any]


@router.get("", operation_id="get_staged_policy", openapi_extra=needs("policy:write"))
def get_staged(site: Site) -> StagedOut:
    return _out(_staged(site))


@router.post("", status_code=status.HTTP_202_ACCEPTED, operation_id="stage_policy", openapi_extra=needs("policy:write"))
def stage(ask: StagePolicy, site: Site, staff: Staff) -> StagedOut:
    """For these devices only, names and lessons are those of the candidate; the network stays as it is.

    Refused where it is no policy, would open what is mandatory to block, or leaks by the proof of segregation.
    """
    known = site.inventory().devices
    for mac in ask.devices:
        if mac not in known:
            raise WrongInput(f"No device {mac} is known.", "Register it first, or name another.")
    now, candidate = site.clock.now(), _read(site, ask.text)
    staged = Staged(
        ask.text, candidate.sha256, _running(site), frozenset(ask.devices), staff.name, now, _proofs(site, candidate)
    )
    site.store.stage_policy(staged, staff, now)
    site.loop.wake("a policy is staged")
    return _out(staged)


@router.post("/promote", operation_id="promote_staged_policy", openapi_extra=needs("policy:write"))
def promote(site: Site, staff: Staff) -> StagedOut:
    """It becomes the policy file, for everybody. Judged once more; the proofs go into the audit."""
    staged = _staged(site)
    if staged.base != _running(site):
        raise Conflict("Another policy runs than when this one was staged.", "Look at both, and stage it again.")
    proofs = _proofs(site, _read(site, staged.text))
    detail = {"base": staged.base, "staged_at": staged.at, "devices": sorted(staged.devices), "proofs": proofs}
    _end(site, staged, "policy.promote", detail, staff)
    _put(site.home.policy, staged.text)
    site.loop.wake("a policy is promoted")
    return _out(staged)


@router.post("/drop", operation_id="drop_staged_policy", openapi_extra=needs("policy:write"))
def drop(site: Site, staff: Staff) -> StagedOut:
    """Test devices have the running policy again."""
    staged = _staged(site)
    _end(site, staged, "policy.drop", {"staged_at": staged.at}, staff)
    site.loop.wake("a staged policy is dropped")
    return _out(staged)


def _staged(site: SiteView) -> Staged:
    found = site.store.staged()
    if found is None:
        raise NotFound("No policy is staged.", "caretaker policy stage candidate.yaml --devices …")
    return found


def _running(site: SiteView) -> str:
    last = site.store.last_policy()
    return last[1] if last else ""


def _read(site: SiteView, text: str) -> LoadedPolicy:
    try:
        return with_calendars(parse(text, "candidate.yaml"), site.home.root)
    except PolicyError as error:
        raise WrongInput(f"The candidate is refused: {error}"[:2000], "caretaker policy check says the same.") from None


def _proofs(site: SiteView, candidate: LoadedPolicy) -> dict[str, object]:
    """What was asked and what came out. Raises Conflict where the answer keeps it from everybody."""
    if lost := mandatory_lost(site.policy, candidate.policy):
        raise Conflict(f"It would open what is mandatory to block: {', '.join(lost)}.", "Keep them under `mandatory:`.")
    report = _replayed(site, candidate)
    if report.refused:
        raise Conflict(
            f"It may never come into force: {report.refused}", "caretaker replay --policy shows what and when."
        )
    proof = site.proof(running=False, policy=candidate.policy)
    if proof.broken:
        raise Conflict(f"Segregation does not hold under it: {proof.broken[0]}", "caretaker prove shows every leak.")
    held = "proven" if proof.holds else f"nothing broken, {len(proof.open_questions)} questions open"
    return {
        "segregation": f"{held}, {proof.asked} questions",
        "replayed": report.judged,
        "changes": len(report.changes),
        "lessons_lost": len(report.lessons),
    }


def _replayed(site: SiteView, candidate: LoadedPolicy) -> Report:
    """The last day of the query log under both."""
    until = site.clock.now()
    span, files = Span(until - REPLAYED, until), site.query_log
    windows = site.store.windows(span.since, span.until)
    both = sides(site.policy, candidate.policy, windows, site.names(), span.since, span.until)
    run = Replay(both)
    run.take(logged(files, span, sorted({flip for each in both for flip in each.flips})))
    return run.report(site.policy, candidate.policy)


def _end(site: SiteView, staged: Staged, action: str, detail: dict[str, object], staff: Actor) -> None:
    try:
        site.store.end_staging(staged, action, detail, staff, site.clock.now())
    except NothingThere as error:
        raise NotFound(str(error), "Look at what is staged now.") from None


def _put(path: Path, text: str) -> None:
    """Whole or not at all; what stood there is kept beside it."""
    new = path.with_suffix(".promoted")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text if text.endswith("\n") else f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        path.with_suffix(".before").write_bytes(path.read_bytes())
        new.chmod(path.stat().st_mode & 0o777)
    new.replace(path)


def _out(staged: Staged) -> StagedOut:
    return StagedOut(
        sha256=staged.sha256,
        base=staged.base,
        devices=tuple(sorted(staged.devices)),
        by=staged.by,
        at=staged.at,
        proofs=staged.proofs,
    )
