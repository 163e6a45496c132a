"""A clock that is set back opens no lesson that was over: which windows stay closed, and what is said of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.model import AccessWindow

WORTH_AN_ALARM = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Step:
    """The clock said `high`, and a moment later `low`; the other way round where it was set forward."""

    low: datetime
    high: datetime
    back: bool = True

    @property
    def far(self) -> bool:
        return self.high - self.low > WORTH_AN_ALARM

    @property
    def text(self) -> str:
        said, now = (self.high, self.low) if self.back else (self.low, self.high)
        return (
            f"The clock was set {'back' if self.back else 'forward'}: from {said:%Y-%m-%d %H:%M:%S} to "
            f"{now:%Y-%m-%d %H:%M:%S} UTC. Is it right now? Lessons follow it."
        )


def still_over(windows: Iterable[AccessWindow], steps: Iterable[Step]) -> Iterator[AccessWindow]:
    """Those that no step back has opened again.

    What runs at the hour to which the clock was set, and was over before, stays closed. What begins after that hour
    begins: the clock was wrong before, and is right now, or it is wrong now and there is an alarm.
    """
    back = [step for step in steps if step.back]
    for window in windows:
        if not any(window.opens_at <= step.low < window.closes_at <= step.high for step in back):
            yield window
