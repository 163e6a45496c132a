"""The staged candidate: for test devices first, judged by replay and proof, then promoted or dropped (F13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints

from controller.api.access import Site, Staff, needs
from controller.api.candidate import proofs_of, put_in_place, read_candidate, running_now, write_beside
from controller.api.problems import Conflict, NotFound, WrongInput
from controller.api.shapes import Answer, Ask, MacText, examples
from controller.api.site_view import SiteView
from controller.model import Actor, Staged
from controller.policy.file import LARGEST
from controller.store import NotFound as NothingThere

router = APIRouter(prefix="/api/v1/policy/staged", tags=["policy"])

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
    # To the letter: its hash is that of the file.
    text: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        max_length=LARGEST, description="The candidate as a policy file."
    )
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
    now, candidate = site.clock.now(), read_candidate(site, ask.text)
    staged = Staged(
        ask.text,
        candidate.sha256,
        running_now(site),
        frozenset(ask.devices),
        staff.name,
        now,
        proofs_of(site, candidate),
    )
    site.store.stage_policy(staged, staff, now)
    site.loop.wake("a policy is staged")
    return _out(staged)


@router.post("/promote", operation_id="promote_staged_policy", openapi_extra=needs("policy:write"))
def promote(site: Site, staff: Staff) -> StagedOut:
    """It becomes the policy file, for everybody. Judged once more; the proofs go into the audit."""
    staged = _staged(site)
    if staged.base != running_now(site):
        raise Conflict("Another policy runs than when this one was staged.", "Look at both, and stage it again.")
    proofs = proofs_of(site, read_candidate(site, staged.text))
    detail = {"base": staged.base, "staged_at": staged.at, "devices": sorted(staged.devices), "proofs": proofs}
    new = write_beside(site.home.policy, staged.text)
    _end(site, staged, "policy.promote", detail, staff)
    put_in_place(new, site.home.policy)
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


def _end(site: SiteView, staged: Staged, action: str, detail: dict[str, object], staff: Actor) -> None:
    try:
        site.store.end_staging(staged, action, detail, staff, site.clock.now())
    except NothingThere as error:
        raise NotFound(str(error), "Look at what is staged now.") from None


def _out(staged: Staged) -> StagedOut:
    return StagedOut(
        sha256=staged.sha256,
        base=staged.base,
        devices=tuple(sorted(staged.devices)),
        by=staged.by,
        at=staged.at,
        proofs=staged.proofs,
    )
