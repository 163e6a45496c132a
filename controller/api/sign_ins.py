"""Sign-ins at devices, as RADIUS accounting, a domain controller or a script tells them (W1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, model_validator

from controller.api.access import Site, Staff, needs
from controller.api.problems import WrongInput
from controller.api.shapes import Answer, Ask, Id, MacText, Moment, Name, example_of, examples
from controller.api.sightings import CLOCKS_DIFFER
from inventory.history import SignIn
from inventory.model import PersonId, YearGroupId

router = APIRouter(prefix="/api/v1/sign-ins", tags=["devices"])


class SignInIn(Ask):
    """At least one of `person`, `year_group` and `role`."""

    model_config = examples(
        {
            "mac": "3c:22:fb:05:00:11",
            "began_at": "2026-11-24T09:58:10Z",
            "ended_at": None,
            "source": "radius",
            "year_group": "year-5",
        }
    )
    mac: MacText
    began_at: Moment
    ended_at: Moment | None = None
    source: Id
    person: Name | None = None
    year_group: Id | None = None
    role: Id | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> SignInIn:
        if not (self.person or self.year_group or self.role):
            raise ValueError("expected at least one of `person`, `year_group` and `role`")
        if self.ended_at is not None and self.ended_at < self.began_at:
            raise ValueError("expected `ended_at` not before `began_at`")
        return self

    def as_sign_in(self) -> SignIn:
        return SignIn(
            self.mac,
            self.began_at,
            self.source,
            self.ended_at,
            PersonId(self.person) if self.person else None,
            YearGroupId(self.year_group) if self.year_group else None,
            self.role,
        )


class SignIns(Ask):
    model_config = examples({"sign_ins": [example_of(SignInIn)]})
    sign_ins: Annotated[tuple[SignInIn, ...], Field(min_length=1, max_length=500)]


class Kept(Answer):
    model_config = examples({"kept": 1})
    kept: int


@router.post(
    "", status_code=status.HTTP_202_ACCEPTED, operation_id="record_sign_ins", openapi_extra=needs("sign-ins:write")
)
def record_sign_ins(ask: SignIns, site: Site, staff: Staff) -> Kept:
    """Told again with its end, a sign-in takes the end over; a new one at the same device ends the one before."""
    now = site.clock.now()
    if any(one.began_at > now + CLOCKS_DIFFER for one in ask.sign_ins):
        raise WrongInput("A sign-in lies in the future.", "Set the clock of the machine that sends it.")
    kept = site.store.put_sign_ins([one.as_sign_in() for one in ask.sign_ins], staff, now)
    if kept:
        site.loop.wake(f"{kept} sign-ins")
    return Kept(kept=kept)
