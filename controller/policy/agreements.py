"""Whose signatures the policy asks for, what holds without them, and what staff sign at the console (W2, W3, W4)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from controller.policy.types import TEXT, Id, Part

PARAGRAPHS = r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x08\x0b-\x1f\x7f]*$"
LINK = r"^https://[A-Za-z0-9.-]{1,190}(:[0-9]{1,5})?(/[!-~]*)?$"
LONGEST = 20_000
_Version = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=TEXT)]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=PARAGRAPHS)]
_Link = Annotated[str, StringConstraints(max_length=500, pattern=LINK)]


class PupilAgreements(Part):
    signed_by: tuple[Literal["pupil", "guardian"], ...] = ("pupil", "guardian")
    without: Id


class OnlineAgreement(Part):
    """What staff may sign at the console: its `version`, and its `text` or the `link` under which it stands.

    `on_behalf`: roles that may sign for a colleague who said yes to them; left out, nobody signs for anybody else.
    """

    version: _Version
    text: _Text | None = None
    link: _Link | None = None
    on_behalf: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _one_to_read(self) -> Self:
        if (self.text is None) == (self.link is None):
            raise ValueError("expected either `text` or `link`: what is signed has to be read")
        return self


class StaffAgreements(Part):
    """`without`: the level of who has not signed, or not this year; left out, they are only reminded."""

    renew: Literal["yearly", "never"] = "yearly"
    without: Id | None = None
    online: OnlineAgreement | None = None


class Agreements(Part):
    pupils: PupilAgreements | None = None
    declined: Id = "no-internet"
    staff: StaffAgreements = StaffAgreements()
