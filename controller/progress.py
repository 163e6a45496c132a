"""Progress while something long runs: one line a step with its time, a moving mark on a terminal."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

from rich.console import Console
from rich.status import Status


class Progress:
    """Steps on standard error, so that standard output stays for results."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._status: Status | None = None
        self._begun = self._step_begun = time.monotonic()
        self._step = ""

    def step(self, text: str) -> None:
        """End the step that runs and begin the next."""
        self.done()
        self._step, self._step_begun = text, time.monotonic()
        if sys.stderr.isatty():
            self._status = self._console.status(text, spinner="dots")
            self._status.start()

    def done(self) -> None:
        """End the step that runs."""
        self.close()
        if self._step:
            self._console.print(f"  ✓ {self._step}  {time.monotonic() - self._step_begun:.1f} s")
        self._step = ""

    def say(self, text: str) -> None:
        # The terminal may be gone, and the school must still be stopped in good order.
        with suppress(OSError):
            self._console.print(f"  · {text}")

    def close(self) -> None:
        """Take the moving mark away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def seconds(self) -> float:
        return time.monotonic() - self._begun
