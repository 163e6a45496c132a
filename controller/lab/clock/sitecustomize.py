"""The lab's clock: for processes that find this folder in PYTHONPATH. ●

The product asks what time it is in two files and nowhere else; both are answered here with the machine's clock and what
the file CARETAKER_LAB_CLOCK says, in seconds. The file may change at any time. Sleeping and time-outs stay real.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

_true, _file, _every = time.time, Path(os.environ["CARETAKER_LAB_CLOCK"]), 0.02  # noqa: TID251 (this is the clock)
_kept = [0.0, 0.0]


def _shifted() -> float:
    now = _true()
    if not _kept[0] <= now < _kept[0] + _every:
        _kept[:] = now, float(_file.read_text())
    return now + _kept[1]


time.time = _shifted  # noqa: TID251

from controller import clock  # noqa: E402 (after the clock is set)


def _now(self: clock.SystemClock) -> datetime:
    del self
    return datetime.fromtimestamp(_shifted(), UTC)


clock.SystemClock.now = _now  # type: ignore[method-assign]
