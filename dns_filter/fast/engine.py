"""The compiled hot loop as an engine: one handle for one desk, and the numbers by which it speaks of clients. ●"""

from __future__ import annotations

import socket
import weakref
from collections import Counter
from collections.abc import Iterable
from ctypes import CDLL, byref, c_double, c_uint64, string_at
from typing import TYPE_CHECKING, cast

from dns_filter.clients import Client
from dns_filter.engine import NOTHING, Drain, EngineName, EngineUnavailable, Gathered
from dns_filter.fast.library import MOST_QUOTAS, NO_CLIENT, ROW, UNMETERED, Address, load
from dns_filter.fast.memory import FastMemory
from dns_filter.fast.numbers import Numbers
from dns_filter.limits import Quota, RateLimit
from dns_filter.told import Told

if TYPE_CHECKING:
    from dns_filter.desk import Desk

MOST_ROWS = 131_072
"""Different pairs of client and answer between two looks of the query log; beyond them only outcomes are counted."""
_FEW_ROWS = 1_000
"""More of them wait until they are due: under a load the same pairs come again and again."""
_TOLD = 420
"""Octets that Python keeps for each answer, as measured: what is told of it, under a number."""


class Handle:
    """The loop's own memory, which is given back when nobody has this any more. Raises EngineUnavailable."""

    def __init__(self, library: CDLL, memo_limit: int, rate_limit: RateLimit | None) -> None:
        step, room = rate_limit.pouring if rate_limit else (0.0, 0.0)
        at = library.caretaker_begin(memo_limit, _TOLD, MOST_ROWS, step, room)
        if not at:
            raise EngineUnavailable("the fast engine got no memory")
        self.library, self.at = library, int(at)
        weakref.finalize(self, library.caretaker_end, at).atexit = False


class Shares:
    """The buckets of all clients, where the compiled loop pours too."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle  # the buckets are gone with it
        self.levels = (c_double * (2 * MOST_QUOTAS)).from_address(handle.library.caretaker_quotas(handle.at))
        self._free: list[int] = []
        self._next = 0

    def take(self) -> int | None:
        """None: all are taken; such a share is poured by Python alone."""
        if self._free:
            return self._free.pop()
        if self._next >= MOST_QUOTAS:
            return None
        self._next += 1
        return self._next - 1

    def give_back(self, place: int) -> None:
        self._free.append(place)


class SharedQuota(Quota):
    """A client's buckets at a place that both sides read and write."""

    __slots__ = ("__weakref__", "_at", "_levels", "_shares", "place")

    def __init__(self, shares: Shares, place: int) -> None:
        self._shares, self._levels, self._at, self.place = shares, shares.levels, 2 * place, place
        weakref.finalize(self, shares.give_back, place).atexit = False
        super().__init__()

    @property
    def answered(self) -> float:
        return self._levels[self._at]

    @answered.setter
    def answered(self, level: float) -> None:
        self._levels[self._at] = level

    @property
    def truncated(self) -> float:
        return self._levels[self._at + 1]

    @truncated.setter
    def truncated(self, level: float) -> None:
        self._levels[self._at + 1] = level


class Fast:
    """Raises EngineUnavailable where the compiled loop cannot be had."""

    name: EngineName = "fast"

    def __init__(self, memo_limit: int, rate_limit: RateLimit | None) -> None:
        handle = Handle(load(), memo_limit, rate_limit)
        self._owner, self.library, self.handle = handle, handle.library, handle.at
        self.memory = FastMemory(handle, memo_limit, self._forgotten)
        self.clients: Numbers[Client] = Numbers()
        self._known: dict[bytes, int] = {}
        self._shares = Shares(handle)
        self._counts = self.library.caretaker_counts(self.handle).contents

    @property
    def hits(self) -> int:
        """Answers that compiled code gave without asking Python."""
        return int(self._counts.hits)

    @property
    def unsent(self) -> int:
        return int(self._counts.unsent)

    @property
    def dropped(self) -> int:
        return int(self._counts.dropped)

    def quota(self) -> Quota:
        place = self._shares.take()
        return Quota() if place is None else SharedQuota(self._shares, place)

    def drain(self, sock: socket.socket, desk: Desk, poller: int | None = None) -> Drain:
        from dns_filter.fast.drain import make_drain

        return make_drain(sock, desk, self, poller)

    def admit(self, address: Address, client: Client) -> None:
        """From now on the loop knows who asks from this address, up to the end of the seat."""
        key = bytes(address)
        old = self._known.get(key)
        if old is not None and self.clients.get(old) is client:
            return
        number = self.clients.give(client)
        quota = client.quota.place if isinstance(client.quota, SharedQuota) else UNMETERED
        said = (client.tag, client.welcome, number, quota, client.since, client.until)
        if not self.library.caretaker_admit(self.handle, byref(address), *said):
            self.library.caretaker_forget_clients(self.handle)
            self._forgotten()
            if not self.library.caretaker_admit(self.handle, byref(address), *said):
                self.clients.take_back(number)
                return
        if (old := self._known.get(key)) is not None:
            self.clients.leave(old)
        self._known[key] = number

    def _forgotten(self) -> None:
        for number in self._known.values():
            self.clients.leave(number)
        self._known.clear()

    def gather(self, *, due: bool = True) -> Gathered:
        if not due and self.library.caretaker_rows(self.handle) > _FEW_ROWS:
            return NOTHING
        # Counted before anything is taken: of what was left up to now nothing new is said after that.
        gone = self.clients.count_left(), self.memory.kept.count_left()
        gathered = self._read(self._taken())
        self.clients.clear_away(gone[0])
        self.memory.kept.clear_away(gone[1])
        return gathered

    def _taken(self) -> bytes:
        count = c_uint64()
        rows = self.library.caretaker_take(self.handle, byref(count))
        try:
            return string_at(rows, ROW * count.value) if rows else b""
        finally:
            self.library.caretaker_free(rows)

    def _read(self, rows: bytes) -> Gathered:
        """Column by column: under a load there are tens of thousands of rows each second."""
        numbers, times = memoryview(rows).cast("I"), memoryview(rows).cast("Q")[1::2].tolist()
        clients, tolds = numbers[0::4].tolist(), numbers[1::4].tolist()
        kept = self.memory.kept
        who = {each: self.clients[each].who for each in set(clients) if each != NO_CLIENT}
        whole = [(who.get(client), kept[told].told) for client, told in zip(clients, tolds, strict=True)]
        said = dict(zip(whole, times, strict=True))
        if NO_CLIENT not in clients and len(said) == len(whole):
            return Gathered(cast("dict[tuple[str, Told], int]", said), {})
        return _summed(zip(whole, times, strict=True))


def _summed(rows: Iterable[tuple[tuple[str | None, Told], int]]) -> Gathered:
    """Where one device has two addresses, or there was no room for who asked."""
    said: Counter[tuple[str, Told]] = Counter()
    unnamed: Counter[Told] = Counter()
    for (who, told), times in rows:
        if who is None:
            unnamed[told] += times
        else:
            said[who, told] += times
    return Gathered(said, unnamed)
