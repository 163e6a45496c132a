"""The sessions of one device: a warm one and a warm spare, used in turn so that neither grows old."""

from __future__ import annotations

from collections.abc import Callable

from device_drivers.model import Session


class Sessions:
    """Used by the thread of its device only. `connect` raises a DeviceError."""

    def __init__(self, connect: Callable[[], Session]) -> None:
        self._connect = connect
        self._warm: list[Session] = []

    def take(self) -> Session:
        """The one whose turn it is; connects where there is none."""
        if not self._warm:
            self._warm.append(self._connect())
        return self._warm[0]

    @property
    def any(self) -> bool:
        return bool(self._warm)

    def warm_spare(self) -> None:
        """Open a spare where there is none, and let it do the next turn."""
        if len(self._warm) == 1:
            self._warm.append(self._connect())
        self._warm.reverse()

    def drop(self) -> None:
        """The one in use is dead, or not to be trusted: the spare takes its place."""
        if self._warm:
            self._warm.pop(0).close()

    def drop_all(self) -> None:
        while self._warm:
            self.drop()
