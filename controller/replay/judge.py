"""Judging logged queries by two policies, with the very steps that the filter takes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

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


@dataclass(slots=True)
class Judged:
    """What one profile says of names. A verdict depends on profile and name alone."""

    snapshot: Snapshot
    profile: CompiledProfile
    _said: dict[Name, Verdict] = field(default_factory=dict)

    def verdict(self, name: Name) -> Verdict:
        if (found := self._said.get(name)) is None:
            found = self._said[name] = steps.first_verdict(steps.ask(name, self.profile, self.snapshot))
        return found


class Place(NamedTuple):
    """A group that has one profile now and one by the candidate. `lesson` is empty outside of one."""

    group: str
    lesson: str
    now: Judged
    then: Judged


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
    _places: dict[tuple[float, int, str], tuple[Place, ...]] = field(default_factory=dict)
    _judged: dict[int, Judged] = field(default_factory=dict)
    """By the profile's id: profiles live as long as their sides."""

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
        if side is None:
            return False
        key = (side.since, side.interval(query.at), query.profile)
        if (places := self._places.get(key)) is None:
            places = self._places[key] = tuple(self._places_of(side, key[1], query.profile))
        name = _wire(query.qname)
        for place in places:
            was, becomes = place.now.verdict(name), place.then.verdict(name)
            if was is not becomes and (was.action, was.code) != (becomes.action, becomes.code):
                self._note(place, query, was, becomes)
        return bool(places)

    def _places_of(self, side: Sides, interval: int, profile: str) -> Iterator[Place]:
        begins = side.flips[interval - 1] if interval else side.since
        for group in side.placed(begins).get(profile, ()):
            seat, other = side.seats(group, begins)
            lesson = seat.grant.why if seat.grant else ""
            yield Place(group, lesson, self._bench(side.now, seat.profile), self._bench(side.then, other.profile))

    def _bench(self, snapshot: Snapshot, profile: CompiledProfile) -> Judged:
        return self._judged.setdefault(id(profile), Judged(snapshot, profile))

    def _note(self, place: Place, query: Logged, was: Verdict, becomes: Verdict) -> None:
        self._changes[place.group, query.qname, was, becomes] += query.times
        if place.lesson and _way(was, becomes) is Way.CLOSES:
            self._lessons[place.group, place.lesson][query.qname] += query.times


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
