"""The seam of the hot loop: what remembers answers and empties a socket.

Every engine says the same octets, writes down the same queries and obeys the same limits; a differential test holds
them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import socket

    from dns_filter.desk import Desk
    from dns_filter.limits import Quota
    from dns_filter.memo import Entry
    from dns_filter.told import Told

EngineName = Literal["reference", "fast"]
EngineChoice = Literal["auto", "reference", "fast"]
Drain = Callable[[], None]


class Gathered(NamedTuple):
    """How often whom was told what; and what was told where there was no room to say to whom."""

    said: Mapping[tuple[str, Told], int]
    unnamed: Mapping[Told, int]


class Gather(Protocol):
    def __call__(self, *, due: bool) -> Gathered: ...


NOTHING = Gathered({}, {})


class EngineUnavailable(ValueError):
    """An engine that was asked for by name cannot be had here; the text says why, and what to do."""


class Memory(Protocol):
    """Finished answers, as `memo.Memo` has them."""

    limit: int
    """Octets that it takes at most."""

    @property
    def weight(self) -> int: ...
    def __len__(self) -> int: ...
    def begin_era(self) -> None: ...
    def keep(self, key: bytes, entry: Entry, now: float, below: bytes | None = None) -> None: ...


class Engine(Protocol):
    """One worker's hot loop. Made for one desk, and gone with it."""

    name: EngineName

    @property
    def memory(self) -> Memory: ...
    @property
    def unsent(self) -> int:
        """Answers of its own that the network did not take."""
        ...

    @property
    def dropped(self) -> int:
        """Queries over the limit that it left without an answer by itself."""
        ...

    def quota(self) -> Quota:
        """A new client's share."""
        ...

    def drain(self, sock: socket.socket, desk: Desk, poller: int | None = None) -> Drain:
        """A function that answers what waits in the socket, and returns.

        `poller`: the epoll of the loop that calls it; who waits for more must not let wait what else is in there.
        """
        ...

    def gather(self, *, due: bool = True) -> Gathered:
        """What it answered since it was last asked, beside what stands in the query log's own lists. Any thread.

        Not `due`: very many may wait for the next time.
        """
        ...
