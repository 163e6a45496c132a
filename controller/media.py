"""May a pen drive come in? An agreement of whose it is, a clean receipt of it, and a school that takes any (D2, D6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from controller.agreement_round import rule_for
from controller.model import Because
from controller.policy import DeviceKind, MediaRule, Policy
from inventory.agreements import Agreed, agreed
from inventory.model import Inventory, Person, PersonId
from inventory.receipts import ScanReceipt, Verdict

DEFAULT_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MediumRuling:
    """`until`: the first moment it is let in no more; None where it is not let in."""

    let_in: bool
    until: datetime | None
    because: Because
    allowed_if: str = ""


def may_bring(policy: Policy, inventory: Inventory, person: PersonId | None, now: datetime) -> MediumRuling | None:
    """Why this person brings no medium at all, clean or not; None where a clean receipt lets it in."""
    found, owner = kind_of_media(policy), inventory.people.get(person) if person else None
    if found is None:
        return _out("devices", "The policy says nothing of media.", (), "the policy gets a kind such as pen-drive")
    name, kind = found
    if owner is None:
        return _out(f"devices.{name}", "Nobody has said whose it is.", kind.clauses, "somebody known brings it")
    side, rule = _rule(policy, kind, owner)
    where, clauses = f"devices.{name}.{side}", kind.clauses or ("D2", "D6")
    if not isinstance(rule, MediaRule):
        never = "The school lets no pupil bring media." if side == "pupils" else "The school lets no staff bring media."
        return _out(where, never, clauses, "a member of staff brings what is needed")
    return _unsigned(policy, inventory, owner, now)


def medium_ruling(
    policy: Policy, inventory: Inventory, person: PersonId | None, receipt: ScanReceipt, now: datetime
) -> MediumRuling:
    """Pure. `receipt` is believed already: signed by a station of the school, fresh and never seen before."""
    if (refusal := may_bring(policy, inventory, person, now)) is not None:
        return refusal
    name, kind = kind_of_media(policy) or ("", DeviceKind())
    side, rule = _rule(policy, kind, inventory.people[person or PersonId("")])
    where, clauses = f"devices.{name}.{side}", kind.clauses or ("D2", "D6")
    if receipt.verdict is not Verdict.CLEAN:
        return _out(where, _WORDS[receipt.verdict], clauses, "it is scanned again and clean")
    until = lasts_until(policy, rule if isinstance(rule, MediaRule) else MediaRule(), receipt.scanned_at)
    if now >= until:
        return _out(where, "The scan is too old.", clauses, "it is scanned again")
    return MediumRuling(True, until, Because(where, "Scanned and clean.", clauses))


def lasts_until(policy: Policy, rule: MediaRule, scanned_at: datetime) -> datetime:
    """`once` is this time only: the day it was scanned, by the school's wall clock."""
    if rule.receipt_lasts == "once":
        there = scanned_at.astimezone(policy.school.zone)
        return datetime.combine(there.date() + timedelta(days=1), time(), policy.school.zone).astimezone(
            scanned_at.tzinfo
        )
    return scanned_at + (rule.receipt_lasts or DEFAULT_LASTS)


def kind_of_media(policy: Policy) -> tuple[str, DeviceKind] | None:
    """The kind that has rules of its own for pupils or staff: it is carried, not connected."""
    kinds = policy.devices.items()
    return next(((name, kind) for name, kind in kinds if kind.pupils is not None or kind.staff is not None), None)


_WORDS = {
    Verdict.INFECTED: "Something harmful was found on it.",
    Verdict.UNSCANNABLE: "Not all of it could be looked through.",
}


def _rule(policy: Policy, kind: DeviceKind, owner: Person) -> tuple[str, MediaRule | str | None]:
    if owner.role is None and owner.year_group in policy.year_groups:
        return "pupils", kind.pupils
    return ("staff", kind.staff) if owner.role in policy.roles else ("nobody", None)


def _unsigned(policy: Policy, inventory: Inventory, owner: Person, now: datetime) -> MediumRuling | None:
    rule = rule_for(policy, owner.role or owner.year_group)
    found = agreed(inventory.agreements.get(owner.id, ()), rule, now) if rule is not None else Agreed.SIGNED
    if found is Agreed.SIGNED:
        return None
    clauses = ("W2", "D6") if owner.role is None else ("W4", "D2")
    said = "was declined" if found is Agreed.DECLINED else "has not been received"
    return _out("agreements", f"The agreement of whose it is {said}.", clauses, "the signed agreement is recorded")


def _out(rule: str, text: str, clauses: tuple[str, ...], allowed_if: str) -> MediumRuling:
    return MediumRuling(False, None, Because(rule, text, clauses or ("D2", "D6")), allowed_if)
