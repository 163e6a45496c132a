"""`caretaker serve`: the controller process of `caretaker up` and of the systemd unit."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from controller.commands.output import fail
from controller.commands.remote import find_home


def serve(
    home: Annotated[Path | None, typer.Option(help="The school's folder.")] = None,
    stay: Annotated[bool, typer.Option("--stay", help="Do not end when standard input ends (for systemd).")] = False,
) -> None:
    """Run the controller: loop, API and console. One JSON line on standard output says that it answers."""
    from controller.home import Home
    from controller.logs import write_to_stderr
    from controller.policy_source import NoPolicy
    from controller.settings import SettingsError, read_settings
    from controller.site import SiteFailed, open_site

    where, stop = find_home(home), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        write_to_stderr(read_settings(Home(where)).log.level)
        site = open_site(where)
    except (NoPolicy, SettingsError, SiteFailed) as error:
        fail(str(error))
    with site.running() as url:
        typer.echo(json.dumps({"ready": True, "api": url}))
        sys.stdout.flush()
        if not stay:
            threading.Thread(target=_until_parent_ends, args=(stop,), daemon=True).start()
        stop.wait()


def _until_parent_ends(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()
