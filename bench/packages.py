"""Programs of others that a case is held against: found, or installed from Debian's packages where that is possible."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from bench.children import PROJECT, found
from bench.measure import Unmeasurable

_RULE = Path("/usr/sbin/policy-rc.d")


@lru_cache
def needed(command: str, package: str) -> str:
    """Where the command is. Raises Unmeasurable where it is missing and cannot be installed."""
    if (place := found(command)) is not None:
        return place
    if os.geteuid() != 0 or found("apt-get") is None:
        raise Unmeasurable(f"{command} is not installed: sudo apt-get install {package}")
    with _no_service_starts():
        installed = subprocess.run(
            (PROJECT / ".ci" / "apt-install", package), capture_output=True, text=True, check=False
        )
    if (place := found(command)) is None:
        last = installed.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise Unmeasurable(f"{command} is not installed, and apt-get could not install {package}: {last[0][:120]}")
    return place


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """A package's own server would take port 53 of this machine: the bench starts what it needs by itself."""
    ours = not _RULE.exists()
    if ours:
        _RULE.write_text("#!/bin/sh\nexit 101\n")
        _RULE.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            _RULE.unlink()
