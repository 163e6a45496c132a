"""Where everybody stands with the agreement (W2, W3, W4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from controller.policy import Policy
from controller.standing import group_of
from inventory.agreements import A_YEAR, Agreed, AgreementRule, Signer, agreed, missing, runs_out
from inventory.model import Inventory, PersonId


@dataclass(frozen=True, slots=True)
class Standing:
    """One person: `missing` is who still has to sign, `runs_out` when a signature must be given anew."""

    person: PersonId
    name: str
    group: str | None
    agreed: Agreed
    missing: tuple[Signer, ...]
    runs_out: datetime | None


def standings(policy: Policy, inventory: Inventory, now: datetime) -> Iterator[Standing]:
    """Everybody whom the policy asks for a signature, in the order of their names."""
    for person in sorted(inventory.people.values(), key=lambda each: (each.name, each.id)):
        group = person.role or (policy.year_group_of(person.year_group) if person.year_group else None)
        rule = rule_for(policy, group)
        if rule is None:
            continue
        given = inventory.agreements.get(person.id, ())
        yield Standing(
            person.id,
            person.name,
            group,
            agreed(given, rule, now),
            tuple(sorted(missing(given, rule, now))),
            runs_out(given, rule, now),
        )


def rule_for(policy: Policy, group: str | None) -> AgreementRule | None:
    """What the policy asks of the people of a year group or role; None where it asks for nothing, or knows none."""
    asked = policy.agreements
    if group in policy.year_groups:
        return AgreementRule(frozenset(map(Signer, asked.pupils.signed_by))) if asked.pupils else None
    if group_of(policy, group) is None:
        return None
    return AgreementRule(frozenset({Signer.STAFF}), A_YEAR if asked.staff.renew == "yearly" else None)
