"""Access taken away by a person: sanctions, whole or one kind of use, and the emergency that closes for all (W5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inventory.model import Mac, PersonId

INTERNET = "internet"
"""The kind of use that is all of them."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """Everything is closed for pupils, by one person's word, until a person opens again."""

    since: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Sanction:
    """`uses` holds INTERNET, or categories (`webmail`) and services (`service:tiktok`) that are taken away.

    Exactly one of `person` and `mac` is set. `ends_at` None: open-ended, then `review_on` says when it is looked at
    again. `keep` are site lists that stay open when the whole internet is taken: work goes on.
    """

    id: str
    person: PersonId | None
    mac: Mac | None
    uses: tuple[str, ...]
    begins_at: datetime
    ends_at: datetime | None
    reason: str
    by: str
    review_on: date | None = None
    keep: tuple[str, ...] = ()
    approved_by: str | None = None
    ended_by: str | None = None
    appeal: str = ""

    @property
    def whole(self) -> bool:
        return INTERNET in self.uses

    def ends(self, alone: timedelta | None) -> datetime | None:
        """Its end. One that nobody else approved ends after `alone` at the latest; None: for good."""
        lapses = self.begins_at + alone if alone is not None and self.approved_by is None else None
        return min((end for end in (self.ends_at, lapses) if end is not None), default=None)

    def covers(self, now: datetime, alone: timedelta | None) -> bool:
        end = self.ends(alone)
        return self.begins_at <= now and (end is None or now < end)

    def speaks_of(self, person: PersonId | None, mac: Mac) -> bool:
        return self.mac == mac if self.mac is not None else self.person is not None and self.person == person
