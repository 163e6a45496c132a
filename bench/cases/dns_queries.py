"""Queries per second of one worker, beside other servers: same core, same list, same queries, alternating rounds.

`bench.workload` says what is asked. 100 profiles, asked from four of them; the query log is on. Every server must
first prove that its answers are right. ROUNDS and SECONDS of the environment say how often and how long each is
asked.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import servers
from bench.children import megabytes
from bench.dnsperf import Generator, Round
from bench.measure import Goal, Measurement, Unmeasurable, going_on, rounds
from bench.names import made_up, write_lines
from bench.peers import PEERS
from bench.servers import Server, Setting
from bench.workload import Names, Workload, check, workload

GOALS = {"dnsmasq": Goal(1.7), "unbound": Goal(1.0), "dnsdist CDB": Goal(0.65), "C echo": Goal(0.3)}
_COOKIE = ("-e", "-E", "10:0011223344556677")
_FRESH, _LONG = 200_000, 12.0
"""Names for a round; and seconds, longer than the query log may gather what it writes."""


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        work = stack.enter_context(workload(Path(folder)))
        ours = stack.enter_context(servers.caretaker(work.setting))
        peers, absent = _peers(work.setting, stack)
        everybody = (ours, *peers)
        for server in everybody:
            check(server, work.names)
            work.generator.once_through(server, work.queries)
        taken = _alternating(everybody, work)
        yield from _beside_peers(ours, peers, taken)
        yield from absent
        yield from _variations(ours, work.generator, work.names, taken[ours.name], work.place)
        yield from _misses(ours, peers, work.generator, work.place)
        yield _log(ours, stack.enter_context(servers.caretaker(work.setting, "log off", query_log=False)), work)


def _peers(setting: Setting, stack: ExitStack) -> tuple[list[Server], list[Measurement]]:
    found, absent = list[Server](), list[Measurement]()
    for start in PEERS:
        try:
            found.append(stack.enter_context(start(setting)))
        except Unmeasurable as reason:
            absent.append(Measurement(f"beside {start.__name__}", 0.0, "", note=f"not measured: {reason}"))
    return found, absent


def _alternating(everybody: Sequence[Server], work: Workload) -> Mapping[str, list[Round]]:
    taken: dict[str, list[Round]] = {server.name: [] for server in everybody}
    for number in range(count := rounds("ROUNDS", 5)):
        going_on(f"round {number + 1} of {count}: {', '.join(server.name for server in everybody)}")
        for server in everybody:
            taken[server.name].append(work.generator.as_fast_as_possible(server, work.queries, rounds("SECONDS", 3)))
    return taken


def _beside_peers(ours: Server, peers: Sequence[Server], taken: Mapping[str, list[Round]]) -> Iterator[Measurement]:
    mine = taken[ours.name]
    # Where whoever asks is the slower of the two, CPU time tells more than queries per second.
    for peer in peers:
        theirs = taken[peer.name]
        memory = f"{_told(theirs)}, RSS {megabytes(peer.pid):.0f} MB"
        yield Measurement(
            "DNS queries", _speed(mine), "q/s", True, peer.name, _speed(theirs), memory, GOALS.get(peer.name)
        )
        yield Measurement("CPU of a DNS query", _cpu(mine), "µs", False, peer.name, _cpu(theirs))


def _log(ours: Server, quiet: Server, work: Workload) -> Measurement:
    """In rounds that the log must write in: shorter ones can end before it does."""
    for server in (ours, quiet):
        work.generator.once_through(server, work.queries)
        work.generator.as_fast_as_possible(server, work.queries, rounds("SECONDS", 3))
    taken = [work.generator.as_fast_as_possible(server, work.queries, _LONG) for server in (ours, quiet)]
    told = f"CPU {' and '.join(f'{each.cpu * 1e6:.2f}' for each in taken)} µs, rounds of {_LONG:.0f} s"
    return Measurement(
        "DNS queries", taken[0].per_second, "q/s", True, quiet.name, taken[1].per_second, told, Goal(0.85)
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
        yield Measurement(f"CPU: {kind}", _cpu(found), "µs", False, "plain", _cpu(plain), "", Goal(1 / 1.2))


def _misses(ours: Server, peers: Sequence[Server], generator: Generator, place: Path) -> Iterator[Measurement]:
    """Names that nobody asked for before, each once, through the same upstream, in alternating rounds."""
    fresh, one = made_up(3 * _FRESH, seed=5), Generator(generator.core, generator.addresses[:1])
    taken: dict[str, list[Round]] = {each.name: [] for each in (ours, *peers) if each.name in (ours.name, "unbound")}
    for number in range(3):
        some = (f"{name} A" for name in fresh[number * _FRESH : (number + 1) * _FRESH])
        queries = write_lines(place / f"fresh-{number}.txt", some)
        for server in (each for each in (ours, *peers) if each.name in taken):
            taken[server.name].append(one.as_fast_as_possible(server, queries, rounds("SECONDS", 3)))
    mine, theirs = taken[ours.name], taken.get("unbound")
    peer = _speed(theirs) if theirs else None
    # Unbound may wait for the upstream, which shares a core with dnsperf: the CPU time tells.
    told = f"CPU {' and '.join(f'{_cpu(each):.0f}' for each in taken.values())} µs, {_told(mine)}"
    yield Measurement("DNS queries nobody asked before", _speed(mine), "q/s", True, "unbound", peer, told, Goal(0.3))


def _speed(taken: Sequence[Round]) -> float:
    return median(each.per_second for each in taken)


def _cpu(taken: Sequence[Round]) -> float:
    return median(each.cpu for each in taken) * 1e6


def _told(taken: Sequence[Round]) -> str:
    speeds = [each.per_second / 1e3 for each in taken]
    return f"rounds {min(speeds):.0f}–{max(speeds):.0f} k, {sum(each.lost for each in taken)} lost"
