"""Network namespaces of the lab: commands in them, and sockets of this process in them. ●

The lab lives in a PID and a mount namespace of its own with an empty /run: when its first process ends, the kernel
takes away every process, mount, namespace and cable of it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PLACES = Path("/run/netns")
_NET = 0x40000000
"""CLONE_NEWNET of sched.h."""
_libc = ctypes.CDLL(None, use_errno=True)


class LabFailed(Exception):
    """A command of the lab did not do what it was told; the message is what it said."""


def run(*words: str, given: str | None = None, at: str | None = None) -> str:
    """One command, in the namespace `at`; what it says. Raises LabFailed."""
    done = subprocess.run(words_in(at, *words), input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabFailed(f"{' '.join(words)[:200]}: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def words_in(at: str | None, *words: str) -> Sequence[str]:
    return words if at is None else ("ip", "netns", "exec", at, *words)


def add(names: Iterable[str]) -> None:
    for name in names:
        run("ip", "netns", "add", name)


def batch(lines: Iterable[str], at: str | None = None) -> None:
    """Many commands of iproute2 in one process. Raises LabFailed at the first that fails."""
    text = "\n".join(lines)
    if text:
        run("ip", *(("-n", at) if at else ()), "-batch", "-", given=f"{text}\n")


def pids(name: str) -> Sequence[int]:
    return tuple(map(int, run("ip", "netns", "pids", name).split()))


def go_to(name: str) -> None:
    """This thread, and it alone, is in that namespace from now on."""
    descriptor = os.open(PLACES / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _set(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Sockets made meanwhile by this thread belong to that namespace, for as long as they live."""
    back = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        go_to(name)
        yield
    finally:
        _set(back)
        os.close(back)


def _set(descriptor: int) -> None:
    if _libc.setns(descriptor, _NET) != 0:
        number = ctypes.get_errno()
        raise LabFailed(f"setns: {os.strerror(number)}")
