"""`caretaker up`: everything of one school in one process tree, until Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from controller.commands.output import MISUSED, fail
from controller.commands.remote import demo_home, find_home

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(
    home: Annotated[Path | None, typer.Option(help="The school's folder (made by `caretaker init`).")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Run the demo school, simulated on loopback.")] = False,
    dns: Annotated[str | None, typer.Option(metavar="ADDRESS:PORT", help="Where the DNS filter listens.")] = None,
    api: Annotated[str | None, typer.Option(metavar="ADDRESS:PORT", help="Where API and console listen.")] = None,
    ssh_port: Annotated[int, typer.Option(help="Demo: first of six ports: the simulated network, the door.")] = 2201,
    workers: Annotated[int | None, typer.Option(help="DNS workers; left out: one per core.")] = None,
    upstream: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS[:PORT]", help="Resolvers to ask; left out: the machine's own.")
    ] = None,
    block_list: Annotated[
        list[str] | None,
        typer.Option("--list", metavar="CATEGORY=PATH", help="A further block list; may be given again."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Demo: forget what the last run left behind.")] = False,
) -> None:
    """Start controller, console and DNS filter, and keep them running until Ctrl-C."""
    from controller.startup import Ask, StartRefused, start

    if home is None and not demo and not (find_home() / "school.yaml").is_file():
        fail("this folder is no school", "Make one with `caretaker init DIR`, or try `caretaker up --demo`.", MISUSED)
    ask = Ask(
        home=home or (demo_home() if demo else find_home()),
        demo=demo,
        dns=dns,
        api=api,
        first_ssh_port=ssh_port,
        workers=workers,
        upstreams=tuple(upstream or ()),
        lists=tuple(block_list or ()),
        fresh=fresh,
    )
    try:
        start(ask, _asked_to_end())
    except StartRefused as refused:
        fail(str(refused), refused.todo)
    finally:
        # Everything has ended: one more Ctrl-C must not make a failure of it.
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)


def _asked_to_end() -> Callable[[], bool]:
    """Ctrl-C, SIGTERM or a closed terminal, once or five times: written down, and acted upon between two steps.

    An exception out of the blue would leave behind what was just being started, a second one what was being stopped.
    """
    asked: list[int] = []
    for number in ENDINGS:
        # Under nohup a closed terminal is no reason to end.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda found, _: asked.append(found))
    return lambda: bool(asked)
