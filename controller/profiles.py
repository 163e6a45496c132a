"""The policy's access levels as filter profiles: one for each level, focus and state that anybody can have."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple

from controller.access_level import SERVICE, Level, Line, level_of
from controller.exam_messaging import messaging
from controller.logging_rules import usual_level
from controller.policy import Policy
from dns_filter.model import FilterProfile, Reason, Rule, State
from inventory.site_rules import SiteRule

OF_EVERY_SCHOOL: Mapping[str, Reason] = {
    "mandatory": Reason(rule="mandatory", clauses=("F14", "F1")),
    "bypass": Reason(rule="bypass control", clauses=("F10",)),
    "sanction": Reason(rule="sanctions", clauses=("W5",)),
    "exam": Reason(rule="exams.messaging", clauses=("T2", "F6")),
}
"""What no policy file has to say, and none can take back."""
QUARANTINE, UNKNOWN, BARRED, UNASSIGNED, THINGS = "quarantine", "unknown", "barred", "unassigned", "things"

_AT_REST: Mapping[str, FilterProfile] = {
    profile.name: profile
    for profile in (
        FilterProfile(
            name=QUARANTINE,
            access_level=QUARANTINE,
            state=State.QUARANTINED,
            state_reason="in quarantine",
            reasons={**OF_EVERY_SCHOOL, "state": Reason(rule="quarantine", clauses=("D1", "D4"))},
        ),
        FilterProfile(
            name=UNKNOWN,
            access_level=UNKNOWN,
            state=State.UNKNOWN,
            state_reason="nobody has registered this device",
            reasons={**OF_EVERY_SCHOOL, "state": Reason(rule="unknown: quarantine", clauses=("D1", "D3"))},
        ),
        FilterProfile(
            name=BARRED,
            access_level=BARRED,
            state=State.QUARANTINED,
            state_reason="barred from the network",
            reasons={**OF_EVERY_SCHOOL, "state": Reason(rule="inventory.admission[barred]", clauses=("W6",))},
        ),
        FilterProfile(
            name=UNASSIGNED,
            access_level=UNASSIGNED,
            state=State.QUARANTINED,
            state_reason="registered, but nobody said for whom it is",
            reasons={**OF_EVERY_SCHOOL, "state": Reason(rule="inventory.group", clauses=("W1",))},
        ),
        FilterProfile(name=THINGS, access_level=THINGS, reasons=OF_EVERY_SCHOOL),
    )
}


class _Recipe(NamedTuple):
    """All that a profile is made from. `ending`: the next end of an allowance of the level, None where none runs."""

    level: str
    focus: tuple[str, ...]
    closed: bool
    ending: datetime | None
    withdrawn: tuple[str, ...] = ()
    group: str = ""
    """Whose profile it is, where a rule of the school's own speaks of this group."""
    exam: bool = False

    @property
    def name(self) -> str:
        # A level of the school's own that is called `quarantine` must not open what rests in quarantine.
        shown = f"level-{self.level}" if self.level in _AT_REST else self.level
        if self.closed:
            return f"{shown}.closed"
        taken = f".no-{'-'.join(self.withdrawn).replace(':', '-')}" if self.withdrawn else ""
        ends = f"~{self.ending:%Y%m%dT%H%M}" if self.ending else ""
        of = f"@{self.group}" if self.group else ""
        kind = ".exam" if self.exam else ""
        return "+".join((shown, *sorted(self.focus))) + kind + of + taken + ends


@dataclass(frozen=True)
class Profiles:
    """Every profile of one policy, by name. `decide` needs nothing but names."""

    policy: Policy
    site_rules: tuple[SiteRule, ...] = ()
    """The school's own, that nobody has ended."""

    def name(
        self,
        level: str,
        now: datetime,
        focus: Iterable[str] = (),
        *,
        closed: bool = False,
        withdrawn: tuple[str, ...] = (),
        group: str = "",
        exam: bool = False,
    ) -> str:
        """`key-stage-2`, `key-stage-2+approved-sites`, `key-stage-2.closed`, `key-stage-2.no-webmail` for whom a
        sanction took it, and while an allowance with an end runs, `key-stage-2~20261218T0000`: the end that comes
        next (UTC). `key-stage-2@year-4` where somebody decided about a site for that group alone, and
        `key-stage-2+spelling-test.exam` in an exam, without messaging.

        A name never means two things, so that an allowance ends in the filter by itself, as a grant does.
        """
        # Where all is shut, an allowance more or less is no other profile.
        own = group if group in self._ruled_groups and not closed else ""
        ending = None if closed else self._next_end(level, now)
        recipe = _Recipe(level, tuple(focus), closed, ending, withdrawn, own, exam and not closed)
        if recipe not in self._names:
            self._names[recipe] = recipe.name
            self._recipes[recipe.name] = recipe
        return self._names[recipe]

    def named(self, name: str) -> FilterProfile:
        """The profile of a name that `name` gave or that stands in no policy file; KeyError for any other."""
        return self._resting(_AT_REST[name]) if name in _AT_REST else self._make(self._recipes[name])

    def _resting(self, profile: FilterProfile) -> FilterProfile:
        """Where the school has a page that says what is the matter, whoever rests in quarantine is led there."""
        shown = "page" if self.policy.dns.sinkhole and profile.state is not State.OPEN else profile.mode
        return profile.model_copy(update={"log": usual_level(self.policy.privacy), "mode": shown})

    def _make(self, recipe: _Recipe) -> FilterProfile:
        own, chosen = self.level(recipe.level), tuple(sorted(recipe.focus))
        listed = chosen or own.focus
        lines = own.standing(recipe.ending)
        return FilterProfile(
            name=recipe.name,
            access_level=recipe.level,
            state=State.CLOSED if recipe.closed else State.OPEN,
            state_reason="no lesson is open" if recipe.closed else "",
            mode=own.answer,
            block=tuple(own.categories),
            withdrawn=recipe.withdrawn,
            silenced=messaging(self.policy) if recipe.exam else (),
            services=_services(lines, allow=False),
            allowed_services=_services(lines, allow=True),
            rules=(
                *(_rule(line) for line in lines if not line.subject.startswith(SERVICE)),
                *(() if recipe.closed else self._own_rules(recipe)),
            ),
            focus=self._sites(listed) if listed else None,
            safe_search=own.safe_search,
            log=own.query_log or usual_level(self.policy.privacy),
            reasons=self._reasons(own, lines, chosen, closed=recipe.closed),
        )

    def _own_rules(self, recipe: _Recipe) -> Iterator[Rule]:
        """What was decided for this group, this level, all pupils or the whole school."""
        for each in self.site_rules:
            scope = each.scope
            if recipe.group and recipe.group in scope.groups:
                yield _decided(each, "decided-for-group")
            elif scope.school or recipe.level in scope.levels or (scope.pupils and recipe.level in self._of_pupils):
                yield _decided(each, "decided")

    @cached_property
    def _of_pupils(self) -> frozenset[str]:
        return pupil_levels(self.policy)

    @cached_property
    def _ruled_groups(self) -> frozenset[str]:
        return frozenset(group for each in self.site_rules for group in each.scope.groups)

    def _sites(self, listed: Iterable[str]) -> tuple[str, ...]:
        """A site list that the policy does not have (yet) opens nothing: its readers were warned."""
        known = (self.policy.site_lists[each].sites for each in listed if each in self.policy.site_lists)
        return tuple(dict.fromkeys(site for sites in known for site in sites))

    def level(self, name: str) -> Level:
        if name not in self._levels:
            self._levels[name] = level_of(self.policy, name)
        return self._levels[name]

    @cached_property
    def ends(self) -> tuple[datetime, ...]:
        """Every moment at which an allowance of any level runs out."""
        return tuple(sorted({end for name in self.policy.access_levels for end in self.level(name).ends}))

    def _next_end(self, level: str, now: datetime) -> datetime | None:
        ends = self.level(level).ends if self.ends else ()
        after = bisect_right(ends, now)
        return ends[after] if after < len(ends) else None

    def _reasons(
        self, level: Level, lines: Sequence[Line], focus: tuple[str, ...], *, closed: bool
    ) -> Mapping[str, Reason]:
        reasons = {**OF_EVERY_SCHOOL, **{f"category:{name}": reason for name, reason in level.categories.items()}}
        reasons.update({line.subject: line.reason for line in lines if line.subject.startswith(SERVICE)})
        if focus:
            clauses = tuple(
                dict.fromkeys(
                    c for each in focus if each in self.policy.site_lists for c in self.policy.site_lists[each].clauses
                )
            )
            reasons["focus"] = Reason(rule=f"site_lists[{', '.join(focus)}]", clauses=clauses)
        elif level.focus_reason:
            reasons["focus"] = level.focus_reason
        if level.safe_search_reason:
            reasons["safe_search"] = level.safe_search_reason
        if closed:
            reasons["state"] = Reason(rule="outside_windows", clauses=("T1", "T2"))
        return reasons

    @cached_property
    def _levels(self) -> dict[str, Level]:
        return {}

    @cached_property
    def _names(self) -> dict[_Recipe, str]:
        return {}

    @cached_property
    def _recipes(self) -> dict[str, _Recipe]:
        return {}


def at_rest(name: str) -> FilterProfile | None:
    """The profiles that stand in no policy file: quarantine, unknown, barred, unassigned, things."""
    return _AT_REST.get(name)


def _services(lines: Sequence[Line], *, allow: bool) -> tuple[str, ...]:
    services = (line for line in lines if line.subject.startswith(SERVICE) and line.allow is allow)
    return tuple(line.subject.removeprefix(SERVICE) for line in services)


def pupil_levels(policy: Policy) -> frozenset[str]:
    """Every access level that a pupil can have at some hour. Staff who share one share its rules."""
    outside, agreed = policy.outside_windows, policy.agreements
    named = {
        *(group.level for group in policy.year_groups.values()),
        *(slot.level for slot in policy.timetable if slot.level),
        *(outside.for_key_stage(group.key_stage) for group in policy.year_groups.values()),
        *((agreed.pupils.without, agreed.declined) if agreed.pupils else (agreed.declined,)),
    }
    return frozenset(named & policy.access_levels.keys())


def _decided(own: SiteRule, scope: Literal["decided", "decided-for-group"]) -> Rule:
    return Rule(
        name=own.pattern,
        allow=own.allow,
        scope=scope,
        rule=own.line,
        clauses=own.clauses,
        decided_at=own.decided_at.timestamp(),
        until=own.until.timestamp() if own.until else None,
    )


def _rule(line: Line) -> Rule:
    reason = line.reason
    return Rule(name=line.subject, allow=line.allow, scope="year-group", rule=reason.rule, clauses=reason.clauses)
