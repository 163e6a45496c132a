"""One's own agreement: what it says, and signing it at the console or by the API (W4)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints

from controller.agreement_round import Standing, standings
from controller.api.access import Site, Staff, needs
from controller.api.agreements import PersonText, StandingOut, Version
from controller.api.problems import Conflict, NotAllowed, WrongInput
from controller.api.shapes import Answer, Ask, example_of, examples
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.online_signing import (
    is_name_of,
    last_signature,
    others_to_sign_for,
    own_standing,
    refused,
    signature,
    waits,
)
from controller.policy import OnlineAgreement
from inventory.agreements import Agreement
from inventory.model import PersonId

router = APIRouter(prefix="/api/v1/agreements", tags=["agreements"])

Typed = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Sign(Ask):
    """`name`: the person's own, typed as a signature. `person` left out: whoever is signed in."""

    model_config = examples({"version": "2026", "name": "Tara Hill", "agrees": True})
    version: Version = Field(description="The one that was read: another one by now is refused.")
    name: Typed
    agrees: Literal[True]
    person: PersonText | None = Field(default=None, description="A colleague, where the policy lets your role.")


class Signing(Answer):
    """`version` is null where this school's agreement is signed on paper, `standing` where no member of staff is called
    as the account is. `waits`: something is to be signed. `others`: colleagues for whom this account may sign.
    """

    model_config = examples(
        {
            "version": "2026",
            "text": "I use the school's network for the school's work.",
            "link": None,
            "waits": True,
            "signed_version": "2025",
            "signed_at": "2025-09-03T08:10:00Z",
            "standing": None,
            "others": [],
        }
    )
    version: str | None
    text: str | None
    link: str | None
    waits: bool
    signed_version: str | None
    signed_at: datetime | None
    standing: StandingOut | None
    others: tuple[StandingOut, ...]


class Signed(Answer):
    """`signed_at` is the moment that counts; of a double click it is the first."""

    model_config = examples(
        {
            "person": "t-hill",
            "version": "2026",
            "signed_at": "2026-11-24T09:00:00Z",
            "standing": example_of(StandingOut),
        }
    )
    person: str
    version: str
    signed_at: datetime
    standing: StandingOut


@router.get("/mine", operation_id="get_own_agreement", openapi_extra=needs("agreements:sign"))
def get_own_agreement(site: Site, staff: Staff) -> Signing:
    return signing(site, staff)


@router.post(
    "/mine",
    status_code=status.HTTP_201_CREATED,
    operation_id="sign_own_agreement",
    openapi_extra=needs("agreements:sign"),
)
def sign_own_agreement(ask: Sign, site: Site, staff: Staff) -> Signed:
    """Recorded as signed online, today; the audit names who signed, in which words, and for whom."""
    return sign(site, staff, ask)


def signing(site: SiteView, staff: Actor) -> Signing:
    now, policy, inventory = site.clock.now(), site.policy, site.inventory()
    online, own = policy.agreements.staff.online, own_standing(policy, inventory, staff, now)
    last = last_signature(inventory, own.person) if own else None
    return Signing(
        version=online.version if online else None,
        text=online.text if online else None,
        link=online.link if online else None,
        waits=bool(online and own and waits(online, inventory, own, now)),
        signed_version=last.version if last and not last.declined else None,
        signed_at=last.signed_at if last and not last.declined else None,
        standing=_shown(own) if own else None,
        others=tuple(map(_shown, others_to_sign_for(policy, inventory, staff, now))),
    )


def sign(site: SiteView, staff: Actor, ask: Sign) -> Signed:
    """Raises Problem."""
    now, person = site.clock.now(), PersonId(ask.person or staff.name)
    online = _may_be_signed(site, staff, ask, person)
    before, given = last_signature(site.inventory(), person), signature(online, person, now)
    if before is not None and _the_same(site, before, given):
        given = before
    behalf = f", for {person}" if person != staff.name else ""
    if site.store.put_agreements((given,), staff, now, f"online, signed {ask.name!r}{behalf}"):
        site.loop.wake(f"{person} signed the agreement")
    after = next(each for each in standings(site.policy, site.inventory(), now) if each.person == person)
    return Signed(person=person, version=given.version, signed_at=given.signed_at, standing=_shown(after))


def _may_be_signed(site: SiteView, staff: Actor, ask: Sign, person: PersonId) -> OnlineAgreement:
    """Raises Problem."""
    policy, inventory = site.policy, site.inventory()
    online = policy.agreements.staff.online
    if online is None:
        raise Conflict("This school's agreement is signed on paper.", "Ask the office for the form.")
    if (no := refused(policy, inventory, staff, person, site.clock.now())) is not None:
        raise (Conflict if person == staff.name else NotAllowed)(no.why, no.helps)
    if ask.version != online.version:
        raise Conflict("The agreement has another version by now.", "Read it again, then sign.")
    if not is_name_of(inventory.people[person], ask.name):
        raise WrongInput("This is not the person's name.", "Type it as it stands in the school's list of people.")
    return online


def _the_same(site: SiteView, before: Agreement, given: Agreement) -> bool:
    """Signed online once today already, this very version: a second click adds nothing."""
    zone = site.policy.school.zone
    days = {each.signed_at.astimezone(zone).date() for each in (before, given)}
    return len(days) == 1 and (before.version, before.means, before.declined) == (given.version, "online", False)


def _shown(standing: Standing) -> StandingOut:
    return StandingOut.model_validate(standing)
