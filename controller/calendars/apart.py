"""A calendar read in a process of its own, with an end to its time and its memory: a hostile file hangs nobody. ●"""

from __future__ import annotations

import resource
import subprocess
import sys
from datetime import date
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from controller.calendars.ics import Found, UnreadableCalendar, read_ics

DEADLINE = 30.0
"""Seconds; 20,000 events of a large school's year take some six."""
MEMORY = 1 << 30
_FOUND = TypeAdapter(Found)
_WORDS = (sys.executable, "-P", "-m", "controller.calendars.apart")


def read_apart(raw: bytes, zone: ZoneInfo, first: date, last: date, *, deadline: float = DEADLINE) -> Found:
    """As `read_ics`; raises UnreadableCalendar also where it took too long or too much."""
    words = (*_WORDS, zone.key, first.isoformat(), last.isoformat(), str(int(deadline) + 1))
    try:
        done = subprocess.run(words, input=raw, capture_output=True, timeout=deadline, check=False)
    except subprocess.TimeoutExpired:
        raise UnreadableCalendar(f"not read within {deadline:.0f} s; expected a calendar of a school") from None
    if done.returncode == 0:
        return _FOUND.validate_json(done.stdout)
    text = done.stdout.decode(errors="replace").strip()
    raise UnreadableCalendar(text or "it took too much time or memory; expected a calendar of a school")


def _main() -> int:
    _, zone, first, last, seconds = sys.argv
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    raw = sys.stdin.buffer.read()
    try:
        found = read_ics(raw, ZoneInfo(zone), date.fromisoformat(first), date.fromisoformat(last))
    except UnreadableCalendar as error:
        sys.stdout.write(str(error))
        return 1
    except (MemoryError, RecursionError):
        return 1
    sys.stdout.buffer.write(_FOUND.dump_json(found))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
