"""From an accepted request to open (or end) a lesson to another verdict at every worker, under load.

The clock starts when 202 has come. Year 4 has no lesson in the timetable and reaches learning sites only; a lesson
opens the rest. Each worker is asked about a thousand times a second; 1,000 queries a second of others go on
meanwhile. FLIPS of the environment says how many rounds.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.children import PYTHON, free_port, running
from bench.demo import Demo, demo_school, wait_for
from bench.measure import Measurement, rounds, spread
from bench.verdicts import Watch, is_answered, sockets_of_workers

GROUP, SITE = "year-4", "wikipedia.org"
WATCHING = tuple(f"127.4.0.{11 + number}" for number in range(23))
OTHERS = tuple(f"127.{year}.0.{11 + number}" for year in (1, 3, 5, 6) for number in range(15))
LOAD = 1_000
_LIMIT = 1.0
"""Seconds: the specification's goal, for every round."""


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        place, upstream = Path(folder), free_port()
        stack.enter_context(running((*PYTHON, "bench.upstream", str(upstream)), place / "upstream.log"))
        demo = stack.enter_context(demo_school(place, upstream))
        watches = [
            stack.enter_context(Watch(sockets, SITE, is_answered))
            for sockets in sockets_of_workers(WATCHING, demo.dns, demo.workers())
        ]
        load = place / "load.log"
        words = (*PYTHON, "bench.load", demo.dns[0], str(demo.dns[1]), str(LOAD), *OTHERS)
        with running(words, load):
            opened, ended, accepted = _flips(demo, watches, rounds("FLIPS", 50))
        told = json.loads(load.read_text())
    lost = f"{told['lost']} of {told['sent']:,} other queries lost, {told['failed']} failed"
    if told["twice"]:
        raise RuntimeError(f"{told['twice']} of {told['sent']} queries were answered twice")
    workers = f"all {len(watches)} workers"
    yield from spread(f"lesson opened, {workers} answer", opened, lost, worst=_LIMIT)
    yield from spread(f"lesson ended, {workers} block", ended, worst=_LIMIT)
    yield spread("POST /windows, until 202", accepted)[0]


def _flips(demo: Demo, watches: Sequence[Watch], count: int) -> tuple[list[float], list[float], list[float]]:
    opened, ended, accepted = list[float](), list[float](), list[float]()
    dice = random.Random(7)
    _wait_until(watches, False)
    for _ in range(count):
        time.sleep(dice.uniform(0.05, 0.15))  # never in step with the filter's own look-out
        asked = time.perf_counter()
        window = demo.post("/windows", group=GROUP, minutes=30, why="bench")["id"]
        accepted.append(time.perf_counter() - asked)
        opened.append(_after(time.perf_counter(), watches, True))
        time.sleep(dice.uniform(0.05, 0.15))
        demo.post(f"/windows/{window}/end")
        ended.append(_after(time.perf_counter(), watches, False))
    return opened, ended, accepted


def _after(accepted: float, watches: Sequence[Watch], wanted: bool) -> float:
    """Seconds from then to the last worker's change; none where they were quicker than the answer to the request."""
    _wait_until(watches, wanted)
    return max(0.0, *((watch.since(wanted) or accepted) - accepted for watch in watches))


def _wait_until(watches: Sequence[Watch], wanted: bool) -> None:
    what = f"{SITE} {'answered' if wanted else 'blocked'} at every worker"
    wait_for(lambda: all(watch.since(wanted) is not None for watch in watches), what)
