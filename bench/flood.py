"""A generator faster than any server here: `flood.c`, which needs one system call for dozens of queries.

dnsperf takes two for each; on one core it sends some 200,000 a second, and whoever answers more is measured by it and
not by himself. Both ask the same: so many senders, so many queries open at once.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import ask
from bench.children import cpu_seconds
from bench.dnsperf import Round
from bench.packages import needed
from bench.servers import Server

OUTSTANDING = 50
"""Of each sender: what fits the receive buffer that a server has by default."""


@dataclass(frozen=True, slots=True)
class Flood:
    program: Path
    core: int
    addresses: Sequence[str]

    def as_fast_as_possible(self, server: Server, queries: Path, seconds: float) -> Round:
        words = ("taskset", "-c", str(self.core), str(self.program), str(server.port), f"{seconds:g}")
        before = cpu_seconds(server.pid)
        told: Mapping[str, float] = json.loads(
            subprocess.run(
                (*words, str(OUTSTANDING), str(queries), *self.addresses), stdout=subprocess.PIPE, check=True
            ).stdout
        )
        used = cpu_seconds(server.pid) - before
        if not told["completed"] or told["strange"] > told["completed"] / 100:
            raise RuntimeError(f"{server.name} did not answer what was asked: {told}")
        completed = told["completed"]
        return Round(completed / told["seconds"], lost=int(told["lost"]), cpu=used / completed, latency=0.0)


def built(place: Path, core: int, addresses: Sequence[str]) -> Flood:
    """Raises Unmeasurable without a compiler."""
    program = place / "flood"
    subprocess.run((needed("gcc", "gcc"), "-O2", "-o", program, Path(__file__).with_suffix(".c")), check=True)
    return Flood(program, core, addresses)


def write_queries(path: Path, names: Iterable[str]) -> Path:
    """Plain questions for addresses, as dnsperf asks them."""
    asked = (b"\0\0" + ask.query(name, edns=False) for name in names)
    path.write_bytes(b"".join(len(each).to_bytes(2) + each for each in asked))
    return path
