"""What becomes of queries in other forms, of names that nobody asked before, and what the query log costs.

For each engine, asked by dnsperf: `bench.workload` says what. Every server must first prove that its answers are
right. `dns_engines` has the queries per second beside other servers. ROUNDS and SECONDS of the environment say how
often and how long each is asked.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import servers
from bench.cases.dns_engines import ENGINES, cpu, engines, speed, told
from bench.dnsperf import Generator, Round
from bench.measure import Goal, Measurement, Unmeasurable, going_on, rounds
from bench.names import made_up, write_lines
from bench.peers import unbound
from bench.servers import Server
from bench.workload import Names, Workload, check, workload

_COOKIE = ("-e", "-E", "10:0011223344556677")
_FRESH, _LONG = 200_000, 12.0
"""Names for a round; and seconds, longer than the query log may gather what it writes."""


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        work = stack.enter_context(workload(Path(folder)))
        ours, missing = engines(work.setting, stack)
        yield from missing
        for server in ours:
            check(server, work.names)
            work.generator.once_through(server, work.queries)
        taken = _alternating(ours, work)
        for server in ours:
            yield from _variations(server, work.generator, work.names, taken[server.name], work.place)
        yield from _misses(ours, work, stack)
        for server, engine in zip(ours, ENGINES[-len(ours) :], strict=True):
            name = f"{server.name}, log off"
            quiet = stack.enter_context(servers.caretaker(work.setting, name, query_log=False, engine=engine))
            yield _log(server, quiet, work)


def _alternating(ours: Sequence[Server], work: Workload) -> Mapping[str, list[Round]]:
    taken: dict[str, list[Round]] = {server.name: [] for server in ours}
    for number in range(count := rounds("ROUNDS", 5)):
        going_on(f"round {number + 1} of {count}: {', '.join(taken)}")
        for server in ours:
            taken[server.name].append(work.generator.as_fast_as_possible(server, work.queries, rounds("SECONDS", 3)))
    return taken


def _log(ours: Server, quiet: Server, work: Workload) -> Measurement:
    """In rounds that the log must write in: shorter ones can end before it does."""
    for server in (ours, quiet):
        work.generator.once_through(server, work.queries)
        work.generator.as_fast_as_possible(server, work.queries, rounds("SECONDS", 3))
    taken = [work.generator.as_fast_as_possible(server, work.queries, _LONG) for server in (ours, quiet)]
    used = f"CPU {' and '.join(f'{each.cpu * 1e6:.2f}' for each in taken)} µs, rounds of {_LONG:.0f} s"
    return Measurement(
        f"{ours.name}: DNS queries", taken[0].per_second, "q/s", True, quiet.name, taken[1].per_second, used, Goal(0.85)
    )


def _variations(
    ours: Server, generator: Generator, names: Names, plain: Sequence[Round], place: Path
) -> Iterator[Measurement]:
    """What must cost nothing more. Three rounds each, after one that warms up."""
    dice, asked = random.Random(4), names.queries()
    mixed = ("".join(dice.choice((c.lower(), c.upper())) for c in name) for name in asked)
    listed = set(names.listed)
    below = (f"{dice.randbytes(6).hex()}.{name}" if name in listed else name for name in dice.choices(asked, k=400_000))
    usual = place / "queries.txt"
    kinds: Mapping[str, tuple[Path, Sequence[str]]] = {
        "EDNS": (usual, ("-e",)),
        "cookies": (usual, _COOKIE),
        "0x20": (write_lines(place / "mixed.txt", (f"{name} A" for name in mixed)), ()),
        "random names below listed ones": (write_lines(place / "below.txt", (f"{name} A" for name in below)), ()),
    }
    for kind, (queries, more) in kinds.items():
        generator.once_through(ours, usual, *more)
        # What was remembered in the form before makes way: measured is the time after that.
        generator.as_fast_as_possible(ours, usual, rounds("SECONDS", 3), *more)
        found = [generator.as_fast_as_possible(ours, queries, rounds("SECONDS", 3), *more) for _ in range(3)]
        # Issue: at most 1.2 times the CPU time of plain queries.
        yield Measurement(f"{ours.name}: CPU, {kind}", cpu(found), "µs", False, "plain", cpu(plain), "", Goal(1 / 1.2))


def _misses(ours: Sequence[Server], work: Workload, stack: ExitStack) -> Iterator[Measurement]:
    """Names that nobody asked for before, each once, through the same upstream, in alternating rounds."""
    fresh, one = made_up(3 * _FRESH, seed=5), Generator(work.generator.core, work.generator.addresses[:1])
    everybody, absent = [*ours], ""
    try:
        everybody.append(stack.enter_context(unbound(work.setting)))
    except Unmeasurable as reason:
        absent = f"unbound not measured: {reason}"
    taken: dict[str, list[Round]] = {each.name: [] for each in everybody}
    for number in range(3):
        some = (f"{name} A" for name in fresh[number * _FRESH : (number + 1) * _FRESH])
        queries = write_lines(work.place / f"fresh-{number}.txt", some)
        for server in everybody:
            taken[server.name].append(one.as_fast_as_possible(server, queries, rounds("SECONDS", 3)))
    theirs = taken.get("unbound")
    for server in ours:
        mine = taken[server.name]
        # Unbound may wait for the upstream, which shares a core with dnsperf: the CPU time tells.
        used = " and ".join(f"{cpu(each):.0f}" for each in (mine, theirs) if each)
        yield Measurement(
            f"{server.name}: DNS queries nobody asked before", speed(mine), "q/s", True, "unbound",
            speed(theirs) if theirs else None, absent or f"CPU {used} µs, {told(mine)}", Goal(0.3),
        )  # fmt: skip
