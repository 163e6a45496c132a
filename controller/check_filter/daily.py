"""The check before the school day, and on demand: a child process, so that nothing of the controller waits. ●"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import structlog

from controller import publish
from controller.check_filter.kept import last, runs
from controller.check_filter.outcome import SEGMENT, Run
from controller.check_filter.run import NODE
from controller.home import Home
from controller.policy import Policy
from controller.timetable import is_school_date, moment

BEFORE = timedelta(hours=1)
"""So long before the school day begins, a technician still has time to mend what is found."""
LONGEST = timedelta(minutes=5)
PAUSE = timedelta(minutes=30)
"""Between a check that could not be made and the next try."""
_SATURDAY = 5
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
log = structlog.get_logger(__name__)


def due_from(policy: Policy, now: datetime) -> datetime | None:
    """From when on today's check is due; None on a day without school. Pure."""
    day = now.astimezone(policy.school.zone).date()
    if day.weekday() >= _SATURDAY or not is_school_date(policy, day):
        return None
    return moment(day, policy.day.starts, policy.school.zone) - BEFORE


class FilterChecks:
    """`turn` is called again and again; `start` makes a check at once. One at a time."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._child: subprocess.Popen[bytes] | None = None
        self._kill_at = self._not_before = _LONG_AGO
        self._problem = ""

    @property
    def problem(self) -> str:
        return self._problem

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def turn(self, policy: Policy, now: datetime) -> None:
        """Start the check of the day where it is due, and look after one that runs."""
        self._look_after(now)
        due = due_from(policy, now)
        if due is None or now < due or self.running or now < self._not_before:
            return
        newest = self.newest()
        if (newest is None or newest.at < due) and publish.acknowledged(self._home.acks):
            self._not_before = now + PAUSE
            self.start(now)

    def start(self, now: datetime) -> bool:
        """False where one runs already. Raises OSError."""
        if self.running:
            return False
        words = (sys.executable, "-P", "-m", "controller", "check-filter", "--home", str(self._home.root), "--json")
        with (self._home.log / "check-filter.log").open("wb") as told:
            self._child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=told)
        self._kill_at = now + LONGEST
        return True

    def stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def newest(self) -> Run | None:
        return last(self._home.checks, NODE)

    def all(self, limit: int) -> tuple[Run, ...]:
        """The newest first."""
        found = runs(self._home.checks, NODE)
        return tuple(run for run, _ in zip(found, range(limit), strict=False))

    def routes(self, limit: int) -> tuple[Run, ...]:
        """What probes in the segments found, the newest first."""
        found = runs(self._home.checks, SEGMENT)
        return tuple(run for run, _ in zip(found, range(limit), strict=False))

    def _look_after(self, now: datetime) -> None:
        if self._child is None:
            return
        if self.running:
            if now >= self._kill_at:
                self.stop()
                self._complain("it took longer than five minutes and was ended")
            return
        if self._child.returncode not in (0, 1):
            self._complain(f"it ended with status {self._child.returncode}; see check-filter.log")
        elif (newest := self.newest()) is not None and newest.at >= now - LONGEST - PAUSE:
            self._problem = ""
        else:
            self._complain("it left no record; see check-filter.log")
        self._child = None

    def _complain(self, why: str) -> None:
        self._problem = f"the check of the filter could not be made: {why}"
        log.warning("check of the filter", problem=why)
