"""Processes that the bench starts: on which core, how much of it they use, how much memory, and that they end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Unmeasurable

PYTHON = (sys.executable, "-P", "-m")
PROJECT = Path(__file__).resolve().parent.parent
_TICK = os.sysconf("SC_CLK_TCK")
_LEAVE_WITHIN = 10.0


class DidNotStart(RuntimeError):
    """A process ended, or gave no sign in time; the text holds the end of what it said."""


def found(command: str) -> str | None:
    """Where a command is; also those for administrators, which a user's PATH leaves out."""
    return shutil.which(command, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))


def two_cores() -> tuple[int, int]:
    """One core for what is measured, one for what asks it. Raises Unmeasurable on a machine with one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise Unmeasurable("needs two cores: one for the server, one for whoever asks")
    return cores[0], cores[1]


@contextmanager
def running(words: Sequence[str], log: Path, core: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process (and what it starts) on `core`, ended when the block ends, however that is."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    pinned = () if core is None else ("taskset", "-c", str(core))
    with log.open("ab") as said:
        child = subprocess.Popen(
            (*pinned, *words), stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, cwd=log.parent
        )
    try:
        yield child
    finally:
        end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """As a person would; after ten seconds by force, with everything below it."""
    below = descendants(child.pid)
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(_LEAVE_WITHIN)
    except subprocess.TimeoutExpired:
        for pid in (child.pid, *below):
            _kill(pid)
        child.wait()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def until(true: Callable[[], bool], within: float, child: subprocess.Popen[bytes] | None, log: Path) -> None:
    """Wait for a sign of life. Raises DidNotStart."""
    last = time.monotonic() + within
    while not true():
        ended = child is not None and child.poll() is not None
        if ended or time.monotonic() > last:
            said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise DidNotStart(f"{log.stem} gave no sign of life:\n{said}")
        time.sleep(0.02)


def free_port(beside: int = 0) -> int:
    """A port that is free now on UDP and TCP of 127.0.0.1, and so are the `beside` ones after it."""
    for _ in range(200):
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", 0))
            port = int(trial.getsockname()[1])
        if all(_is_free(port + number) for number in range(beside + 1)):
            return port
    raise Unmeasurable(f"no {beside + 1} free ports in a row on 127.0.0.1")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                return False
    return True


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def megabytes(pid: int, of: str = "VmRSS") -> float:
    """Memory in 10^6 octets: `VmRSS` now, `VmHWM` the most it ever was."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1.024e-3 for line in lines if line.startswith(f"{of}:")), 0.0)


def descendants(pid: int) -> list[int]:
    """Every process below this one."""
    parents = dict(_parents())
    below, last = [pid], 0
    while last < len(below):
        below += [child for child, parent in parents.items() if parent == below[last]]
        last += 1
    return below[1:]


def cost(words: Sequence[str], output: Path | None = None) -> tuple[float, float]:
    """Run a program to its end: seconds, and the most memory it took in 10^6 octets."""
    began, most = time.perf_counter(), 0.0
    with (output or Path(os.devnull)).open("wb") as said:
        child = subprocess.Popen(words, stdout=said, cwd=PROJECT)
        # Not what `wait4` tells: that begins with the memory of whoever started it.
        while child.poll() is None:
            most = max(most, megabytes(child.pid, "VmHWM"))
            time.sleep(0.005)
    if child.returncode:
        raise RuntimeError(f"{' '.join(words)[:200]} ended with status {child.returncode}")
    return time.perf_counter() - began, most


def command_line(pid: int) -> Sequence[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        yield int(stat.parent.name), int(fields[1])
