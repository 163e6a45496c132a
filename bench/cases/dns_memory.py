"""Memory of one worker with a million listed names, after all kinds of queries have been asked of it.

Pages of the list are mapped and shared by all workers; here they are counted in the one.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench import servers
from bench.cases.dns_engines import ENGINES
from bench.children import megabytes
from bench.dnsperf import Generator
from bench.measure import Goal, Measurement, Unmeasurable, rounds
from bench.names import made_up, write_lines
from bench.workload import Workload, check, workload
from dns_filter.engine import EngineName

LISTED, FRESH = 1_000_000, 300_000
_GOAL = Goal(150.0, "value")
_RSS = "RSS of a worker, list of 1 M"


def measure() -> Iterator[Measurement]:
    for engine in ENGINES:
        try:
            yield from _of(engine)
        except Unmeasurable as reason:
            yield Measurement(f"{engine} engine: memory", 0.0, "", note=f"not measured: {reason}")


def _of(engine: EngineName) -> Iterator[Measurement]:
    name = f"{engine} engine: {_RSS}"
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        work = stack.enter_context(workload(Path(folder), LISTED))
        ours = stack.enter_context(servers.caretaker(work.setting, engine=engine))
        yield Measurement(f"{name}: at the start", megabytes(ours.pid), "MB", goal=_GOAL)
        check(ours, work.names)
        seconds = rounds("SECONDS", 3)
        for more in ((), ("-e",), ("-e", "-D")):
            work.generator.once_through(ours, work.queries, *more)
            work.generator.as_fast_as_possible(ours, work.queries, seconds, *more)
        yield Measurement(f"{name}: after usual queries", megabytes(ours.pid), "MB", goal=_GOAL)
        for queries in (_below(work), _fresh(work)):
            Generator(work.generator.core, work.generator.addresses[:1]).as_fast_as_possible(ours, queries, 3 * seconds)
        worst = f"most it ever was: {megabytes(ours.pid, 'VmHWM'):.0f}"
        yield Measurement(f"{name}: after floods too", megabytes(ours.pid), "MB", note=worst, goal=_GOAL)


def _below(work: Workload) -> Path:
    """Random names below listed ones."""
    dice = random.Random(4)
    asked = (f"{dice.randbytes(6).hex()}.{name} A" for name in dice.choices(work.names.listed, k=FRESH))
    return write_lines(work.place / "below.txt", asked)


def _fresh(work: Workload) -> Path:
    """Names that nobody asked for before."""
    return write_lines(work.place / "fresh.txt", (f"{name} A" for name in made_up(FRESH, seed=5)))
