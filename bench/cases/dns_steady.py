"""At 10,000 queries a second, far below what either can: how long one takes, beside Unbound; and while all changes.

While queries go on, the list is compiled again, with other names in it, and a table is pushed several times; both
are published as the product does it. Counted from the first query to the last: none may be lost.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bench.cases.dns_engines import engines
from bench.children import PYTHON, running, until
from bench.dnsperf import Steady
from bench.measure import Goal, Measurement, Unmeasurable, rounds
from bench.names import made_up, write_lines
from bench.peers import unbound
from bench.school_table import table
from bench.servers import Server
from bench.workload import Workload, check, workload
from controller.home import Home
from dns_filter import table_file

PER_SECOND, PUSHES = 10_000, 5
_ROUND, _ALL, _BETWEEN, _WITHIN = 3.0, 15.0, 0.7, 30.0


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        work = stack.enter_context(workload(Path(folder)))
        ours, missing = engines(work.setting, stack)
        yield from missing
        yield from _beside_unbound(ours, work, stack)
        for server, most in zip(ours, (5.0, 10.0)[-len(ours) :], strict=True):
            yield from _while_all_changes(server, work, Goal(most, "value"))


def _beside_unbound(ours: Sequence[Server], work: Workload, stack: ExitStack) -> Iterator[Measurement]:
    name = f"DNS at {PER_SECOND:,} q/s: median"
    everybody = [*ours]
    try:
        everybody.append(stack.enter_context(unbound(work.setting)))
    except Unmeasurable as reason:
        yield Measurement(name, 0.0, "", note=f"not measured: {reason}")
        return
    taken: dict[str, list[Steady]] = {server.name: [] for server in everybody}
    for server in everybody:
        check(server, work.names)
        work.generator.once_through(server, work.queries)
    for _ in range(rounds("ROUNDS", 5)):
        for server in everybody:
            with work.generator.steadily(server, work.queries, PER_SECOND, _ROUND) as ended:
                taken[server.name].append(ended())
    theirs = taken["unbound"]
    for server in ours:
        mine = taken[server.name]
        told, goal = f"p99 {_share(mine, 99):.0f} and {_share(theirs, 99):.0f} µs", Goal(1 / 1.2)
        yield Measurement(
            f"{server.name}: {name}", _share(mine, 50), "µs", False, "unbound", _share(theirs, 50), told, goal
        )


def _share(taken: Sequence[Steady], percent: float) -> float:
    """Microseconds, the median of the rounds."""
    return median(each.share(percent) for each in taken) * 1e6


def _while_all_changes(ours: Server, work: Workload, worst: Goal) -> Iterator[Measurement]:
    home = Home(work.place / ours.name)
    _change_the_list(work)
    with work.generator.steadily(ours, work.queries, PER_SECOND, _ALL) as ended:
        reloaded = _reload(home, work)
        for epoch in range(2, 2 + PUSHES):
            table_file.write(home.table, table(time.time()).model_copy(update={"epoch": epoch}))
            until(lambda epoch=epoch: _acknowledged(home)["epoch"] == epoch, _WITHIN, None, home.table)  # type: ignore[misc]
            time.sleep(_BETWEEN)
        taken = ended()
    told = f"list reloaded {reloaded:.1f} s after it changed, {PUSHES} pushes; worst {taken.latencies[-1] * 1e3:.0f} ms"
    name = f"{ours.name}: list reload and pushes at 10,000 q/s"
    yield Measurement(f"{name}: p99", taken.share(99) * 1e3, "ms", note=told, goal=worst)
    yield Measurement(
        f"{name}: lost", taken.lost, "queries", goal=Goal(0.0, "value"),
        note=f"of {len(taken.latencies):,}",
    )  # fmt: skip


def _change_the_list(work: Workload) -> None:
    """As many names as before, a hundredth of them others, none of them a name that is asked for."""
    asked = {*work.names.queries(), *work.names.allowed}
    going = [name for name in work.names.listed if name not in asked][: len(work.names.listed) // 100]
    gone = set(going)
    stay = [name for name in work.names.listed if name not in gone]
    write_lines(work.setting.block_list, (*stay, *made_up(len(going), seed=9, besides=(*asked, *stay))))


def _reload(home: Home, work: Workload) -> float:
    """Compile on the generator's core and wait until the worker has it. Seconds."""
    before, began = _acknowledged(home)["names"], time.perf_counter()
    # On what the generator leaves: one that has to wait for its core tells of late answers that were in time.
    words = (
        "chrt",
        "--idle",
        "0",
        *PYTHON,
        "dns_filter.compile_lists",
        str(home.names / "manifest.json"),
        str(home.names),
    )
    log = work.place / "compile.log"
    with running(words, log, work.generator.core) as child:
        if child.wait():
            raise RuntimeError(f"the list was not compiled again: {log.read_text()[-500:]}")
    until(lambda: _acknowledged(home)["names"] != before, _WITHIN, None, log)
    return time.perf_counter() - began


def _acknowledged(home: Home) -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads((home.acks / "0.json").read_text())
    return told
