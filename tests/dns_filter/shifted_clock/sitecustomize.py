"""For processes under test: their wall clock is the machine's and what the file CARETAKER_TEST_SHIFT says, in seconds.

Python imports this module as it starts where this folder stands in PYTHONPATH. The file may change at any time.
"""

import os
import time
from pathlib import Path

_true, _path, _every = time.time, Path(os.environ["CARETAKER_TEST_SHIFT"]), 0.02  # noqa: TID251 (this is the seam)
_kept = [0.0, 0.0]


def _shifted() -> float:
    now = _true()
    if not _kept[0] <= now < _kept[0] + _every:
        _kept[:] = now, float(_path.read_text())
    return now + _kept[1]


time.time = _shifted  # noqa: TID251
