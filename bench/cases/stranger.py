"""A stranger's first packet: decided, in quarantine in DNS, and its port read back, with a hundred switches.

Everything runs in a network namespace of its own (`bench/stranger_school.py`): the whole of Caretaker with two
workers, a hundred simulated switches in another process, discovery on a wire, and somebody who looks at the console
and renews leases meanwhile. ROUNDS says how often (100).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence

from bench.children import PROJECT, PYTHON
from bench.measure import Goal, Measurement, Unmeasurable, rounds

_SETUP = (
    "ip link set lo up && ip link add wire type veth peer name far && ip link set wire up && ip link set far up && exec"
)
_ASKED = {
    "decided": ("stranger's first packet, decided", 50, (0.05, 50)),
    "dns": ("stranger's first packet, DNS says quarantine", 99, (0.25, 99)),
    "port": ("stranger at a port, quarantine read back", 95, (2.0, 95)),
}


def measure() -> Iterator[Measurement]:
    if os.geteuid() != 0:
        raise Unmeasurable("needs root: a network namespace with a wire of its own")
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder:
        words = " ".join((*PYTHON, "bench.stranger_school", str(rounds("ROUNDS", 100)), folder))
        done = subprocess.run(
            ["unshare", "--net", "sh", "-c", f"{_SETUP} {words}"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"the school of strangers ended with status {done.returncode}")
    found = json.loads(done.stdout)
    for name, (title, share, (most, _)) in _ASKED.items():
        yield _told(title, sorted(found[name]), share, most)


def _told(title: str, taken: Sequence[float], share: int, most: float) -> Measurement:
    at = {each: 1e3 * taken[min(len(taken) - 1, len(taken) * each // 100)] for each in (50, 95, 99)}
    note = f"p50 {at[50]:.0f}, p95 {at[95]:.0f}, p99 {at[99]:.0f}, worst {1e3 * taken[-1]:.0f}; {len(taken)} rounds"
    spread = {f"p{each}": value for each, value in at.items()}
    return Measurement(f"{title}: p{share}", at[share], "ms", note=note, goal=Goal(most * 1e3, "value"), spread=spread)
