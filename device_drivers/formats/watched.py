"""Platforms that are looked at and told nothing: the part of a driver they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from device_drivers.model import Change, Refused


def tells_nothing(title: str) -> Callable[[Sequence[Change], datetime], tuple[str, ...]]:
    """A `render` that raises Refused for any change."""

    def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
        del now
        if changes:
            raise Refused(f"this driver only observes {title}")
        return ()

    return render
