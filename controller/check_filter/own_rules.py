"""What the school itself blocked after reports: what a check asks of it, and what has lapsed since the last one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from controller.check_filter.outcome import Finding
from controller.check_filter.questions import Host, OwnRule
from controller.policy import Policy
from controller.profiles import pupil_levels
from inventory.site_rules import Scope, SiteRule

BY_TIME = "time"
"""How the store says that nobody ended a rule but its own end."""
MOST = 300
"""Rules that are asked about, the newest first."""


def asked_of(policy: Policy, rules: Iterable[SiteRule], now: datetime) -> tuple[OwnRule, ...]:
    """Blocks that hold now, at the levels where no later word opens the name again."""
    holding = sorted((rule for rule in rules if rule.holds(now)), key=lambda rule: rule.decided_at, reverse=True)
    blocks = [rule for rule in holding if not rule.allow][:MOST]
    return tuple(_asked(policy, rule, [each for each in holding if each.allow]) for rule in blocks)


def lapsed(rules: Iterable[SiteRule], since: datetime, now: datetime) -> Iterator[Finding]:
    """Blocks that came to their end by themselves after `since`: nobody has said that the site is harmless."""
    for rule in rules:
        over = rule.until is not None and since < rule.until <= now
        if over and not rule.allow and rule.ended_by in ("", BY_TIME):
            what = "was blocked until somebody confirms, and nobody did" if rule.provisional else "was blocked"
            text = f"{what}; it ended by itself on {rule.until:%d %B at %H:%M} UTC ({rule.line}: {rule.reason})"
            yield Finding(
                kind="lapsed", subject=f"reported site {host(rule.pattern)}", text=text, clauses=("F2", "F12")
            )


def _asked(policy: Policy, rule: SiteRule, allows: Iterable[SiteRule]) -> OwnRule:
    name = host(rule.pattern)
    levels, groups = levels_of(policy, rule.scope), frozenset(rule.scope.groups)
    for allow in allows:
        if allow.decided_at >= rule.decided_at and _reaches(allow.pattern, name):
            levels -= levels_of(policy, allow.scope)
            groups -= frozenset(allow.scope.groups)
    return OwnRule(name, levels, rule.line, rule.clauses or ("F2",), groups)


def levels_of(policy: Policy, scope: Scope) -> frozenset[str]:
    if scope.school:
        return frozenset(policy.access_levels)
    return frozenset(scope.levels) | (pupil_levels(policy) if scope.pupils else frozenset())


def host(pattern: str) -> Host:
    """A name that the pattern reaches."""
    return Host(f"www.{pattern[2:]}" if pattern.startswith("*.") else pattern.removeprefix("="))


def _reaches(pattern: str, name: str) -> bool:
    if pattern.startswith("="):
        return name == pattern[1:]
    top = pattern.removeprefix("*.")
    return name.endswith(f".{top}") or (name == top and not pattern.startswith("*."))
