"""Acceptable-use agreements: who has signed, whose signature is missing, and the forms that come back (W2-W4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, status
from pydantic import Field, StringConstraints

from controller.agreement_round import Standing, standings
from controller.api.access import Site, Staff, needs
from controller.api.problems import WrongInput
from controller.api.shapes import Answer, Ask, Limit, Moment, example_of, examples
from inventory.agreements import Agreed, Agreement, Signer
from inventory.model import PersonId

router = APIRouter(prefix="/api/v1/agreements", tags=["agreements"])

Version = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
PersonText = Annotated[str, StringConstraints(min_length=1, max_length=80)]
AHEAD = timedelta(days=1)


class Signature(Ask):
    """One signature, or with `declined` one refusal. `ends`: supply staff sign for their time at the school."""

    person: PersonText
    signer: Signer
    version: Version
    signed_at: Moment | None = Field(default=None, description="Left out: now.")
    means: Literal["paper", "online"] = "paper"
    declined: bool = False
    ends: Moment | None = None


class Record(Ask):
    model_config = examples(
        {"signatures": [{"person": "child-5-01", "signer": "guardian", "version": "2026"}]},
    )
    signatures: tuple[Signature, ...] = Field(min_length=1, max_length=1000)


class Recorded(Answer):
    """How many were new; one that is there already is passed over."""

    model_config = examples({"recorded": 1})
    recorded: int


class StandingOut(Answer):
    """`agreed`: signed, missing or declined. `missing`: who still has to sign. `runs_out`: when it must be renewed."""

    model_config = examples(
        {
            "person": "child-5-01",
            "name": "A child of Year 5",
            "group": "year-5",
            "agreed": "missing",
            "missing": ["guardian"],
            "runs_out": None,
        }
    )
    person: str
    name: str
    group: str | None
    agreed: Agreed
    missing: tuple[Signer, ...]
    runs_out: datetime | None


class Standings(Answer):
    model_config = examples({"items": [example_of(StandingOut)], "total": 1})
    items: tuple[StandingOut, ...]
    total: int


@router.get("", operation_id="list_agreements", openapi_extra=needs("agreements:read"))
def list_agreements(
    site: Site,
    agreed: Annotated[Agreed | None, Query(description="Only who stands so.")] = None,
    runs_out_within: Annotated[int | None, Query(ge=0, le=400, description="Only who must renew within days.")] = None,
    group: Annotated[str | None, Query(max_length=80, description="Only of this year group or role.")] = None,
    limit: Limit = 500,
) -> Standings:
    """Every person whom the policy asks for a signature, and where each stands now."""
    now = site.clock.now()
    last = now + timedelta(days=runs_out_within) if runs_out_within is not None else None
    found = [
        each
        for each in standings(site.policy, site.inventory(), now)
        if agreed in (None, each.agreed)
        and group in (None, each.group)
        and (last is None or (each.runs_out is not None and each.runs_out <= last))
    ]
    return Standings(items=tuple(map(_shown, found[:limit])), total=len(found))


@router.post(
    "", status_code=status.HTTP_201_CREATED, operation_id="record_agreements", openapi_extra=needs("agreements:write")
)
def record_agreements(ask: Record, site: Site, staff: Staff) -> Recorded:
    """All or none. A refusal takes effect at once."""
    now, people = site.clock.now(), site.inventory().people
    for number, each in enumerate(ask.signatures, 1):
        if each.person not in people:
            raise WrongInput(f"Signature {number}: no such person.", "People come from people.csv and from imports.")
        if each.signed_at is not None and each.signed_at > now + AHEAD:
            raise WrongInput(f"Signature {number}: it is dated in the future.", "Give the day on the form.")
    count = site.store.put_agreements((_given(each, now) for each in ask.signatures), staff, now)
    if count:
        site.loop.wake(f"{count} agreements recorded")
    return Recorded(recorded=count)


def _given(each: Signature, now: datetime) -> Agreement:
    person = PersonId(each.person)
    return Agreement(person, each.signer, each.version, each.signed_at or now, each.means, each.declined, each.ends)


def _shown(standing: Standing) -> StandingOut:
    return StandingOut.model_validate(standing)
