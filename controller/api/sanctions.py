"""Sanctions: access taken from a person or device, for a time or until it is looked at again (W5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, status
from pydantic import Field, StringConstraints, model_validator

from controller.api.access import Site, Staff, needs
from controller.api.problems import WrongInput
from controller.api.shapes import Answer, Ask, Id, Limit, MacText, Moment, Words, example_of, examples
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.sanction_return import Return
from inventory.model import PersonId
from inventory.sanctions import INTERNET, Sanction

router = APIRouter(prefix="/api/v1/sanctions", tags=["sanctions"])

SanctionId = Annotated[str, Path(max_length=40, examples=["s3"])]
Use = Annotated[str, StringConstraints(pattern=r"^(service:)?[a-z0-9][a-z0-9_-]{0,62}$")]
Statement = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]
LONGEST = timedelta(days=400)


class Impose(Ask):
    """Either `person` or `mac`. Without an end it is open-ended, and then it needs a day of review."""

    model_config = examples(
        {"person": "child-5-01", "uses": ["webmail"], "days": 7, "reason": "unkind letters"},
        {"mac": "3c:22:fb:05:00:11", "uses": ["internet"], "review_on": "2026-12-08", "reason": "games in lessons"},
    )
    person: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
    mac: MacText | None = None
    uses: tuple[Use, ...] = Field(default=(INTERNET,), min_length=1, max_length=20, description=(
        "`internet` for all of it, else categories of the policy's lists, and services as `service:tiktok`."
    ))  # fmt: skip
    days: Annotated[int, Field(strict=True, ge=1, le=400, description="How long, counted from now.")] | None = None
    ends_at: Moment | None = None
    review_on: date | None = None
    reason: Words
    keep: tuple[Id, ...] | None = Field(
        default=None, max_length=20, description="Site lists that stay open in lessons; left out: the policy's."
    )

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.person is None) == (self.mac is None):
            raise ValueError("expected either `person` or `mac`")
        if self.days is not None and self.ends_at is not None:
            raise ValueError("expected at most one of `days` and `ends_at`")
        if self.days is None and self.ends_at is None and self.review_on is None:
            raise ValueError("expected `days`, `ends_at`, or for an open-ended one `review_on`")
        return self


class EndSanction(Ask):
    model_config = examples({"reason": "the week is over for good behaviour"})
    reason: Words


class Appeal(Ask):
    model_config = examples({"text": "The child says that somebody else used its tablet."})
    text: Statement


class WitnessOut(Answer):
    """One of its devices, and what decides of it now: another rule may still hold it back."""

    model_config = examples({"device": "ipad-5-11", "rule": "timetable[0]", "said": "computing until 10:15"})
    device: str
    rule: str
    said: str


class BackOut(Answer):
    """Proof that access is back: nothing of this sanction is left in the table `epoch` that the filter has in force."""

    model_config = examples(
        {
            "ended_at": "2026-12-01T10:00:00Z",
            "back_at": "2026-12-01T10:00:03Z",
            "epoch": 412,
            "devices": [example_of(WitnessOut)],
        }
    )
    ended_at: datetime
    back_at: datetime
    epoch: int
    devices: tuple[WitnessOut, ...]


class SanctionOut(Answer):
    """`in_force_until` is null where it runs on; `lapses` says that it ends there unless a second person approves."""

    model_config = examples(
        {
            "id": "s3",
            "person": "child-5-01",
            "mac": None,
            "uses": ["webmail"],
            "begins_at": "2026-11-24T10:00:00Z",
            "ends_at": "2026-12-01T10:00:00Z",
            "review_on": None,
            "reason": "unkind letters",
            "by": "head",
            "keep": [],
            "approved_by": None,
            "ended_by": None,
            "appeal": "",
            "running": True,
            "in_force_until": "2026-12-01T10:00:00Z",
            "lapses": False,
            "back": None,
        }
    )
    id: str
    person: str | None
    mac: str | None
    uses: tuple[str, ...]
    begins_at: datetime
    ends_at: datetime | None
    review_on: date | None
    reason: str
    by: str
    keep: tuple[str, ...]
    approved_by: str | None
    ended_by: str | None
    appeal: str
    running: bool
    in_force_until: datetime | None
    lapses: bool
    back: BackOut | None
    """Null as long as it runs, or is not proven yet."""


class Sanctions(Answer):
    model_config = examples({"items": [example_of(SanctionOut)]})
    items: tuple[SanctionOut, ...]


@router.get("", operation_id="list_sanctions", openapi_extra=needs("sanctions:read"))
def list_sanctions(
    site: Site,
    running: Annotated[bool, Query(description="Only those in force now.")] = True,
    review_within: Annotated[
        int | None, Query(ge=0, le=400, description="Only those to be looked at again within days.")
    ] = None,
    limit: Limit = 100,
) -> Sanctions:
    today = site.clock.now().astimezone(site.policy.school.zone).date()
    last = today + timedelta(days=review_within) if review_within is not None else None
    found = [shown(site, each) for each in site.store.sanctions(limit)]
    if last is not None:
        found = [each for each in found if each.review_on is not None and each.review_on <= last]
    return Sanctions(items=tuple(each for each in found if each.running or not running))


@router.post(
    "", status_code=status.HTTP_202_ACCEPTED, operation_id="impose_sanction", openapi_extra=needs("sanctions:write")
)
def impose_sanction(ask: Impose, site: Site, staff: Staff) -> SanctionOut:
    """In force at once. One that is longer than the policy's `sanctions.alone` lapses there until another approves."""
    imposed = site.store.impose_sanction(_asked(site, ask, staff), staff, site.clock.now())
    site.loop.wake(f"sanction {imposed.id} imposed")
    return shown(site, imposed)


@router.get("/{sanction_id}", operation_id="get_sanction", openapi_extra=needs("sanctions:read"))
def get_sanction(sanction_id: SanctionId, site: Site) -> SanctionOut:
    return shown(site, site.store.sanction(sanction_id))


@router.post(
    "/{sanction_id}/approve",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="approve_sanction",
    openapi_extra=needs("sanctions:write"),
)
def approve_sanction(sanction_id: SanctionId, site: Site, staff: Staff) -> SanctionOut:
    """The word of a second person; not its author's."""
    approved = site.store.approve_sanction(sanction_id, staff, site.clock.now())
    site.loop.wake(f"sanction {approved.id} approved")
    return shown(site, approved)


@router.post(
    "/{sanction_id}/end",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="end_sanction",
    openapi_extra=needs("sanctions:write"),
)
def end_sanction(sanction_id: SanctionId, ask: EndSanction, site: Site, staff: Staff) -> SanctionOut:
    """Access is back at once. Ending an ended one changes nothing."""
    ended = site.store.end_sanction(sanction_id, ask.reason, staff, site.clock.now())
    site.loop.wake(f"sanction {ended.id} ended")
    return shown(site, ended)


@router.post("/{sanction_id}/appeal", operation_id="appeal_sanction", openapi_extra=needs("sanctions:write"))
def appeal_sanction(sanction_id: SanctionId, ask: Appeal, site: Site, staff: Staff) -> SanctionOut:
    """Note what the child or its family says. It changes nothing by itself."""
    return shown(site, site.store.appeal_sanction(sanction_id, ask.text, staff, site.clock.now()))


def shown(site: SiteView, sanction: Sanction) -> SanctionOut:
    alone, now = site.policy.sanctions.alone, site.clock.now()
    until = sanction.ends(alone)
    fields = {name: getattr(sanction, name) for name in SanctionOut.model_fields if hasattr(sanction, name)}
    running = sanction.ended_by is None and sanction.covers(now, alone)
    back = site.store.returns().get(sanction.id) if not running else None
    return SanctionOut(
        **fields,
        running=running,
        in_force_until=until,
        lapses=until != sanction.ends_at,
        back=_back(back) if back is not None else None,
    )


def _back(found: Return) -> BackOut:
    devices = tuple(map(WitnessOut.model_validate, found.proof))
    return BackOut(ended_at=found.ended_at, back_at=found.back_at, epoch=found.epoch, devices=devices)


def _asked(site: SiteView, ask: Impose, staff: Actor) -> Sanction:
    now, policy = site.clock.now(), site.policy
    ends_at = now + timedelta(days=ask.days) if ask.days is not None else ask.ends_at
    if ends_at is not None and not now < ends_at <= now + LONGEST:
        raise WrongInput(f"Expected an end within {LONGEST.days} days from now.", "Leave it open, with a review day.")
    if ask.person is not None and ask.person not in site.inventory().people:
        raise WrongInput("No such person.", "People come from people.csv and from imports.")
    keep = policy.sanctions.keep if ask.keep is None else ask.keep
    if any(name not in policy.site_lists for name in keep):
        raise WrongInput(
            "The policy has no site list of one of these names.", f"It has: {', '.join(policy.site_lists)}."
        )
    person = PersonId(ask.person) if ask.person is not None else None
    return Sanction(
        "", person, ask.mac, tuple(sorted(set(ask.uses))), now, ends_at, ask.reason, staff.name, ask.review_on, keep
    )
