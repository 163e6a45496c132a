"""The rules that persons made for persons: the emergency, sanctions, agreements. No lesson outranks them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from controller.agreement_round import rule_for
from controller.facts import Facts
from controller.model import Because, WindowKind
from controller.policy import Policy
from controller.rules_of_device import AT_REST, kept_away
from controller.rules_of_time import BY_THE_HOUR
from controller.ruling import Case, Rule, Ruling, place, profile
from controller.standing import Subject
from inventory.agreements import Agreed, Agreement, AgreementRule, agreed, agreement_edges
from inventory.sanctions import Sanction

NO_INTERNET = "no-internet"
"""May stand for an access level where the policy says what somebody without an agreement has."""


def emergency(case: Case) -> Ruling | None:
    """Everything is closed for pupils until a person opens it again. What rests in quarantine stays there."""
    found = case.facts.inventory.emergency
    where = place(case)
    if found is None or not case.subject.pupils or where is None or case.now < found.since:
        return None
    because = Because("emergency", f"{found.by} closed everything for pupils: {found.why}", ("T1",))
    helps = "the head or the ICT lead opens again"
    if rests := next(filter(None, (rule(case) for rule in AT_REST)), None):
        return replace(rests, because=because, allowed_if=helps)
    closed = profile(case, where[0].level, closed=True)
    return Ruling(closed, where[1], internet=False, because=because, allowed_if=helps)


def sanctioned(case: Case) -> Ruling | None:
    """The whole internet was taken from this person or device; sites that the sanction keeps stay open in lessons."""
    whole = [each for each in running_sanctions(case) if each.whole]
    if not whole:
        return None
    below = _below(case, (no_agreement, *_BELOW))
    if below is None:
        return None
    kept = frozenset.intersection(*(frozenset(each.keep) for each in whole))
    last = max(whole, key=lambda each: (each.ends(_alone(case)) is None, each.ends(_alone(case)) or case.now))
    because = Because(f"sanction {last.id}", f"{last.by} took the internet away: {last.reason}", ("W5",))
    narrow = _narrowed(case, below, below.level, kept)
    return replace(narrow, because=because, allowed_if="the sanction ends, or the head ends it")


def no_agreement(case: Case) -> Ruling | None:
    """Who has not signed, or declined, has no more than the policy names, in lessons too (W2, W3, W4)."""
    rule = agreement_rule(case.facts.policy, case.subject)
    if rule is None:
        return None
    found = agreed(_given(case.facts, case.subject), rule, case.now)
    level = _level_without(case.facts.policy, case.subject, found)
    below = _below(case, _BELOW) if level is not None else None
    if below is None or level is None:
        return None
    side = "pupils" if case.subject.pupils else "staff"
    if found is Agreed.DECLINED:
        because = Because("agreements.declined", "The agreement was declined.", ("W3",))
    else:
        clauses = ("W2",) if case.subject.pupils else ("W4",)
        because = Because(f"agreements.{side}.without", "The signed agreement has not been received.", clauses)
    own = case.facts.profiles.level(level).focus if level in case.facts.policy.access_levels else None
    only = None if own == () else frozenset(own or ())
    narrow = _narrowed(case, below, level if own is not None else None, only)
    return replace(narrow, because=because, allowed_if="the signed agreement is recorded")


def running_sanctions(case: Case) -> tuple[Sanction, ...]:
    found = case.facts.sanctions_of(case.subject)
    alone = _alone(case)
    return tuple(each for each in found if each.covers(case.now, alone)) if found else ()


def agreement_rule(policy: Policy, subject: Subject) -> AgreementRule | None:
    """Whose signatures the policy asks for from whom a device belongs to; None where nobody is named, or none asked.

    A trolley's device is a whole year group's: who uses it is known by a sign-in, not by the device.
    """
    if subject.person is None:
        return None
    return rule_for(policy, subject.group)


def personal_edges(facts: Facts, subject: Subject) -> frozenset[datetime]:
    """The moments at which a sanction or an agreement of this device's person, or an emergency, begins or ends."""
    rule = agreement_rule(facts.policy, subject)
    signed = agreement_edges(_given(facts, subject), rule) if rule is not None else _NONE
    if facts.inventory.emergency is not None:
        # By the clock of another controller it may lie a moment ahead.
        signed = signed | {facts.inventory.emergency.since}
    sanctions = facts.sanctions_of(subject)
    if not sanctions:
        return signed
    alone = facts.policy.sanctions.alone
    moments = (moment for each in sanctions for moment in (each.begins_at, each.ends(alone)))
    return signed.union(moment for moment in moments if moment is not None)


def personal_course(facts: Facts, subject: Subject, first: datetime, last: datetime) -> tuple[object, ...]:
    """How a person stands with the agreement from `first` to `last`: alike for all who signed and go on."""
    rule = agreement_rule(facts.policy, subject)
    if rule is None:
        return ()
    given = _given(facts, subject)
    moments = sorted(edge for edge in agreement_edges(given, rule) if first < edge < last)
    return (agreed(given, rule, first), *((edge, agreed(given, rule, edge)) for edge in moments))


_NONE = frozenset[datetime]()
_BELOW: tuple[Rule, ...] = (kept_away, *BY_THE_HOUR)


def _below(case: Case, rules: tuple[Rule, ...]) -> Ruling | None:
    """What would hold if it were not for the rule that asks: that is the most it may leave."""
    return next(filter(None, (rule(case) for rule in rules)), None)


def _narrowed(case: Case, below: Ruling, level: str | None, only: Collection[str] | None) -> Ruling:
    """`below`, but with this level (None: nothing) and no other site lists than `only` (None: no such limit)."""
    if not below.internet or below.level is None:
        return below
    open_to = below.focus or (case.facts.profiles.level(below.level).focus if level == below.level else ())
    focus = tuple(open_to) if only is None else tuple(each for each in open_to or sorted(only) if each in only)
    if level is None or (only is not None and not focus):
        return replace(below, profile=profile(case, below.level, closed=True), internet=False)
    # What an exam takes away stays away: its own sites may well be among those that are left.
    exam = below.window is not None and below.window.kind is WindowKind.EXAM
    return replace(below, profile=profile(case, level, focus, exam=exam), level=level, focus=focus)


def _level_without(policy: Policy, subject: Subject, found: Agreed) -> str | None:
    """What the policy names for a person who stands so; None where it asks for nothing."""
    if found is Agreed.SIGNED:
        return None
    if found is Agreed.DECLINED:
        return policy.agreements.declined
    if subject.pupils:
        return policy.agreements.pupils.without if policy.agreements.pupils else None
    return policy.agreements.staff.without


def _given(facts: Facts, subject: Subject) -> tuple[Agreement, ...]:
    return facts.inventory.agreements.get(subject.person, ()) if subject.person else ()


def _alone(case: Case) -> timedelta:
    return case.facts.policy.sanctions.alone
