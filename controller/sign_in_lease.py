"""How long a sign-in counts: until log-off, the end of its lesson, or the bell, whichever comes first (W1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from controller.model import AccessWindow
from controller.policy import Policy
from controller.standing import Lease
from controller.timetable import lesson_windows, next_bell
from inventory.history import LONGEST_SIGN_IN, SignIn
from inventory.model import Inventory, Mac

_INSTANT = timedelta(seconds=1)


class Leases:
    """The leases of one school's sign-ins. A bell and the lessons of a day are looked up once."""

    def __init__(self, policy: Policy, inventory: Inventory) -> None:
        self._policy, self._inventory = policy, inventory
        self._bells: dict[datetime, datetime | None] = {}
        self._lessons: dict[datetime, tuple[AccessWindow, ...]] = {}

    def at(self, mac: Mac, now: datetime) -> Lease | None:
        """The one in force, or None."""
        sign_in = self._inventory.sign_ins.get(mac)
        if sign_in is None or not sign_in.covers(now):
            return None
        lease = Lease(sign_in, self._end(sign_in))
        return lease if now < lease.ends else None

    def _end(self, sign_in: SignIn) -> datetime:
        began = sign_in.began_at
        ends = [sign_in.ended_at or began + LONGEST_SIGN_IN, began + LONGEST_SIGN_IN]
        minute = began.replace(second=0, microsecond=0)
        if minute not in self._bells:
            self._bells[minute] = next_bell(self._policy, began)
            self._lessons[minute] = lesson_windows(self._policy, minute, minute + timedelta(minutes=1))
        bell = self._bells[minute]
        group = self._group(sign_in)
        lessons = (each.closes_at for each in self._lessons[minute] if each.group == group and each.covers(began))
        return min(*ends, *_known((bell, *lessons)))

    def _group(self, sign_in: SignIn) -> str | None:
        person = self._inventory.people.get(sign_in.person) if sign_in.person else None
        name = (person.year_group if person else None) or sign_in.year_group
        return self._policy.year_group_of(name) if name else None


def _known(moments: Iterable[datetime | None]) -> list[datetime]:
    return [moment for moment in moments if moment is not None]
