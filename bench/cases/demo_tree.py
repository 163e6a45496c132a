"""How soon `caretaker up --demo` answers, and how much memory each of its processes takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import ask
from bench.children import PYTHON, free_port, megabytes, running
from bench.demo import Demo, demo_school
from bench.measure import Goal, Measurement, rounds

_A_DAY_OF_QUERIES = 2_000


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder:
        place, upstream = Path(folder), free_port()
        with running((*PYTHON, "bench.upstream", str(upstream)), place / "upstream.log"):
            with demo_school(place, upstream) as demo:
                yield Measurement("demo school: first start", demo.seconds, "s", note="lists, keys, database are made")
            warm = [_warm_start(place, upstream) for _ in range(rounds("STARTS", 3) - 1)]
            with demo_school(place, upstream) as demo:
                warm.append(demo.seconds)
                told = f"median of {len(warm)}, worst {max(warm):.1f}"
                yield Measurement("demo school: warm start", median(warm), "s", note=told, goal=Goal(5, "value"))
                _use(demo)
                yield from _memory(demo)


def _warm_start(place: Path, upstream: int) -> float:
    with demo_school(place, upstream) as demo:
        return demo.seconds


def _use(demo: Demo) -> None:
    """Some queries and pages, so that what is loaded late is there."""
    for number in range(_A_DAY_OF_QUERIES):
        with ask.connected(f"127.30.0.{11 + number % 5}", demo.dns) as sock:
            ask.ask(sock, ask.query(f"name-{number % 300}.example.org"))
    for page in ("/devices", "/windows", "/audit", "/enforcement-points", "/plan"):
        demo.get(page)


def _memory(demo: Demo) -> Iterator[Measurement]:
    taken = [(role, megabytes(pid)) for role, pid in demo.processes()]
    for role, value in taken:
        yield Measurement(f"RSS: {role}", value, "MB")
    yield Measurement("RSS: all processes", sum(value for _, value in taken), "MB", note="shared pages counted twice")
