"""Signing the agreement of staff at the console: who may, for whom, and what a signature has to say (W4). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.agreement_round import Standing, standings
from controller.model import Actor
from controller.policy import OnlineAgreement, Policy
from inventory.agreements import Agreed, Agreement, Signer
from inventory.model import Inventory, Person, PersonId

RENEW_FROM = timedelta(days=60)
"""So long before a signature runs out the next one may be given."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`why` is what the person reads, `helps` what would make it a signature."""

    why: str
    helps: str


def own_standing(policy: Policy, inventory: Inventory, actor: Actor, now: datetime) -> Standing | None:
    """How whoever signed in stands: an account is called as the id of its person. None where no staff is called so."""
    return next((each for each in _staff(policy, inventory, now) if each.person == actor.name), None)


def others_to_sign_for(policy: Policy, inventory: Inventory, actor: Actor, now: datetime) -> tuple[Standing, ...]:
    """Colleagues for whom the policy lets this role sign, and who have something to sign."""
    online = policy.agreements.staff.online
    if online is None or not _may_for_others(online, actor):
        return ()
    staff = _staff(policy, inventory, now)
    return tuple(each for each in staff if each.person != actor.name and waits(online, inventory, each, now))


def waits(online: OnlineAgreement, inventory: Inventory, standing: Standing, now: datetime) -> bool:
    """Whether this person has something to sign: nothing that holds, another version, or one that soon runs out."""
    if standing.agreed is not Agreed.SIGNED or (standing.runs_out and standing.runs_out <= now + RENEW_FROM):
        return True
    last = last_signature(inventory, standing.person)
    return last is None or last.version != online.version


def last_signature(inventory: Inventory, person: PersonId) -> Agreement | None:
    """The newest word of a member of staff, by whatever means."""
    given = (each for each in inventory.agreements.get(person, ()) if each.signer is Signer.STAFF)
    return max(given, key=lambda each: each.signed_at, default=None)


def refused(policy: Policy, inventory: Inventory, actor: Actor, person: PersonId, now: datetime) -> Refused | None:
    """Why `actor` may not sign for `person`, who may be nobody; None where it may.

    One who may not sign for others hears the same of everybody else: whom the school employs is not told.
    """
    online = policy.agreements.staff.online
    if person != actor.name and not _may_for_others(online, actor):
        return Refused("You may sign for yourself only.", "Leave `person` out, or ask somebody whom the policy names.")
    if not any(each.person == person for each in _staff(policy, inventory, now)):
        whose = "as your account is" if person == actor.name else "so"
        return Refused(f"No member of staff is called {whose}.", "The ICT lead adds staff to people.csv, by role.")
    return None


def is_name_of(person: Person, typed: str) -> bool:
    """As it stands in the roster; capitals and blanks do not matter."""
    return _folded(person.name) == _folded(typed)


def signature(online: OnlineAgreement, person: PersonId, now: datetime) -> Agreement:
    return Agreement(person, Signer.STAFF, online.version, now, "online")


def _may_for_others(online: OnlineAgreement | None, actor: Actor) -> bool:
    return online is not None and actor.role in online.on_behalf


def _staff(policy: Policy, inventory: Inventory, now: datetime) -> Iterator[Standing]:
    return (each for each in standings(policy, inventory, now) if each.group in policy.roles)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
