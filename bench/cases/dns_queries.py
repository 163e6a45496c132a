"""Queries per second of one worker, beside other servers: same core, same list, same queries, alternating rounds.

200,000 listed names; 30 % of the queries are blocked, the others cached; 100 profiles, asked from four of them; the
query log is on. Every server must first prove that its answers are right. ROUNDS and SECONDS of the environment say
how often and how long each is asked.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import ask, servers
from bench.children import PYTHON, free_port, megabytes, running, two_cores
from bench.dnsperf import Generator, Round
from bench.measure import Goal, Measurement, Unmeasurable, rounds
from bench.names import made_up, write_lines
from bench.school_table import CLIENTS
from bench.servers import PEERS, Server, Setting
from bench.upstream import ADDRESS

LISTED, ALLOWED, QUERIES, BLOCKED_SHARE = 200_000, 4_000, 20_000, 0.3
SENDERS = CLIENTS[:4]
GOALS = {"dnsmasq": Goal(1.7), "unbound": Goal(1.0), "C echo": Goal(0.3)}
_COOKIE = ("-e", "-E", "10:0011223344556677")


@dataclass(frozen=True, slots=True)
class Names:
    listed: Sequence[str]
    allowed: Sequence[str]

    def queries(self) -> list[str]:
        """In one random order, for everybody."""
        dice = random.Random(3)
        blocked = int(QUERIES * BLOCKED_SHARE)
        asked = [*dice.sample(self.listed, blocked), *dice.choices(self.allowed, k=QUERIES - blocked)]
        dice.shuffle(asked)
        return asked


def measure() -> Iterator[Measurement]:
    core, other = two_cores()
    listed = made_up(LISTED, seed=1)
    names = Names(listed, made_up(ALLOWED, seed=2, besides=listed))
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        place, upstream = Path(folder), free_port()
        queries = write_lines(place / "queries.txt", (f"{name} A" for name in names.queries()))
        block_list = write_lines(place / "block-list.txt", names.listed)
        stack.enter_context(running((*PYTHON, "bench.upstream", str(upstream)), place / "upstream.log", other))
        setting = Setting(place, core, upstream, names.listed, block_list)
        ours = stack.enter_context(servers.caretaker(setting))
        quiet = stack.enter_context(servers.caretaker(setting, "caretaker without log", query_log=False))
        peers, absent = _peers(setting, stack)
        everybody = (ours, quiet, *peers)
        generator = Generator(other, SENDERS)
        for server in everybody:
            _answers_rightly(server, names)
            generator.once_through(server, queries)
        taken = _alternating(everybody, generator, queries)
        yield from _beside_peers(ours, quiet, peers, taken)
        yield from absent
        yield _memory(ours, "RSS of a worker after plain queries")
        yield from _variations(ours, generator, names, taken[ours.name], place)
        yield from _misses(ours, peers, generator, place)
        yield _memory(ours, "RSS of a worker after all this")


def _peers(setting: Setting, stack: ExitStack) -> tuple[list[Server], list[Measurement]]:
    found, absent = list[Server](), list[Measurement]()
    for start in PEERS:
        try:
            found.append(stack.enter_context(start(setting)))
        except Unmeasurable as reason:
            absent.append(Measurement(f"beside {start.__name__}", 0.0, "", note=f"not measured: {reason}"))
    return found, absent


def _answers_rightly(server: Server, names: Names) -> None:
    """Raises RuntimeError: what answers wrongly is not worth measuring."""
    if not server.filters:
        return
    for client in (CLIENTS[0], CLIENTS[-1]):
        with ask.connected(client, ("127.0.0.1", server.port)) as sock:
            for name in (*names.listed[:20], f"below.{names.listed[-1]}"):
                heard = ask.heard(ask.ask(sock, ask.query(name)))
                if heard.answers or heard.address:
                    raise RuntimeError(f"{server.name} answers {name}, which is listed, with {heard}")
            for name in names.allowed[:20]:
                heard = ask.heard(ask.ask(sock, ask.query(name)))
                if heard.address != ADDRESS:
                    raise RuntimeError(f"{server.name} answers {name}, which is not listed, with {heard}")
            if ask.is_spoken_to(sock):
                raise RuntimeError(f"{server.name} answers a query twice")


def _alternating(everybody: Sequence[Server], generator: Generator, queries: Path) -> Mapping[str, list[Round]]:
    taken: dict[str, list[Round]] = {server.name: [] for server in everybody}
    for _ in range(rounds("ROUNDS", 3)):
        for server in everybody:
            taken[server.name].append(generator.as_fast_as_possible(server, queries, rounds("SECONDS", 3)))
    return taken


def _beside_peers(
    ours: Server, quiet: Server, peers: Sequence[Server], taken: Mapping[str, list[Round]]
) -> Iterator[Measurement]:
    mine = taken[ours.name]
    # Where whoever asks is the slower of the two, CPU time tells more than queries per second.
    for peer in peers:
        theirs = taken[peer.name]
        memory = f"{_told(theirs)}, RSS {megabytes(peer.pid):.0f} MB"
        yield Measurement(
            "DNS queries", _speed(mine), "q/s", True, peer.name, _speed(theirs), memory, GOALS.get(peer.name)
        )
        yield Measurement("CPU of a DNS query", _cpu(mine), "µs", False, peer.name, _cpu(theirs))
    without, told = taken[quiet.name], f"{_told(mine)}, RSS {megabytes(ours.pid):.0f} MB"
    yield Measurement("DNS queries", _speed(mine), "q/s", True, "log off", _speed(without), told, Goal(0.85))


def _variations(
    ours: Server, generator: Generator, names: Names, plain: Sequence[Round], place: Path
) -> Iterator[Measurement]:
    """What must cost nothing more. Each once, after one that warms up."""
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
        found = generator.as_fast_as_possible(ours, queries, rounds("SECONDS", 3), *more)
        # Issue: at most 1.2 times the CPU time of plain queries.
        yield Measurement(f"CPU: {kind}", found.cpu * 1e6, "µs", False, "plain", _cpu(plain), "", Goal(1 / 1.2))


def _misses(ours: Server, peers: Sequence[Server], generator: Generator, place: Path) -> Iterator[Measurement]:
    """Names that nobody asked for before, each once, through the same upstream."""
    fresh = made_up(600_000, seed=5)
    peer = next((peer for peer in peers if peer.name == "unbound"), None)
    one = Generator(generator.core, SENDERS[:1])
    speeds = []
    for server in (ours, *((peer,) if peer else ())):
        queries = write_lines(place / f"fresh-{server.name}.txt", (f"{name} A" for name in fresh))
        speeds.append(one.as_fast_as_possible(server, queries, rounds("SECONDS", 3)))
    theirs = speeds[1].per_second if peer else None
    # Unbound may wait for the upstream, which shares a core with dnsperf: the CPU time tells.
    told = f"CPU {' and '.join(f'{each.cpu * 1e6:.0f}' for each in speeds)} µs, {speeds[0].lost} lost"
    yield Measurement(
        "DNS queries nobody asked before", speeds[0].per_second, "q/s", True, "unbound", theirs, told, Goal(0.3)
    )


def _memory(ours: Server, name: str) -> Measurement:
    return Measurement(name, megabytes(ours.pid), "MB", goal=Goal(150, "value"), note="goal: with 1 M names")


def _speed(taken: Sequence[Round]) -> float:
    return median(each.per_second for each in taken)


def _cpu(taken: Sequence[Round]) -> float:
    return median(each.cpu for each in taken) * 1e6


def _told(taken: Sequence[Round]) -> str:
    speeds = [each.per_second / 1e3 for each in taken]
    return f"rounds {min(speeds):.0f}–{max(speeds):.0f} k, {sum(each.lost for each in taken)} lost"
