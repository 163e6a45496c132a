"""Both engines beside the servers of others, all of them under more queries than they can answer.

`bench.workload` says what is asked, and of what list. Every server has the same core for itself, one after another, in
alternating rounds; every one must first prove that its answers are right. Ours write their query log, the others none.
ROUNDS and SECONDS of the environment say how often and how long each is asked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import flood, servers
from bench.children import megabytes
from bench.dnsperf import Round
from bench.flood import Flood
from bench.measure import Goal, Measurement, Unmeasurable, going_on, rounds
from bench.peers import PEERS
from bench.servers import Server, Setting
from bench.workload import SENDERS, Workload, check, workload
from dns_filter.engine import EngineName

FAST = {
    "dnsdist CDB": Goal(1.1), "PowerDNS RPZ": Goal(1.4), "unbound": Goal(1.7), "dnsmasq": Goal(3.0),
    "C echo": Goal(0.5),
}  # fmt: skip
REFERENCE = {"dnsmasq": Goal(1.7), "unbound": Goal(1.0), "dnsdist CDB": Goal(0.65), "C echo": Goal(0.3)}


ENGINES: tuple[EngineName, ...] = ("fast", "reference")


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        work = stack.enter_context(workload(Path(folder)))
        generator = flood.built(work.place, work.generator.core, SENDERS)
        ours, missing = engines(work.setting, stack)
        others, absent = peers(work.setting, stack)
        everybody = (*ours, *others)
        for server in everybody:
            check(server, work.names)
            work.generator.once_through(server, work.queries)
        taken = _alternating(everybody, work, generator)
        for server, goals in zip(ours, (FAST, REFERENCE) if len(ours) > 1 else (REFERENCE,), strict=True):
            yield from _beside(server, others, taken, goals)
        yield from _of_ours(ours, taken)
        yield from (*missing, *absent)
        yield from _generators(others, work, taken)


def engines(setting: Setting, stack: ExitStack) -> tuple[list[Server], list[Measurement]]:
    """Fast and reference, or the reference alone and why."""
    try:
        fast = [stack.enter_context(servers.caretaker(setting, "fast engine", engine="fast"))]
        missing = []
    except Unmeasurable as reason:
        fast, missing = [], [Measurement("fast engine", 0.0, "", note=f"not measured: {reason}")]
    return [*fast, stack.enter_context(servers.caretaker(setting, "reference"))], missing


def peers(setting: Setting, stack: ExitStack) -> tuple[list[Server], list[Measurement]]:
    """Those that this machine has, and for each of the rest why not."""
    found, absent = list[Server](), list[Measurement]()
    for start in PEERS:
        try:
            found.append(stack.enter_context(start(setting)))
        except Unmeasurable as reason:
            absent.append(Measurement(f"beside {start.__name__}", 0.0, "", note=f"not measured: {reason}"))
    return found, absent


def _alternating(everybody: Sequence[Server], work: Workload, generator: Flood) -> Mapping[str, list[Round]]:
    queries = flood.write_queries(work.place / "queries.wire", work.names.queries())
    taken: dict[str, list[Round]] = {server.name: [] for server in everybody}
    for server in everybody:
        generator.as_fast_as_possible(server, queries, 0.5)
    for number in range(count := rounds("ROUNDS", 5)):
        going_on(f"round {number + 1} of {count}: {', '.join(server.name for server in everybody)}")
        for server in everybody:
            taken[server.name].append(generator.as_fast_as_possible(server, queries, rounds("SECONDS", 3)))
    return taken


def _beside(
    ours: Server, others: Sequence[Server], taken: Mapping[str, list[Round]], goals: Mapping[str, Goal]
) -> Iterator[Measurement]:
    mine = taken[ours.name]
    for peer in others:
        theirs = taken[peer.name]
        note = f"{told(theirs)}, RSS {megabytes(peer.pid):.0f} MB"
        goal = goals.get(peer.name)
        yield Measurement(f"{ours.name}: DNS queries", speed(mine), "q/s", True, peer.name, speed(theirs), note, goal)
        yield Measurement(f"{ours.name}: CPU of one", cpu(mine), "µs", False, peer.name, cpu(theirs))


def _of_ours(ours: Sequence[Server], taken: Mapping[str, list[Round]]) -> Iterator[Measurement]:
    for server in ours:
        note = f"{told(taken[server.name])}, CPU {cpu(taken[server.name]):.2f} µs a query"
        yield Measurement(f"{server.name}: RSS, list of 200 k", megabytes(server.pid), "MB", note=note)


def _generators(others: Sequence[Server], work: Workload, taken: Mapping[str, list[Round]]) -> Iterator[Measurement]:
    """How much dnsperf gets out of a server that does nothing: faster ones it cannot tell apart."""
    for echo in (each for each in others if not each.filters):
        slow = [work.generator.as_fast_as_possible(echo, work.queries, rounds("SECONDS", 3)) for _ in range(3)]
        yield Measurement(
            "generator: C echo asked by dnsperf", speed(slow), "q/s", True, "asked by flood", speed(taken[echo.name])
        )


def speed(taken: Sequence[Round]) -> float:
    return median(each.per_second for each in taken)


def cpu(taken: Sequence[Round]) -> float:
    return median(each.cpu for each in taken) * 1e6


def told(taken: Sequence[Round]) -> str:
    speeds = [each.per_second / 1e3 for each in taken]
    return f"rounds {min(speeds):.0f}–{max(speeds):.0f} k, {sum(each.lost for each in taken)} lost"
