"""The seam of the hot loop: what remembers answers and empties a socket.

Every engine says the same octets, writes down the same queries and obeys the same limits; a differential test holds
them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    import socket

    from dns_filter.desk import Desk
    from dns_filter.limits import Quota
    from dns_filter.memo import Entry
    from dns_filter.told import Told

EngineName = Literal["reference", "fast"]
EngineChoice = Literal["auto", "reference", "fast"]
Drain = Callable[[], None]
Gathered: TypeAlias = "tuple[str | None, Told, int]"
"""Who asked (None: there was no room to say), what was told, and how often."""


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

    def drain(self, sock: socket.socket, desk: Desk) -> Drain:
        """A function that answers what waits in the socket, and returns."""
        ...

    def gather(self) -> Iterable[Gathered]:
        """What it answered since it was last asked, beside what stands in the query log's own lists. Any thread."""
        ...
