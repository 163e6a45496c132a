"""May this member of staff open, extend or end a window? The policy answers, in words (T2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.model import AccessWindow, Actor
from controller.policy import Policy, Role

# A click takes a moment to arrive; further back would be writing history.
_LATE = timedelta(minutes=1)

PROVIDER = Role(level="provider", segment="provider", may_open="anyone", longest_window=timedelta(hours=2))


@dataclass(frozen=True, slots=True)
class Refusal:
    """`rule` is the policy line that says no, `text` what the person reads, `allowed_if` what would help."""

    rule: str
    text: str
    allowed_if: str = ""


def may_open(
    policy: Policy,
    actor: Actor,
    group: str,
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
    school_class: str | None = None,
) -> Refusal | None:
    """None: it may. Outside school hours is allowed: a club or a trip is opened by a person who answers for it.

    `group`: a year group, or empty for every one; `school_class`: where it is for one class of the group only.
    """
    if refusal := _for_whom(policy, actor, group, school_class):
        return refusal
    if closes_at <= opens_at:
        return Refusal("window", "It would end before it begins.", "an end after its beginning")
    if closes_at <= now or opens_at < now - _LATE:
        return Refusal("window", "It lies in the past.", "a beginning from now on")
    return _how_long(policy, actor, closes_at - opens_at)


def may_extend(
    policy: Policy, actor: Actor, window: AccessWindow, closes_at: datetime, now: datetime
) -> Refusal | None:
    """The whole window, from its opening on, counts against the role's longest one."""
    if refusal := _for_whom(policy, actor, window.group, window.school_class):
        return refusal
    if window.closes_at <= now:
        return Refusal("window", "It is over already.", "a new window")
    if closes_at <= max(now, window.opens_at):
        return Refusal("window", "The new end lies in the past or before its beginning.", "ending the window instead")
    return _how_long(policy, actor, closes_at - window.opens_at)


def may_end(policy: Policy, actor: Actor, window: AccessWindow) -> Refusal | None:
    """Whoever opened it, and whoever may open for its group."""
    return None if window.opened_by == actor.name else _for_whom(policy, actor, window.group, window.school_class)


def may_repeat(policy: Policy, actor: Actor) -> Refusal | None:
    """Whether its windows may come every week (T2)."""
    role = role_of(policy, actor)
    if role is not None and role.may_repeat:
        return None
    rule, who = f"roles.{actor.role}.may_repeat", [name for name, role in policy.roles.items() if role.may_repeat]
    named = " or the ".join(name.replace("_", " ") for name in who)
    helps = f"asking the {named}" if who else "a lesson in the timetable, or `may_repeat: true` in the policy"
    return Refusal(rule, f"The role {actor.role} may not open a window for every week.", helps)


def role_of(policy: Policy, actor: Actor) -> Role | None:
    """The school's own word for this role; the provider may help out where the school has none for it."""
    return policy.roles.get(actor.role) or (PROVIDER if actor.role == "provider_admin" else None)


def rule_for(actor: Actor) -> str:
    """The policy line that allows what `may_open` allowed: it goes into `AccessWindow.rule`."""
    return f"roles.{actor.role}.may_open"


def _for_whom(policy: Policy, actor: Actor, group: str, school_class: str | None = None) -> Refusal | None:
    role, rule = role_of(policy, actor), rule_for(actor)
    if group and group not in policy.year_groups:
        return Refusal("year_groups", f"The policy knows no year group {group[:60]!r}.", _one_of(policy))
    if role is None or role.may_open == "nobody":
        return Refusal(rule, f"The role {actor.role} may not open lessons.", f"asking {_who_may(policy)}")
    if role.may_open == "own-classes" and not {group, school_class} & actor.groups:
        own, whom = ", ".join(sorted(actor.groups)) or "none yet", school_class or group or "Every year group"
        return Refusal(rule, f"{whom} is not one of your own classes ({own}).", f"asking {_who_may(policy)}")
    return None


def _how_long(policy: Policy, actor: Actor, length: timedelta) -> Refusal | None:
    role = role_of(policy, actor)
    longest = role.longest_window if role else timedelta(0)
    if length <= longest:
        return None
    minutes = int(longest.total_seconds() // 60)
    text = f"It would last longer than the {minutes} minutes your role may open."
    return Refusal(f"roles.{actor.role}.longest_window", text, f"an end at most {minutes} minutes after its beginning")


def _one_of(policy: Policy) -> str:
    return f"one of: {', '.join(policy.year_groups)}"


def _who_may(policy: Policy) -> str:
    names = [name.replace("_", " ") for name, role in policy.roles.items() if role.may_open == "anyone"]
    return f"the {' or the '.join(names)}" if names else "the ICT lead to change the policy"
