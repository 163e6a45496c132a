"""Keeps the processes of one school running: starts them, hears when they are ready, restarts those that die.

A child tells its parent by one JSON line on its standard output that it is ready. Its standard input is a pipe
of the parent's: when the parent dies, even by kill -9, the pipe ends and the child ends itself. The filter is
the exception: it `outlives` its parent, since lessons must close on time with everything else dead.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

NOTE = "CARETAKER_NOTE"
"""Tells a child that outlives its parent the name of its note: a parent killed as it spawned one wrote none itself."""
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a child that keeps dying."""


class StartFailed(Exception):
    """A child ended or stayed silent before it was ready; the message holds the end of its log."""


class Ended(Exception):
    """A person asked for the end before everything was ready."""


@dataclass(slots=True)
class Child:
    """One process to keep running. `words` is its command line, `log` takes what it says on standard error."""

    name: str
    words: Sequence[str]
    log: Path
    outlives: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    ready: threading.Event = field(default_factory=threading.Event)
    starts: int = 0
    pause: float = 0.5
    due: float = 0.0
    listener: threading.Thread | None = None


class Supervisor:
    """`tell` receives one line for each thing a person should know. `monotonic` counts seconds.

    `asked_to_end` is looked at between two steps, so that no signal ever interrupts one: a child that was just begun
    and is in nobody's list would run for ever.
    """

    def __init__(
        self,
        run: Path,
        tell: Callable[[str], None],
        monotonic: Callable[[], float],
        asked_to_end: Callable[[], bool] = lambda: False,
    ) -> None:
        self._run, self._tell, self._monotonic, self._asked_to_end = run, tell, monotonic, asked_to_end
        self._children: list[Child] = []
        self._stop = threading.Event()

    def start(self, child: Child) -> None:
        self._children.append(child)
        self._spawn(child)

    def wait_ready(self, child: Child, seconds: float) -> Mapping[str, Any]:
        """What the child told of itself. Raises StartFailed when it ends first or says nothing in time, and Ended."""

        def answers() -> bool:
            if child.ready.is_set():
                return True
            if child.process is not None and child.process.poll() is not None:
                raise StartFailed(f"{child.name} did not start\n{_last_lines(child.log)}")
            return False

        self.wait_until(answers, seconds, lambda: f"{child.name} did not start\n{_last_lines(child.log)}")
        return child.told

    def wait_until(self, happened: Callable[[], bool], seconds: float, failed: Callable[[], str]) -> None:
        """Raises StartFailed with what `failed` says when the time is up, Ended when a person asked for the end."""
        end = self._monotonic() + seconds
        while not happened():
            if self._over():
                raise Ended
            if self._monotonic() > end:
                raise StartFailed(failed())
            self._stop.wait(0.02)

    def watch(self) -> None:
        """Restart what dies, until the end is asked for."""
        while not self._over():
            for child in self._children:
                self._tend(child)
            self._stop.wait(0.1)

    def _over(self) -> bool:
        return self._stop.is_set() or self._asked_to_end()

    def ask_to_stop(self) -> None:
        self._stop.set()

    def stop(self, seconds: float = 5.0) -> None:
        """End every child, the last started first; what does not end in time is killed."""
        self._stop.set()
        started = [child for child in reversed(self._children) if child.process is not None]
        for child in started:
            _signal(child, signal.SIGTERM)
        for child in started:
            _reap(child, seconds)
            note_of(self._run, child.name).unlink(missing_ok=True)

    def _tend(self, child: Child) -> None:
        if child.process is not None and child.process.poll() is not None:
            self._tell(f"{child.name} ended (status {child.process.returncode}); starting it again")
            _let_go(child)
            child.process, child.due = None, self._monotonic() + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
        if child.process is None and self._monotonic() >= child.due:
            self._spawn(child)

    def _spawn(self, child: Child) -> None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        child.ready.clear()
        with child.log.open("a") as log:
            child.process = subprocess.Popen(
                child.words,
                stdin=subprocess.DEVNULL if child.outlives else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
                env={**os.environ, **child.environment},
            )
        child.starts += 1
        write_note(self._run, child.name, child.process.pid)
        child.listener = threading.Thread(target=_listen, args=(child, child.process.stdout), daemon=True)
        child.listener.start()


def _listen(child: Child, lines: IO[str] | None) -> None:
    """Read the child's output to its end; its first JSON line says that it answers."""
    with lines or nullcontext(()) as said:
        for line in said:
            told = _json(line)
            if isinstance(told, dict):
                child.told, child.pause = told, 0.5
                child.ready.set()


def _json(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process is not None and child.process.poll() is None:
        child.process.send_signal(number)


def _reap(child: Child, seconds: float) -> None:
    if child.process is None:
        return
    try:
        child.process.wait(seconds)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()
    _let_go(child)


def _let_go(child: Child) -> None:
    """Close our end of the pipe of a child that is gone, and let its listener read to the end."""
    if child.process is not None and child.process.stdin is not None:
        child.process.stdin.close()
    if child.listener is not None:
        child.listener.join(2)


def _last_lines(log: Path, count: int = 12) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""


def note_of(run: Path, name: str) -> Path:
    return run / f"{name}.json"


def write_note(run: Path, name: str, pid: int) -> None:
    """Write down which process this is, so that a later start can find what outlived its parent."""
    run.mkdir(parents=True, exist_ok=True)
    unfinished = run / f".{name}.{os.getpid()}"
    unfinished.write_text(json.dumps({"pid": pid, "born": born(pid)}))
    unfinished.replace(note_of(run, name))  # supervisor and child may write at once


def note_myself(run: Path) -> None:
    """Write the note of this process, where a supervisor started it. Its own children must not take the name over."""
    if name := os.environ.pop(NOTE, ""):
        write_note(run, name, os.getpid())


def born(pid: int) -> str | None:
    """The kernel's start time of a process (field 22 of /proc/PID/stat), None where it does not run.

    A pid alone may have been given to a stranger since; pid and start time together name one process.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def leftover(run: Path, name: str) -> int | None:
    """The pid of a process of an earlier start that still runs."""
    try:
        note = json.loads(note_of(run, name).read_text())
    except (FileNotFoundError, ValueError):
        return None
    pid = int(note["pid"])
    return pid if note.get("born") is not None and born(pid) == note["born"] else None


def end_leftover(run: Path, name: str, wait: Callable[[float], object], seconds: float = 5.0) -> bool:
    """End a process that outlived an earlier start. True where there was one."""
    pid = leftover(run, name)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    for _ in range(int(seconds / 0.05)):
        if leftover(run, name) is None:
            return True
        wait(0.05)
    os.kill(pid, signal.SIGKILL)
    wait(0.2)
    return True
