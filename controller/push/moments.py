"""When a push was needed, decided, taken and proven: five moments of it, and how long a quarantine takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moments:
    """None: it did not get so far.

    `seen`          the device was seen, or a person asked for it
    `decided`       what must be changed was known, and not held back
    `pushed`        the first byte left
    `acknowledged`  the device had taken every line
    `verified`      it was read back as meant
    """

    seen: datetime | None = None
    decided: datetime | None = None
    pushed: datetime | None = None
    acknowledged: datetime | None = None
    verified: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """From seen to verified."""
        return (self.verified - self.seen).total_seconds() if self.verified and self.seen else None


NOT_YET = Moments()


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds, over `count` times."""

    count: int
    p50: float
    p95: float
    longest: float


def spread(seconds: Iterable[float | None]) -> Spread | None:
    """None where it never happened."""
    taken = sorted(each for each in seconds if each is not None)
    if not taken:
        return None
    return Spread(len(taken), _at(taken, 50), _at(taken, 95), taken[-1])


def _at(taken: Sequence[float], share: int) -> float:
    """The smallest of these that at least `share` percent do not exceed (nearest rank)."""
    return taken[-(-len(taken) * share // 100) - 1]
