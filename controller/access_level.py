"""An access level with everything it inherits: what is blocked, what is allowed against that, and by which line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from controller.policy import AccessLevel, Policy, SiteRule
from dns_filter.model import LogLevel, Reason

# What the clauses of requirements.md say of a category: a level lists its clauses as a whole.
ABOUT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("adult", "violence", "extremism", "drugs", "malware", "phishing", "dating"), ("F1",)),
    **dict.fromkeys(("chat", "social"), ("F6", "F9")),
    **dict.fromkeys(("gambling", "shopping", "advertising", "financial", "political"), ("F9", "F1")),
    **dict.fromkeys(("proxy", "vpn", "doh", "bypass"), ("F10",)),
    "webmail": ("F7",),
    "downloads": ("F8",),
}


SERVICE = "service:"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the policy that speaks of a service (`service:facebook`) or a name (`ttrockstars.com`)."""

    allow: bool
    subject: str
    reason: Reason
    ends: datetime | None = None
    """From this moment on the line says nothing more; None where it stands for good."""


@dataclass(frozen=True, slots=True)
class Level:
    """`extends:` worked out; the level's own lines count before those it inherits for the same subject."""

    name: str
    categories: Mapping[str, Reason] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    """In the order of inheritance: of the lines on one subject that stand at a moment the last one counts."""
    focus: tuple[str, ...] = ()
    focus_reason: Reason | None = None
    safe_search: Literal["off", "moderate", "strict"] = "off"
    safe_search_reason: Reason | None = None
    answer: Literal["nodata", "nxdomain", "null", "page"] = "nodata"
    query_log: LogLevel | None = None
    clauses: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[datetime, ...]:
        """When one of its allowances runs out, in order."""
        return tuple(sorted({line.ends for line in self.lines if line.ends}))

    def standing(self, ending: datetime | None) -> tuple[Line, ...]:
        """One line for each subject, while `ending` is the next end; None: none runs any more.

        An allowance that has ended uncovers the block below it.
        """
        standing = (line for line in self.lines if line.ends is None or (ending is not None and ending <= line.ends))
        return tuple({line.subject: line for line in standing}.values())


def level_of(policy: Policy, name: str) -> Level:
    """Raises KeyError where the policy has no such level; the reader of the policy file has seen to that."""
    level = Level(name)
    for ancestor in reversed(tuple(_lineage(policy, name))):
        level = _with(policy, level, ancestor, policy.access_levels[ancestor])
    return level


def _lineage(policy: Policy, name: str) -> Iterator[str]:
    seen: set[str] = set()
    current: str | None = name
    while current is not None and current not in seen:
        seen.add(current)
        yield current
        current = policy.access_levels[current].extends


def _with(policy: Policy, below: Level, name: str, own: AccessLevel) -> Level:
    where = f"access_levels.{name}"
    clauses = tuple(dict.fromkeys((*below.clauses, *own.clauses)))
    categories = {c: _category_reason(where, c, clauses) for c in own.block if isinstance(c, str)}
    sites = (rule for rule in own.block if isinstance(rule, SiteRule))
    blocked = (_line(policy, rule, f"{where}.block", clauses, allow=False) for rule in sites)
    allowed = (_line(policy, rule, f"{where}.allow", clauses, allow=True) for rule in own.allow)
    focus_rule = Reason(rule=f"{where}.focus[{', '.join(own.focus)}]", clauses=_of(clauses, ("F4", "F5")) or clauses)
    return Level(
        name=below.name,
        categories={**below.categories, **categories},
        lines=(*below.lines, *blocked, *allowed),
        focus=own.focus or below.focus,
        focus_reason=focus_rule if own.focus else below.focus_reason,
        safe_search=own.safe_search or below.safe_search,
        safe_search_reason=Reason(rule=f"{where}.safe_search", clauses=_of(clauses, ("F1",)))
        if own.safe_search
        else below.safe_search_reason,
        answer=own.answer or below.answer,
        query_log=own.query_log or below.query_log,
        clauses=clauses,
    )


def _category_reason(where: str, category: str, clauses: tuple[str, ...]) -> Reason:
    return Reason(rule=f"{where}.block[{category}]", clauses=_of(clauses, ABOUT.get(category, ())) or clauses)


def _of(clauses: tuple[str, ...], about: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(clause for clause in clauses if clause in about)


def _line(policy: Policy, rule: SiteRule, where: str, of_level: tuple[str, ...], *, allow: bool) -> Line:
    """A line that names no clause of its own serves those of its level."""
    named = rule.name or rule.service
    subject = rule.name if rule.name is not None else f"{SERVICE}{rule.service}"
    ends = None
    if rule.until is not None:
        # "Until Friday" means Friday as well, as with the days of terms and closures.
        midnight = datetime.combine(rule.until + timedelta(days=1), time(), tzinfo=policy.school.zone)
        ends = midnight.astimezone(UTC)
    return Line(allow, subject, Reason(rule=f"{where}[{named}]", clauses=rule.clauses or of_level), ends)
