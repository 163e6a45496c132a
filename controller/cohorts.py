"""Devices that may do the same at every moment, found early and worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from controller.course import AFTER_ALL, Course, Stretch, cohort_of, course_of, settle
from controller.decide import decided, stands_on_posture
from controller.edges import posture_edges
from controller.facts import Facts
from controller.model import Decision
from controller.profiles import at_rest
from controller.rules_of_device import unfit
from controller.rules_of_person import personal_course
from controller.ruling import Case
from controller.standing import NOBODY, Subject, group_subject
from controller.twins import Twins
from dns_filter.model import Cohort
from inventory.model import Mac
from inventory.posture import FIT, posture

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """What devices of equal standing have in common. `decision` is of one of them: its MAC is not the others'."""

    decision: Decision
    course: Course
    cohort: str


@dataclass(slots=True)
class Sharing:
    """One compilation, from `now` to `last`. Grows while devices are looked at; nobody else sees it."""

    facts: Facts
    now: datetime
    last: datetime
    twins: Twins
    shared: dict[Key, Shared] = field(default_factory=dict)
    cohorts: dict[str, Cohort] = field(default_factory=dict)
    _courses: dict[Key, Course] = field(default_factory=dict)
    _named: dict[Key, str] = field(default_factory=dict)
    _twins: dict[Key, Shared] = field(default_factory=dict)

    def of_mac(self, mac: Mac) -> Shared:
        """Most devices of a school are twins of others: nothing is asked a second time for them."""
        key = self.twins.key(mac)
        if key is None:
            return self.of(self.facts.subject(mac, self.now))
        found = self._twins.get(key)
        if found is None:
            found = self._twins[key] = self.of(self.facts.subject(mac, self.now))
        return found

    def of(self, subject: Subject) -> Shared:
        """What of a device matters to any rule is its key: equal keys are decided alike at every moment."""
        edges = posture_edges(self.facts, subject, self.now, self.last)
        apart = self._apart_from_posture(subject)
        key = (*apart, *_posture(self.facts, subject, self.now), *edges)
        after = self._after_sign_in(subject)
        if after is not None:
            key = (*key, subject.signed_in_until, *self._apart_from_posture(after))
        found = self.shared.get(key)
        if found is None:
            course = self._course(subject, apart, edges)
            if after is not None and subject.signed_in_until is not None:
                later = self._course(after, self._apart_from_posture(after), edges)
                course = _then(course, subject.signed_in_until, later)
            pupils = subject.pupils or (after is not None and after.pupils)
            cohort = self._cohort(subject, course, edges, pupils=pupils)
            found = self.shared[key] = Shared(decided(self.facts, subject, self.now), course, cohort)
        return found

    def _after_sign_in(self, subject: Subject) -> Subject | None:
        """The same device when whoever is signed in now has gone; None where that is beyond the horizon."""
        ends = subject.signed_in_until
        return self.facts.subject(subject.mac, ends) if ends is not None and ends < self.last else None

    def of_nobody(self) -> Shared:
        """What an address without a device may do."""
        return self.of(self.facts.subject(NOBODY, self.now))

    def of_groups(self) -> Mapping[str, Shared]:
        """Every year group, class and role has a cohort of its own name, whether it has a device or not."""
        policy = self.facts.policy
        return {group: self._of_group(group) for group in (*policy.year_groups, *policy.classes, *policy.roles)}

    def _of_group(self, group: str) -> Shared:
        subject = group_subject(self.facts.policy, group)
        course = self._course(subject, self._apart_from_posture(subject), ())
        windows = tuple(window for window in self.facts.windows if window.group == group)
        switchable = _switchable(course, pupils=subject.pupils)
        self._named[switchable, *course.content] = group
        self.cohorts[group] = cohort_of(group, course, windows, switchable=switchable)
        return Shared(decided(self.facts, subject, self.now), course, group)

    def _course(self, subject: Subject, apart: Key, edges: tuple[datetime, ...]) -> Course:
        """`apart`: the key of the subject apart from its posture."""
        fit = self._courses.get(apart)
        if fit is None:
            found = course_of(self.facts, replace(subject, posture_rule=None), self.now, self.last)
            fit = self._courses[apart] = found
        return fit if subject.posture_rule is None else self._with_posture(subject, fit, edges)

    def _with_posture(self, subject: Subject, fit: Course, edges: tuple[datetime, ...]) -> Course:
        """The course of a fit device, but where posture has a word: far cheaper than to ask every rule again."""
        if not stands_on_posture(subject):
            return fit
        begins = (self.now, *edges)
        stretches: list[Stretch] = []
        for begin, end in zip(begins, (*edges, self.last), strict=True):
            ruling = unfit(Case(self.facts, subject, begin))
            if ruling is None:
                stretches.extend(fit.between(begin, end))
            else:
                stretches.append(Stretch(begin, end, ruling, holds_now=begin == self.now))
        return settle(stretches, unfit(Case(self.facts, subject, AFTER_ALL)) or fit.resting)

    def _apart_from_posture(self, subject: Subject) -> Key:
        device, kind = subject.device, subject.kind
        if device is None:
            return ()
        # A kind that asks for nothing of its own is like any other such kind.
        named = "" if kind is not None and kind.never is None and not subject.thing else device.kind
        approved = device.approval.until if device.approval else None
        own = (device.admission, device.hold, approved, named, subject.group, subject.home)
        narrow = self.facts.narrow_for(subject)
        personal = personal_course(self.facts, subject, self.now, self.last)
        return (*own, narrow, self.facts.sanctions_of(subject), personal)

    def _cohort(self, subject: Subject, course: Course, edges: tuple[datetime, ...], *, pupils: bool) -> str:
        switchable = _switchable(course, pupils=pupils)
        key = (switchable, *course.content)
        if key not in self._named:
            name = self._free(_name(subject, course, edges))
            self._named[key] = name
            self.cohorts[name] = cohort_of(name, course, switchable=switchable)
        return self._named[key]

    def _free(self, name: str) -> str:
        """A name that no other cohort has; what they say differs, so the first one must not answer for both."""
        if name not in self.cohorts:
            return name
        return next(each for number in count(2) if (each := f"{name}~{number}") not in self.cohorts)


def _switchable(course: Course, *, pupils: bool) -> bool:
    """A pause, a sanction or an emergency may close what is open to pupils at any moment, with no lesson in sight.

    What rests in quarantine has nothing that anybody could take away.
    """
    return pupils and at_rest(course.resting.profile) is None


def _then(course: Course, moment: datetime, after: Course) -> Course:
    """`course` up to a moment, and `after` from there on."""
    stretches = (*course.between(course.now.begins, moment), *after.between(moment, after.stretches[-1].ends))
    return settle(stretches, after.resting)


def _posture(facts: Facts, subject: Subject, now: datetime) -> Key:
    device, rule = subject.device, subject.posture_rule
    if device is None or rule is None:
        return ()
    found = posture(device, facts.inventory.receipts.get(subject.mac), rule, now)
    # Of two boards whose scans are too old by now, one may be spared until the bell and the other not.
    return device.kind, found, found in FIT or unfit(Case(facts, subject, now)) is None


def _name(subject: Subject, course: Course, edges: tuple[datetime, ...]) -> str:
    if course.constant or subject.device is None or subject.group is None:
        return course.resting.profile
    until = f".{edges[0]:%Y%m%dT%H%M%S}" if edges else ""
    return f"{subject.group}.{subject.device.kind}{until}"
