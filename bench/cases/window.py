"""From an accepted request to open (or end) a window to DNS and the gateway doing so.

In the demo the older pupils reach learning sites outside lessons, so the window that both points notice is a pause: it
closes everything, and its end opens again. The clock starts when 202 has come. Both workers are asked about a thousand
times a second each; the gateway's kernel is read over SSH with our own client, again and again: its figure holds
the time of one reading too. WINDOWS of the environment says how many rounds.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.cases.flip import WATCHING
from bench.children import PYTHON, free_port, running
from bench.demo import Demo, demo_school, wait_for
from bench.gateway_reader import GatewayReader, on_gateway
from bench.measure import Goal, Measurement, rounds, spread
from bench.verdicts import Watch, is_answered, sockets_of_workers

GROUP, SITE = "year-4", "bbc.co.uk"
_LIMIT = 1.0
"""Seconds: the goal for 99 of a hundred."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds, one for each round: closed by a pause, opened by its end; at DNS, at the gateway."""

    closed_dns: list[float] = field(default_factory=list)
    closed_gateway: list[float] = field(default_factory=list)
    opened_dns: list[float] = field(default_factory=list)
    opened_gateway: list[float] = field(default_factory=list)


def measure() -> Iterator[Measurement]:
    taken = Taken()
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        place, upstream = Path(folder), free_port()
        stack.enter_context(running((*PYTHON, "bench.upstream", str(upstream)), place / "upstream.log"))
        demo = stack.enter_context(demo_school(place, upstream))
        gateway = stack.enter_context(on_gateway(demo))
        watches = [
            stack.enter_context(Watch(sockets, SITE, is_answered))
            for sockets in sockets_of_workers(WATCHING, demo.dns, demo.workers())
        ]
        _rounds(demo, gateway, watches, rounds("WINDOWS", 50), taken)
    yield from spread("pause opened, DNS blocks", taken.closed_dns, worst=_LIMIT)
    yield from spread("pause opened, gateway closes", taken.closed_gateway, "read over SSH", worst=_LIMIT)
    yield from spread("pause ended, DNS answers", taken.opened_dns, worst=_LIMIT)
    yield from spread("pause ended, gateway lets out", taken.opened_gateway, "read over SSH", worst=_LIMIT)
    pairs = (
        *zip(taken.closed_dns, taken.closed_gateway, strict=True),
        *zip(taken.opened_dns, taken.opened_gateway, strict=True),
    )
    usual, worst = spread("window in force at both", [max(pair) for pair in pairs])
    yield usual
    note = f"{len(pairs)} changes; worst {worst.value:.0f} ms"
    yield Measurement(
        "window in force at both: p99", usual.spread["p99"], "ms", note=note, goal=Goal(1e3 * _LIMIT, "value")
    )


def _rounds(demo: Demo, gateway: GatewayReader, watches: list[Watch], count: int, taken: Taken) -> None:
    dice = random.Random(11)
    _wait(gateway, watches, True)
    for _ in range(count):
        time.sleep(dice.uniform(0.05, 0.15))  # never in step with anybody's own look-out
        window = demo.post("/windows", group=GROUP, minutes=30, kind="pause", why="bench")["id"]
        _take(gateway, watches, False, taken.closed_dns, taken.closed_gateway)
        time.sleep(dice.uniform(0.05, 0.15))
        demo.post(f"/windows/{window}/end")
        _take(gateway, watches, True, taken.opened_dns, taken.opened_gateway)


def _take(gateway: GatewayReader, watches: list[Watch], wanted: bool, dns: list[float], out: list[float]) -> None:
    accepted = time.perf_counter()
    wait_for(lambda: _is(gateway, wanted), "the gateway following")
    out.append(time.perf_counter() - accepted)
    _wait(gateway, watches, wanted)
    dns.append(max(0.0, *((watch.since(wanted) or accepted) - accepted for watch in watches)))


def _wait(gateway: GatewayReader, watches: list[Watch], wanted: bool) -> None:
    wait_for(lambda: _is(gateway, wanted), "the gateway being as the beginning wants it")
    wait_for(lambda: all(watch.since(wanted) is not None for watch in watches), "every worker following")


def _is(gateway: GatewayReader, wanted: bool) -> bool:
    """Whether all that are watched are let out, or none of them."""
    out = gateway.let_out().keys() & set(WATCHING)
    return len(out) == len(WATCHING) if wanted else not out
