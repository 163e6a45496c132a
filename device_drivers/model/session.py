"""A live connection to one device, as the loop sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Session(Protocol):
    """A live connection to one device. Every call has a deadline and raises a DeviceError."""

    def read(self, commands: Sequence[str]) -> Mapping[str, str]: ...

    def send(self, lines: Sequence[str], *, config: bool) -> str:
        """Raises Refused with the device's own words; lines after the refused one are not sent."""
        ...

    def save(self, commands: Sequence[str]) -> None: ...

    def close(self) -> None: ...
