"""The answer to a sign-on: a VLAN, and for how many seconds. Never past the end of the decision. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.decide import decide
from controller.facts import Facts
from controller.model import Because, Decision
from controller.radius.ask import Ask, person_of
from controller.sign_in_lease import Leases
from inventory.history import SignIn
from inventory.model import Inventory, Person, PersonId

SOURCE = "radius"
_MOMENTS = 4
"""Edges that are looked at when the decision ends within the second."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest a switch may go without asking again: somebody let in, and somebody in quarantine."""

    longest: timedelta = timedelta(hours=1)
    quarantine: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Answer:
    """`seconds` is at least 1, and the switch asks again when they are over."""

    vlan: int
    segment: str
    seconds: int
    because: Because


def answer(facts: Facts, ask: Ask, now: datetime, limits: Limits) -> Answer:
    """What holds now, for as long as it surely holds. Whoever rests is let in to the quarantine VLAN, never refused."""
    moment = now
    for _ in range(_MOMENTS):
        decision = decide(facts, ask.mac, moment)
        seconds = _seconds(facts, decision, now, limits)
        if seconds >= 1 or decision.until is None:
            return _answer(facts, decision.segment, max(seconds, 1), decision.because)
        moment = decision.until  # it ends before the second is over: what comes after it counts
    return _answer(facts, facts.quarantine, 1, Because("radius", "Too much changes within this second."))


def attributes(found: Answer) -> Mapping[str, str]:
    """RFC 3580: the VLAN, when to ask again, and that asking again cuts nobody off."""
    return {
        "Tunnel-Type:0": "VLAN",
        "Tunnel-Medium-Type:0": "IEEE-802",
        "Tunnel-Private-Group-Id:0": str(found.vlan),
        "Session-Timeout": str(found.seconds),
        "Termination-Action": "RADIUS-Request",
    }


def sign_in_of(facts: Facts, ask: Ask, now: datetime) -> SignIn | None:
    """The sign-in that this proof begins; None where nobody of the school was proven, or it is running already."""
    person = known_person(facts.inventory, ask.person)
    if person is None:
        return None
    lease = Leases(facts.policy, facts.inventory).at(ask.mac, now)
    if lease is not None and lease.sign_in.person == person.id:
        return None
    return SignIn(ask.mac, now, SOURCE, person=person.id)


def known_person(inventory: Inventory, name: str | None) -> Person | None:
    told = person_of(name)
    return inventory.people.get(PersonId(told)) if told else None


def signed_in(facts: Facts, sign_in: SignIn) -> Facts:
    """The facts with this sign-in in force: the answer need not wait until it is read back from the store."""
    inventory = replace(facts.inventory, sign_ins={**facts.inventory.sign_ins, sign_in.mac: sign_in})
    return Facts(facts.policy, inventory, facts.windows)


def _seconds(facts: Facts, decision: Decision, now: datetime, limits: Limits) -> int:
    most = limits.quarantine if decision.segment == facts.quarantine else limits.longest
    left = decision.until - now if decision.until is not None else most
    return int(min(left, most).total_seconds())


def _answer(facts: Facts, segment: str, seconds: int, because: Because) -> Answer:
    return Answer(facts.policy.segments[segment].vlan, segment, seconds, because)
