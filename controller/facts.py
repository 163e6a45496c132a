"""Everything a decision rests on, and what follows from it once for all devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from controller.model import AccessWindow, WindowKind
from controller.policy import Policy
from controller.profiles import Profiles
from controller.sign_in_lease import Leases
from controller.standing import Subject, subject_of
from controller.timeline import NOTHING, Timeline, timeline
from controller.timetable import lesson_windows
from inventory.model import Inventory, Mac
from inventory.sanctions import Sanction


@dataclass(frozen=True)
class Facts:
    """`windows` are those that persons opened and the lessons of the timetable, for all moments to be decided.

    Not slotted: what is worked out once (`manual`, `lessons`, `profiles`) is kept beside the three facts.
    """

    policy: Policy
    inventory: Inventory
    windows: tuple[AccessWindow, ...] = ()

    @cached_property
    def exams(self) -> Mapping[str, Timeline]:
        """By group: exams, and so on for every kind of window below."""
        return self._timelines(lambda window: window.kind is WindowKind.EXAM)

    @cached_property
    def pauses(self) -> Mapping[str, Timeline]:
        return self._timelines(lambda window: window.kind is WindowKind.PAUSE)

    @cached_property
    def focused(self) -> Mapping[str, Timeline]:
        """Windows that a person opened for chosen sites only."""
        return self._timelines(lambda window: _by_hand(window) and bool(window.focus))

    @cached_property
    def manual(self) -> Mapping[str, Timeline]:
        """Windows that a person opened."""
        return self._timelines(lambda window: _by_hand(window) and not window.focus)

    @cached_property
    def lessons(self) -> Mapping[str, Timeline]:
        """By group: windows that the timetable opens."""
        return self._timelines(is_lesson)

    @cached_property
    def profiles(self) -> Profiles:
        return Profiles(self.policy)

    @cached_property
    def quarantine(self) -> str:
        """The segment where an unknown device rests. Raises ValueError where the policy names none."""
        found = self.policy.segment_for("quarantine")
        if found is None:
            raise ValueError("segments: no segment with the purpose quarantine; an unknown device must rest somewhere")
        return found[0]

    def timelines_of(self, subject: Subject) -> tuple[Timeline, ...]:
        """Every timeline of its group, the one that outranks the others first."""
        group = subject.group or ""
        found = self._of_group.get(group)
        if found is None:
            kinds = (self.exams, self.pauses, self.focused, self.manual, self.lessons)
            found = self._of_group[group] = tuple(kind.get(group, NOTHING) for kind in kinds)
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
    def _of_group(self) -> dict[str, tuple[Timeline, ...]]:
        return {}

    def _timelines(self, of: Callable[[AccessWindow], bool]) -> Mapping[str, Timeline]:
        groups: dict[str, list[AccessWindow]] = defaultdict(list)
        for window in self.windows:
            if of(window) and self._can_be_honoured(window):
                groups[window.group].append(window)
        return {group: timeline(windows) for group, windows in groups.items()}

    def _can_be_honoured(self, window: AccessWindow) -> bool:
        # The policy may have changed since it was opened. Without its level or sites it opens nothing:
        # what is left of it could be wider than what was asked for.
        level_known = window.level is None or window.level in self.policy.access_levels
        return level_known and all(sites in self.policy.site_lists for sites in window.focus)


def facts_between(
    policy: Policy, inventory: Inventory, windows: Iterable[AccessWindow], first: datetime, last: datetime
) -> Facts:
    """The facts for every moment `first <= moment < last`: the timetable's lessons are added to persons' windows."""
    return Facts(policy, inventory, (*windows, *lesson_windows(policy, first, last)))


def is_lesson(window: AccessWindow) -> bool:
    return window.id.startswith("timetable[")


def _by_hand(window: AccessWindow) -> bool:
    return window.kind is WindowKind.OPEN and not is_lesson(window)
