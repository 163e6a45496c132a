"""Everything a decision rests on, and what follows from it once for all devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from controller.clock_steps import Step, still_over
from controller.model import AccessWindow, WindowKind
from controller.outside import Outside, outside
from controller.policy import Policy, Role, YearGroup
from controller.profiles import Profiles
from controller.sign_in_lease import Leases
from controller.standing import Subject, subject_of
from controller.timeline import Hours, hours, timeline
from controller.timetable import lesson_windows
from inventory.model import Inventory, Mac
from inventory.sanctions import Sanction


@dataclass(frozen=True)
class Facts:
    """`windows` are those that persons opened and the lessons of the timetable, for all moments to be decided.

    Not slotted: what is worked out once (hours, profiles) is kept beside the three facts.
    """

    policy: Policy
    inventory: Inventory
    windows: tuple[AccessWindow, ...] = ()

    @cached_property
    def honoured(self) -> tuple[AccessWindow, ...]:
        """The windows that the policy of now can carry out."""
        return tuple(filter(self._can_be_honoured, self.windows))

    @cached_property
    def profiles(self) -> Profiles:
        return Profiles(self.policy, self.inventory.site_rules)

    @cached_property
    def quarantine(self) -> str:
        """The segment where an unknown device rests. Raises ValueError where the policy names none."""
        found = self.policy.segment_for("quarantine")
        if found is None:
            raise ValueError("segments: no segment with the purpose quarantine; an unknown device must rest somewhere")
        return found[0]

    def hours_of(self, subject: Subject) -> Hours:
        """The windows of its group, and those for its class, its room or itself, by kind."""
        narrow = self.narrow_for(subject) if self._narrow else ()
        found = self._hours.get((subject.group, narrow))
        return found if found is not None else self._lay_out(subject.group, narrow)

    def _lay_out(self, group: str | None, narrow: tuple[int, ...]) -> Hours:
        windows = (*self._of_groups.get(group or "", ()), *(self._narrow[number] for number in narrow))
        found = self._hours[group, narrow] = hours(timeline(w for w in windows if of(w)) for of in KINDS)
        return found

    def outside(self, group: str | None, belongs: YearGroup | Role) -> Outside:
        """What a group has while no lesson is open; `belongs` is what the policy says of it."""
        found = self._outside.get(group)
        if found is None:
            found = self._outside[group] = outside(self.policy, self.profiles, group, belongs)
        return found

    def narrow_for(self, subject: Subject) -> tuple[int, ...]:
        """Which of the windows that are for less, or for more, than one year group are for this device."""
        if not self._narrow or subject.group is None or not subject.pupils:
            return ()
        key = (subject.group, subject.school_class, subject.mac)
        found = self._narrow_for.get(key)
        if found is None:
            rooms = self.inventory.rooms_of(subject.mac)
            found = tuple(number for number, each in enumerate(self._narrow) if _is_for(each, subject, rooms))
            self._narrow_for[key] = found
        return found

    def sanctions_of(self, subject: Subject) -> tuple[Sanction, ...]:
        """Those that speak of the device or of whom it belongs to, running or not."""
        if not self.inventory.sanctions:
            return ()
        return tuple(each for each in self.inventory.sanctions if each.speaks_of(subject.person, subject.mac))

    def subject(self, mac: Mac, now: datetime) -> Subject:
        """A device as it stands at a moment: for whoever is signed in, else for whom it belongs to."""
        lease = self._leases.at(mac, now) if self.inventory.sign_ins else None
        return subject_of(self.policy, self.inventory, mac, lease)

    @cached_property
    def _leases(self) -> Leases:
        return Leases(self.policy, self.inventory)

    @cached_property
    def _of_groups(self) -> Mapping[str, Sequence[AccessWindow]]:
        groups: dict[str, list[AccessWindow]] = defaultdict(list)
        for window in self.honoured:
            if not window.narrow:
                groups[window.group].append(window)
        return groups

    @cached_property
    def _narrow(self) -> tuple[AccessWindow, ...]:
        return tuple(each for each in self.honoured if each.narrow)

    @cached_property
    def _hours(self) -> dict[tuple[str | None, tuple[int, ...]], Hours]:
        return {}

    @cached_property
    def _outside(self) -> dict[str | None, Outside]:
        return {}

    @cached_property
    def _narrow_for(self) -> dict[tuple[str, str | None, Mac], tuple[int, ...]]:
        return {}

    def _can_be_honoured(self, window: AccessWindow) -> bool:
        # The policy may have changed since it was opened. Without its level or sites it opens nothing:
        # what is left of it could be wider than what was asked for.
        level_known = window.level is None or window.level in self.policy.access_levels
        return level_known and all(sites in self.policy.site_lists for sites in window.focus)


def facts_between(
    policy: Policy,
    inventory: Inventory,
    windows: Iterable[AccessWindow],
    first: datetime,
    last: datetime,
    steps: Sequence[Step] = (),
) -> Facts:
    """The facts for every moment `first <= moment < last`: the timetable's lessons are added to persons' windows.

    `steps` of the clock have opened nothing again that was over.
    """
    return Facts(policy, inventory, tuple(still_over((*windows, *lesson_windows(policy, first, last)), steps)))


def is_lesson(window: AccessWindow) -> bool:
    """A lesson of the timetable or a dated one; an exam period counts as if a person had opened it."""
    return window.id.startswith(("timetable[", "lessons["))


def _is_for(window: AccessWindow, subject: Subject, rooms: frozenset[str]) -> bool:
    return (
        window.group in ("", subject.group)
        and window.school_class in (None, subject.school_class)
        and (window.room is None or window.room in rooms)
        and (not window.macs or subject.mac in window.macs)
    )


def _opens(window: AccessWindow) -> bool:
    return window.kind is WindowKind.OPEN and not is_lesson(window)


# Order is meaning: `rules_of_time` asks them in this order.
KINDS: tuple[Callable[[AccessWindow], bool], ...] = (
    lambda window: window.kind is WindowKind.EXAM,
    lambda window: window.kind is WindowKind.PAUSE,
    lambda window: _opens(window) and bool(window.focus),
    lambda window: _opens(window) and not window.focus,
    is_lesson,
)
"""Exams, pauses, windows for chosen sites, windows that persons opened, lessons that are planned."""
