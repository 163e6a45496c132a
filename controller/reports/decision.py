"""From what somebody decides about a case to the rule it makes, with everything that speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from controller.policy import Policy
from controller.reports.model import Case, Decided, Decision, Outcome, Reach, Wish
from controller.reports.obstacles import Found, Held, obstacles
from controller.reports.patterns import pattern_of
from controller.reports.site_name import Kind, Mark, read_site
from inventory.site_rules import Scope, SiteRule

MAKES_A_RULE = frozenset({Outcome.BLOCKED, Outcome.ALLOWED, Outcome.REFERRED})
USUAL_CLAUSES = {
    Outcome.BLOCKED: ("F2", "F1"),
    Outcome.REFERRED: ("F14", "M6"),
    Outcome.ALLOWED: ("F12", "T4"),
    Outcome.REFUSED: ("F12",),
    Outcome.ALREADY: ("F2",),
    Outcome.WRONG: ("F2",),
}
MANY = frozenset({Mark.SHORTENER, Mark.REDIRECTOR, Mark.SHARED})
"""Behind such a name stand many sites: no single word blocks it at once."""


class NotPossible(Exception):
    """What is decided cannot be; the message says why and what could be."""


@dataclass(frozen=True, slots=True)
class Made:
    decided: Decided
    rule: SiteRule | None


def decide(case: Case, decision: Decision, policy: Policy, by: str, now: datetime, held: Held | None = None) -> Made:
    """Raises NotPossible."""
    _fits(case, decision)
    review_on = decision.review_on or usual_review(policy, now)
    clauses = decision.clauses or USUAL_CLAUSES[decision.outcome]
    decided = Decided(decision.outcome, by, now, decision.reason, "", clauses, review_on)
    if decision.outcome not in MAKES_A_RULE or case.kind is not Kind.SITE:
        return Made(decided, None)
    allow = decision.outcome is Outcome.ALLOWED
    pattern = pattern_of(case.key, decision.reach)
    in_the_way = obstacles(pattern, policy, allow=allow, held=held)
    overridden = _overridden(in_the_way, decision.override)
    return Made(
        decided,
        SiteRule(
            id="",
            pattern=pattern,
            allow=allow,
            scope=checked_scope(decision.scope or usual_scope(decision.outcome), policy),
            decided_at=now,
            by=by,
            reason=decision.reason,
            until=_in_future(decision.until, now),
            review_on=review_on,
            clauses=clauses,
            everywhere=decision.everywhere,
            overrides=overridden,
        ),
    )


def provisional(case_key: str, policy: Policy, by: str, reason: str, now: datetime) -> SiteRule | None:
    """The rule that a member of staff's report makes at once; None where the policy wants none. Raises NotPossible."""
    lasts = policy.reports.provisional_block
    if not isinstance(lasts, timedelta):
        return None
    pattern = pattern_of(case_key, Reach.BELOW)
    _overridden(obstacles(pattern, policy), ())
    return SiteRule(
        id="",
        pattern=pattern,
        allow=False,
        scope=Scope(pupils=True),
        decided_at=now,
        by=by,
        reason=reason or "reported",
        until=now + lasts,
        provisional=True,
        clauses=USUAL_CLAUSES[Outcome.BLOCKED],
    )


def usual_review(policy: Policy, now: datetime) -> date:
    return (now + policy.reports.review_after).astimezone(policy.school.zone).date()


def usual_scope(outcome: Outcome) -> Scope:
    """What may be illegal is shut for everybody; what is unsuitable, for pupils; to open asks for a name."""
    if outcome is Outcome.REFERRED:
        return Scope(school=True)
    return Scope(pupils=True) if outcome is Outcome.BLOCKED else Scope()


def checked_scope(scope: Scope, policy: Policy) -> Scope:
    """Raises NotPossible for a group or level that the policy does not have, or for nobody."""
    if not scope:
        raise NotPossible("For whom? Name year groups, levels, the pupils or the whole school.")
    groups = policy.year_groups.keys() | policy.roles.keys()
    lost = [*(each for each in scope.groups if each not in groups)]
    lost += [each for each in scope.levels if each not in policy.access_levels]
    if lost:
        raise NotPossible(f"The policy has no {', '.join(each[:40] for each in lost[:5])}.")
    return scope


def _fits(case: Case, decision: Decision) -> None:
    wrong = {Outcome.ALLOWED: Wish.BLOCK, Outcome.BLOCKED: Wish.OPEN, Outcome.REFERRED: Wish.OPEN}
    if wrong.get(decision.outcome) is case.wish:
        raise NotPossible(f"Case {case.id} asks to {case.wish} a site; {decision.outcome} is no answer to that.")
    if case.kind is not Kind.SITE and decision.outcome in (Outcome.BLOCKED, Outcome.ALLOWED):
        raise NotPossible("There is no name of a site in this report, and the filter judges names. Report it by name.")
    if decision.outcome is Outcome.ALLOWED and decision.until is None and decision.review_on is None:
        raise NotPossible("What is opened needs an end, or a day on which somebody looks again.")


def _overridden(found: tuple[Found, ...], override: tuple[str, ...]) -> str:
    """The protected names that are closed on purpose, in words. Raises NotPossible where one was not named."""
    said = {each.strip().lower().rstrip(".") for each in override}
    left = [each for each in found if not (each.can_be_overridden and each.name in said)]
    if not left:
        return ", ".join(dict.fromkeys(each.name for each in found))
    told = " ".join(each.text for each in left[:3])
    if all(each.can_be_overridden for each in left):
        names = ", ".join(dict.fromkeys(each.name for each in left))
        raise NotPossible(f"{told} Whoever means it names in `override`: {names}.")
    raise NotPossible(f"{told} No report and no rule blocks that.")


def _in_future(until: datetime | None, now: datetime) -> datetime | None:
    if until is not None and until <= now:
        raise NotPossible("It would have ended already; name a moment that is still to come.")
    return until


def rule_by_hand(
    pattern: str,
    scope: Scope,
    policy: Policy,
    by: str,
    now: datetime,
    *,
    allow: bool,
    reason: str,
    until: datetime | None,
    review_on: date | None,
    clauses: tuple[str, ...],
    everywhere: bool,
    override: tuple[str, ...],
    held: Held | None,
) -> SiteRule:
    """A rule that nobody reported, checked like one that somebody did. Raises NotPossible."""
    if allow and until is None and review_on is None:
        raise NotPossible("What is opened needs an end, or a day on which somebody looks again.")
    spelt = spelling(pattern)
    return SiteRule(
        id="",
        pattern=spelt,
        allow=allow,
        scope=checked_scope(scope, policy),
        decided_at=now,
        by=by,
        reason=reason,
        until=_in_future(until, now),
        review_on=review_on or usual_review(policy, now),
        clauses=clauses or USUAL_CLAUSES[Outcome.ALLOWED if allow else Outcome.BLOCKED],
        everywhere=everywhere,
        overrides=_overridden(obstacles(spelt, policy, allow=allow, held=held), override),
    )


def spelling(pattern: str) -> str:
    """A pattern in the one spelling that it is kept in: ASCII, small letters. Raises NotPossible."""
    bare = pattern.strip()
    sign = "=" if bare.startswith("=") else "*." if bare.startswith("*.") else ""
    read = read_site(bare.removeprefix(sign))
    if read.kind is not Kind.SITE or "/" in bare or " " in bare:
        raise NotPossible("Expected a site such as example.org, `=example.org` or `*.example.org`.")
    return f"{sign}{read.site}"
