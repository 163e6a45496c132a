"""The policies that were in force, and the way back to one of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from controller.api.access import Site, Staff, needs
from controller.api.candidate import proofs_of, put_in_place, read_candidate, running_now, write_beside
from controller.api.problems import Conflict, NotFound
from controller.api.shapes import Answer, Ask, Limit, examples
from controller.api.site_view import SiteView
from controller.store import NotFound as NothingThere

router = APIRouter(prefix="/api/v1/policy/history", tags=["policy"])

_VERSION = {"number": 12, "at": "2026-11-24T09:00:00Z", "sha256": "9f2c", "running": True}
_PROOFS = {"segregation": "proven, 96 questions", "replayed": 1200, "changes": 3, "lessons_lost": 0}
Number = Annotated[int, Path(ge=1, le=2**53, description="The number of a version, from the history.")]


class VersionOut(Answer):
    """A policy that came into force `at` this moment; the newest is `running`."""

    model_config = examples(_VERSION)
    number: int
    at: datetime
    sha256: str
    running: bool


class VersionsOut(Answer):
    """The newest first."""

    model_config = examples({"items": [_VERSION]})
    items: tuple[VersionOut, ...]


class VersionText(Answer):
    model_config = examples({"number": 12, "text": "school: {name: Ash Lane Primary School}"})
    number: int
    text: str


class RestorePolicy(Ask):
    model_config = examples({"running": "9f2c"})
    running: str = Field(max_length=64, description="The hash of the policy that is to give way, as it was seen.")


class Restored(Answer):
    """What was asked of the old policy before it came back."""

    model_config = examples({"number": 11, "sha256": "41ab", "proofs": _PROOFS})
    number: int
    sha256: str
    proofs: Mapping[str, Any]


@router.get("", operation_id="list_policy_history", openapi_extra=needs("policy:write"))
def list_history(site: Site, limit: Limit = 50) -> VersionsOut:
    found = enumerate(site.store.policy_versions(limit))
    return VersionsOut(
        items=tuple(
            VersionOut(number=each.number, at=each.at, sha256=each.sha256, running=place == 0) for place, each in found
        )
    )


@router.get("/{number}", operation_id="get_policy_version", openapi_extra=needs("policy:write"))
def get_version(site: Site, number: Number) -> VersionText:
    return VersionText(number=number, text=_text(site, number))


@router.post("/{number}/restore", operation_id="restore_policy", openapi_extra=needs("policy:write"))
def restore(number: Number, ask: RestorePolicy, site: Site, staff: Staff) -> Restored:
    """It becomes the policy file again, for everybody, after the same questions that a candidate is asked.

    Refused where another policy runs by now than the one that was seen, and where it would open what the running one
    has to block: no way back outranks that.
    """
    text = _text(site, number)
    if ask.running != running_now(site):
        raise Conflict("Another policy runs than the one that you saw.", "caretaker policy history shows which.")
    candidate = read_candidate(site, text)
    if candidate.sha256 == ask.running:
        raise Conflict(f"Number {number} is the policy that runs.", "caretaker policy history shows the others.")
    proofs = proofs_of(site, candidate)
    new = write_beside(site.home.policy, text)
    detail = {"was": ask.running, "number": number, "proofs": proofs}
    site.store.record(staff, "policy.restore", candidate.sha256, detail, site.clock.now())
    put_in_place(new, site.home.policy)
    site.loop.wake("an earlier policy is back")
    return Restored(number=number, sha256=candidate.sha256, proofs=proofs)


def _text(site: SiteView, number: int) -> str:
    try:
        return site.store.policy_text(number)
    except NothingThere as error:
        raise NotFound(str(error), "caretaker policy history shows which there are.") from None
