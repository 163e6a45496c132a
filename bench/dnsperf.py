"""dnsperf as the generator: several at once, each from an address of its own, all on one core."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.children import cpu_seconds
from bench.packages import needed
from bench.servers import Server

_ANSWERED = re.compile(r"^> [A-Z]+ \S+ \S+ ([\d.]+)$", re.MULTILINE)
_NUMBERS = {
    "lost": re.compile(r"Queries lost:\s+(\d+)"),
    "completed": re.compile(r"Queries completed:\s+(\d+)"),
    "seconds": re.compile(r"Run time \(s\):\s+([\d.]+)"),
    "latency": re.compile(r"Average Latency \(s\):\s+([\d.]+)"),
}


@dataclass(frozen=True, slots=True)
class Round:
    """`cpu` is in seconds for one query, of the server's process alone."""

    per_second: float
    lost: int
    cpu: float
    latency: float


@dataclass(frozen=True, slots=True)
class Steady:
    """`latencies` in seconds, in order of size."""

    latencies: Sequence[float]
    lost: int

    def share(self, percent: float) -> float:
        """Within this time so many of a hundred were answered."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))]


@dataclass(frozen=True, slots=True)
class Generator:
    """Where it runs and who it pretends to be."""

    core: int
    addresses: Sequence[str]

    def once_through(self, server: Server, queries: Path, *more: str) -> Round:
        """Every query of the file once, gently: what it asks is cached afterwards."""
        return self._run(server, queries, ("-n", "1", "-q", "30", *more))

    def as_fast_as_possible(self, server: Server, queries: Path, seconds: float, *more: str) -> Round:
        return self._run(server, queries, ("-l", f"{seconds:g}", "-q", "50", *more))

    @contextmanager
    def steadily(
        self, server: Server, queries: Path, per_second: int, seconds: float
    ) -> Iterator[Callable[[], Steady]]:
        """Queries go on beside the block; what it is given waits for their end and tells of each of them."""
        how = ("-l", f"{seconds:g}", "-Q", str(per_second), "-v", "-t", "1", "-a", self.addresses[0])
        with tempfile.TemporaryFile("w+") as said:
            child = subprocess.Popen(self._words(server, queries, how), stdout=said, stderr=subprocess.DEVNULL)
            try:
                yield lambda: _every_one(child, said)
            finally:
                child.kill()
                child.wait()

    def _words(self, server: Server, queries: Path, how: Sequence[str]) -> Sequence[str]:
        pinned = ("taskset", "-c", str(self.core), needed("dnsperf", "dnsperf"))
        return (*pinned, "-s", "127.0.0.1", "-p", str(server.port), "-d", str(queries), "-c", "4", *how)

    def _run(self, server: Server, queries: Path, how: Sequence[str]) -> Round:
        words = (*self._words(server, queries, how), "-t", "1")
        before = cpu_seconds(server.pid)
        children = [
            subprocess.Popen((*words, "-a", address), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for address in self.addresses
        ]
        told = [_read(child.communicate()[0]) for child in children]
        used = cpu_seconds(server.pid) - before
        completed = sum(each["completed"] for each in told)
        if not completed:
            raise RuntimeError(f"{server.name} answered nothing that dnsperf asked")
        return Round(
            per_second=sum(each["completed"] / each["seconds"] for each in told),
            lost=int(sum(each["lost"] for each in told)),
            cpu=used / completed,
            latency=sum(each["latency"] * each["completed"] for each in told) / completed,
        )


def _every_one(child: subprocess.Popen[bytes], said: IO[str]) -> Steady:
    if child.wait():
        raise RuntimeError(f"dnsperf ended with status {child.returncode}")
    said.seek(0)
    return read_each(said.read())


def read_each(said: str) -> Steady:
    """What `dnsperf -v` says: a line for each answer, then the sums."""
    return Steady(sorted(float(seconds) for seconds in _ANSWERED.findall(said)), int(_read(said)["lost"]))


def _read(said: str) -> dict[str, float]:
    found = {name: pattern.search(said) for name, pattern in _NUMBERS.items()}
    return {name: float(match[1]) if match else 0.0 for name, match in found.items()}
