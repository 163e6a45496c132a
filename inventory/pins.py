"""Pinned devices (printers, boards, cameras): what was seen first is what they are, and a change is an alarm. Pure.

Never a quarantine by itself: a board that goes dark in a lesson is worse than one that somebody looks at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inventory.model import Mac, PortRef


@dataclass(frozen=True, slots=True)
class Shown:
    """What a device shows of itself now; None: not told yet."""

    mac: Mac
    fingerprint: str | None = None
    vendor_class: str | None = None
    port: PortRef | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """What it showed when it was pinned; a part that was never told is filled in when it is."""

    fingerprint: str | None = None
    vendor_class: str | None = None
    port: PortRef | None = None


def compare(pinned: Pinned, shown: Shown) -> tuple[Pinned, tuple[str, ...]]:
    """The pin, completed, and every difference in words. A part it does not tell today is no difference."""
    changes: list[str] = []
    completed = pinned
    for part, title in (("fingerprint", "DHCP fingerprint"), ("vendor_class", "vendor class"), ("port", "port")):
        was, now = getattr(pinned, part), getattr(shown, part)
        if was is None and now is not None:
            completed = replace(completed, **{part: now})
        elif now is not None and now != was:
            changes.append(f"{title} was {was}, is {now}")
    return completed, tuple(changes)
