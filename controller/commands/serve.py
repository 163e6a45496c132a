"""`caretaker serve`: the controller process of `caretaker up` and of the systemd unit."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from controller.commands.output import FOUND_WRONG, fail
from controller.commands.remote import find_home

_TURN = 0.0005
"""Seconds for which one thread goes on while others wait."""
_YOUNG, _MIDDLE, _OLD = 20_000, 20, 20
"""When garbage that refers to itself is looked for: rarely, because everybody waits meanwhile."""


def serve(
    home: Annotated[Path | None, typer.Option(help="The school's folder.")] = None,
    stay: Annotated[bool, typer.Option("--stay", help="Do not end when standard input ends (for systemd).")] = False,
) -> None:
    """Run the controller: loop, API and console. One JSON line on standard output says that it answers."""
    from controller.api.serve import PortTaken
    from controller.home import Home
    from controller.logs import write_to_stderr
    from controller.policy.source import NoPolicy
    from controller.settings import SettingsError, read_settings
    from controller.site import SiteFailed, open_site
    from controller.store import StoreError

    where, stop, bug = find_home(home), threading.Event(), threading.Event()
    # A thread per switch that works on its turn must not make a stranger's first packet wait at each of its steps.
    sys.setswitchinterval(_TURN)
    # Names of children are in what is written: nothing of it is for anybody else on this machine.
    os.umask(0o077)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.excepthook = _ending(stop, bug)
    try:
        write_to_stderr(read_settings(Home(where)).log.level)
        with open_site(where).running() as url:
            _leave_alone_what_stays()
            typer.echo(json.dumps({"ready": True, "api": url}))
            sys.stdout.flush()
            if not stay:
                threading.Thread(target=_until_parent_ends, args=(stop,), daemon=True).start()
            stop.wait()
    except (NoPolicy, SettingsError, SiteFailed, StoreError, PortTaken, OSError) as error:
        fail(str(error))
    if bug.is_set():
        raise typer.Exit(FOUND_WRONG)


def _leave_alone_what_stays() -> None:
    """Modules, routes and policy live as long as the process: each look through them for garbage stopped every thread
    for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)


def _ending(stop: threading.Event, bug: threading.Event) -> Callable[[threading.ExceptHookArgs], None]:
    """A thread that died of a bug would leave its switch or the whole loop standing still: the process ends instead,
    and whoever watches it starts a sound one."""

    def end(told: threading.ExceptHookArgs) -> None:
        name = told.thread.name if told.thread else "a thread"
        sys.stderr.write(f"a bug ended {name}; the controller ends and is to be started again\n")
        traceback.print_exception(told.exc_type, told.exc_value, told.exc_traceback)
        sys.stderr.flush()
        bug.set()
        stop.set()

    return end


def _until_parent_ends(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()
