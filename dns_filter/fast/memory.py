"""Finished answers in the compiled loop's own memory; of each, Python keeps only what the query log is told. ●"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_uint16, c_uint32
from functools import lru_cache
from typing import TYPE_CHECKING

from dns_filter.fast.library import Answer
from dns_filter.fast.numbers import Numbers
from dns_filter.memo import Entry
from dns_filter.told import Told

if TYPE_CHECKING:
    from dns_filter.fast.engine import Handle

_AT_ONCE = 1_024


class Kept:
    """What is told with an answer; `flood`: with what a flood of names below it asks for."""

    __slots__ = ("flood", "told")

    def __init__(self, told: Told) -> None:
        self.told = told
        self.flood: Told | None = None


class FastMemory:
    """The same as `memo.Memo`, for an engine's handle. Bounded in octets, what Python keeps included."""

    def __init__(self, handle: Handle, limit: int, forget_clients: Callable[[], None]) -> None:
        self._owner, self._library, self._handle, self._limit = handle, handle.library, handle.at, limit
        self._forget_clients = forget_clients
        self.kept: Numbers[Kept] = Numbers()
        self._gone = (c_uint32 * _AT_ONCE)()

    @property
    def limit(self) -> int:
        return self._limit

    @limit.setter
    def limit(self, octets: int) -> None:
        self._limit = octets
        self._library.caretaker_set_limit(self._handle, octets)

    @property
    def weight(self) -> int:
        return int(self._library.caretaker_weight(self._handle))

    def __len__(self) -> int:
        return int(self._library.caretaker_entries(self._handle))

    def begin_era(self) -> None:
        self._library.caretaker_begin_era(self._handle)
        self._forget_clients()

    def keep(self, key: bytes, entry: Entry, now: float, below: bytes | None = None) -> None:
        """As `Memo.keep`; the conditions are looked at over there."""
        number = self.kept.give(Kept(entry.told))
        answer = Answer(
            key, entry.reply, below, _places(entry.ttl_at), len(key), len(entry.reply), len(below or b""),
            len(entry.ttl_at), entry.cut, entry.cap, entry.ends, entry.jitter, entry.until, number,
        )  # fmt: skip
        waiting = self._library.caretaker_keep(self._handle, byref(answer), now)
        if waiting < 0:
            self.kept.take_back(number)
        while waiting > 0:
            count = self._library.caretaker_released(self._handle, self._gone, _AT_ONCE)
            for each in self._gone[:count]:
                self.kept.leave(each)
            waiting -= count


@lru_cache(maxsize=1_000)
def _places(ttl_at: tuple[int, ...]) -> object:
    return (c_uint16 * len(ttl_at))(*ttl_at)
