"""What was heard, said once: repeats are left out, a flood is cut, and memory has an end. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from inventory.discovery.frames import Heard
from inventory.model import Mac

Key = TypeVar("Key")
Value = TypeVar("Value")

AGAIN = timedelta(minutes=1)
"""The same word of the same device is passed on once in so long."""
MOST_REMEMBERED = 20_000
MOST_WAITING = 4_000
STRANGERS_AT_ONCE = 300
"""New MACs in one batch; those the controller has heard of before go first and are not counted here."""


@dataclass(frozen=True, slots=True)
class Noted:
    heard: Heard
    at: datetime


@dataclass(slots=True)
class Digest:
    """`left_out` counts what found no room since it was last asked for."""

    left_out: int = 0
    _told: OrderedDict[Heard, datetime] = field(default_factory=OrderedDict)
    _passed_on: OrderedDict[Mac, None] = field(default_factory=OrderedDict)
    _known: OrderedDict[Heard, datetime] = field(default_factory=OrderedDict)
    _new: OrderedDict[Heard, datetime] = field(default_factory=OrderedDict)

    def note(self, heard: Heard, at: datetime) -> None:
        last = self._told.get(heard)
        if last is not None and at - last < AGAIN:
            return
        waiting = self._known if heard.mac in self._passed_on else self._new
        if heard not in waiting and len(waiting) >= MOST_WAITING:
            self.left_out += 1
            return
        waiting[heard] = at

    def batch(self, most: int) -> list[Noted]:
        """The next to pass on, the longest waiting first; they count as told."""
        known = _first(self._known, most)
        new = _first(self._new, min(most - len(known), STRANGERS_AT_ONCE))
        for noted in (*known, *new):
            _remember(self._told, noted.heard, noted.at)
            _remember(self._passed_on, noted.heard.mac, None)
        return [*known, *new]

    def give_back(self, batch: list[Noted]) -> None:
        """What could not be told after all is tried again, as far as there is room."""
        for noted in batch:
            self._told.pop(noted.heard, None)
            self.note(noted.heard, noted.at)

    def strangers(self) -> int:
        """Words of MACs that were never passed on."""
        return len(self._new)

    def waiting(self) -> int:
        return len(self._known) + len(self._new)


def with_vlan(heard: Heard, vlan: int | None) -> Heard:
    """The tag that the kernel took off, where the frame itself has none left."""
    return heard if heard.vlan is not None or vlan is None else replace(heard, vlan=vlan)


def _first(waiting: OrderedDict[Heard, datetime], most: int) -> list[Noted]:
    return [Noted(*waiting.popitem(last=False)) for _ in range(min(most, len(waiting)))]


def _remember(table: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > MOST_REMEMBERED:
        table.popitem(last=False)
