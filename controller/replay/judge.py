"""Judging logged queries by two policies, with the very steps that the filter takes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from controller.policy import Policy
from controller.replay import Change, Logged, LostLesson, Report, Way
from controller.replay.sides import Sides, moment
from dns_filter import steps
from dns_filter.model import Action, Code, Name, Verdict
from dns_filter.names import to_wire
from dns_filter.profiles import CompiledProfile
from dns_filter.snapshot import Snapshot

Tell = Callable[[int], None]
"""Hears how many distinct queries have been judged."""
_TELL_EVERY = 2_000


@dataclass
class Replay:
    """One run over the queries of one or several days."""

    sides: Sequence[Sides]
    tell: Tell = lambda _: None
    queries: int = 0
    judged: int = 0
    nameless: int = 0
    unplaced: int = 0
    _changes: Counter[tuple[str, str, Verdict, Verdict]] = field(default_factory=Counter)
    _lessons: defaultdict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _verdicts: dict[tuple[int, Name], Verdict] = field(default_factory=dict)

    def take(self, logged: Iterable[Logged]) -> None:
        """Judge these too. Raises ValueError where a name is none: the log was not written by a filter."""
        for number, query in enumerate(logged, 1):
            self.queries += query.times
            if not query.qname:
                self.nameless += query.times
            elif not self._placed(query):
                self.unplaced += query.times
            else:
                self.judged += query.times
            if number % _TELL_EVERY == 0:
                self.tell(number)

    def report(self, policy: Policy, candidate: Policy) -> Report:
        changes = [
            Change(group, name, _way(was, becomes), was, becomes, times)
            for (group, name, was, becomes), times in self._changes.items()
        ]
        changes.sort(key=lambda each: (-each.times, each.group, each.name))
        lessons = (LostLesson(group, why, dict(lost.most_common())) for (group, why), lost in self._lessons.items())
        return Report(
            since=moment(self.sides[0].since),
            until=moment(self.sides[-1].until),
            queries=self.queries,
            judged=self.judged,
            nameless=self.nameless,
            unplaced=self.unplaced,
            changes=changes,
            lessons=sorted(lessons, key=lambda each: -sum(each.names.values())),
            refused=_refused(policy, candidate, changes),
            notes=tuple(_notes(policy, candidate)),
        )

    def _placed(self, query: Logged) -> bool:
        """Judge it for every group that has its profile; False where none has."""
        side = next((each for each in self.sides if each.since <= query.at < each.until), None)
        groups = _groups(side, side.interval(query.at)).get(query.profile, ()) if side else ()
        for group in groups:
            assert side is not None
            self._judge(side, group, query)
        return bool(groups)

    def _judge(self, side: Sides, group: str, query: Logged) -> None:
        name = _wire(query.qname)
        seat, other = side.seats(group, query.at)
        was, becomes = self._verdict(side.now, seat.profile, name), self._verdict(side.then, other.profile, name)
        if (was.action, was.code) == (becomes.action, becomes.code):
            return
        self._changes[group, query.qname, was, becomes] += query.times
        if seat.grant is not None and _way(was, becomes) is Way.CLOSES:
            self._lessons[group, seat.grant.why][query.qname] += query.times

    def _verdict(self, snapshot: Snapshot, profile: CompiledProfile, name: Name) -> Verdict:
        # A verdict depends on profile and name alone, and a profile lives as long as its side.
        key = (id(profile), name)
        if (found := self._verdicts.get(key)) is None:
            found = self._verdicts[key] = steps.first_verdict(steps.ask(name, profile, snapshot))
        return found


@lru_cache(maxsize=512)
def _groups(side: Sides, interval: int) -> dict[str, tuple[str, ...]]:
    begins = side.flips[interval - 1] if interval else side.since
    return dict(side.placed(begins))


@lru_cache(maxsize=100_000)
def _wire(qname: str) -> Name:
    return to_wire(qname)


def _way(was: Verdict, becomes: Verdict) -> Way:
    open_before, open_after = (each.action is not Action.BLOCK for each in (was, becomes))
    if open_before == open_after:
        return Way.OTHERWISE
    return Way.OPENS if open_after else Way.CLOSES


def _refused(policy: Policy, candidate: Policy, changes: Iterable[Change]) -> str:
    """Nothing takes a name out of what is mandatory: no lesson, no person, and no policy either (F14)."""
    if gone := [each for each in policy.mandatory if each not in candidate.mandatory]:
        return f"mandatory: {', '.join(gone)} would no longer be mandatory"
    opened = next((each for each in changes if each.was.code is Code.MANDATORY and each.way is Way.OPENS), None)
    return f"{opened.name} is on a mandatory list and would be open for {opened.group}" if opened else ""


def _notes(policy: Policy, candidate: Policy) -> Iterable[str]:
    if policy.lists != candidate.lists:
        yield "The block lists differ: names were judged by those that are compiled now."
    groups = [set(each.year_groups) | set(each.roles) for each in (policy, candidate)]
    if gone := groups[0] - groups[1]:
        yield f"The candidate has no {', '.join(sorted(gone))}: what they asked for was not judged."
