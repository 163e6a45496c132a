"""A write to the disk that goes wrong, or is the last one, by injection with strace: every one that a writer makes. ●

`python -m tests.faults.injected FOLDER HOW_MANY SEED` runs each writer of `disk_writers.py` again and again, each time
in a copy of the same folder and with another call that fails or kills, and says a line of JSON for each run. HOW_MANY
is a number or `all`. The parent imports everything once; strace is attached to a child that waits for it.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.disk_writers import WRITERS, Writer

ERRORS = ("EIO", "ENOSPC", "EINTR")
FAILING = ("write", "pwrite64", "fsync", "fdatasync", "rename", "openat", "link", "ftruncate")
"""Calls that are made to fail. Killed is a process before any of these and before what takes a file away."""
CALLS = (*FAILING, "unlink")
SPELLINGS = {"renameat": "rename", "renameat2": "rename", "linkat": "link", "unlinkat": "unlink"}
"""How a call is named on other machines."""
READY = b"!"
_LINE = re.compile(r"^(?:\d+ +)?([a-z0-9]+)\(")
_ANY_TRACER = 0x59616D61, 2**64 - 1
"""prctl(2), PR_SET_PTRACER: where Yama lets only parents trace, this child lets strace, which is its sister."""


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one run. `status` below 0: killed. `kept`: what was acknowledged."""

    case: str
    folder: str
    status: int
    kept: tuple[str, ...]
    refused: tuple[str, ...]
    errors: str
    hit: bool
    """Whether it came as far as the call that fails."""


def campaign(writer: Writer, folder: Path, how_many: str, seed: int) -> Iterator[Run]:
    before = folder / "before"
    before.mkdir()
    writer.prepare(before)
    # What is imported late is imported here: the disk that fails is the school's, not that of the programs.
    shutil.copytree(before, folder / "warm")
    writer.write(folder / "warm", lambda *_: None)
    counted = _traced(writer, _copied(before, folder / "counted"), "counted", folder / "calls")
    yield counted
    calls = Counter(map(_name, _calls(folder / "calls")))
    cases = [
        (call, number, how)
        for call in CALLS
        for number in range(1, calls[call] + 1)
        for how in ("signal=SIGKILL", *(f"error={error}" for error in ERRORS if call in FAILING))
    ]
    if how_many != "all":
        cases = random.Random(seed).sample(cases, min(int(how_many), len(cases)))
    for call, number, how in cases:
        case = f"{call}:{how}:when={number}"
        yield _traced(writer, _copied(before, folder / case.replace(":", "-")), case, folder / "trace")


def _copied(before: Path, to: Path) -> Path:
    return Path(shutil.copytree(before, to))


def _calls(trace: Path) -> Sequence[str]:
    return [found[1] for line in trace.read_text(errors="replace").splitlines() if (found := _LINE.match(line))]


def _name(call: str) -> str:
    return SPELLINGS.get(call, call)


def _traced(writer: Writer, folder: Path, case: str, trace: Path) -> Run:
    """One child under strace; `case` is what is injected, or the one run in which nothing is."""
    waits, go = os.pipe()
    ours, theirs = socket.socketpair()
    errors = trace.with_suffix(".errors")
    child = os.fork()
    if child == 0:
        ours.close()
        os.close(go)
        _child(writer, folder, waits, theirs, errors)
    theirs.close()
    os.close(waits)
    spelled = [f"?{each}" for each in (*CALLS, *SPELLINGS)]
    words = ["strace", "-o", str(trace), "-e", f"trace={','.join(spelled)}", "-p", str(child)]
    if case != "counted":
        call, rest = case.split(":", 1)
        names = ",".join(f"?{each}" for each in (call, *(odd for odd, usual in SPELLINGS.items() if usual == call)))
        words[3:3] = ["-e", f"inject={names}:{rest}"]
    # What it opens for itself is not to be counted.
    assert ours.recv(len(READY)) == READY
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as strace, ours:
        assert strace.stderr is not None
        attached = strace.stderr.readline()
        assert "attached" in attached, attached
        os.write(go, b"!")
        os.close(go)
        heard = b"".join(iter(lambda: ours.recv(65_536), b"")).decode()
        _, status = os.waitpid(child, 0)
    lines = [json.loads(line) for line in heard.splitlines()]
    kept, refused = (tuple(text for what, text in lines if what == kind) for kind in ("kept", "refused"))
    hit = any(mark in trace.read_text(errors="replace") for mark in ("(INJECTED)", "killed by SIGKILL"))
    return Run(case, str(folder), os.waitstatus_to_exitcode(status), kept, refused, errors.read_text(), hit)


def _child(writer: Writer, folder: Path, waits: int, out: socket.socket, errors: Path) -> None:
    """Never returns. What it says goes through a socket, which is no disk and none of the calls that fail."""
    status = 1
    try:
        shown = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(shown, 1)
        os.dup2(shown, 2)
        ctypes.CDLL(None).prctl(_ANY_TRACER[0], ctypes.c_ulong(_ANY_TRACER[1]))
        out.sendall(READY)
        os.read(waits, 1)
        writer.write(folder, _saying(out))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _saying(out: socket.socket) -> Callable[[str, str], None]:
    def say(what: str, text: str) -> None:
        out.sendall(json.dumps((what, text)).encode() + b"\n")

    return say


if __name__ == "__main__":
    place, how_many, seed = sys.argv[1:]
    for name, writer in WRITERS.items():
        (Path(place) / name).mkdir()
        for run in campaign(writer, Path(place) / name, how_many, int(seed)):
            print(json.dumps((name, asdict(run))), flush=True)
