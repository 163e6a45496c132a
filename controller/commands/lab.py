"""`caretaker lab`: a virtual school in network namespaces, to try everything on packets."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, cast

import typer

from controller.commands.options import AsJson
from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json, say
from controller.commands.remote import state_folder

if TYPE_CHECKING:
    from controller.lab.door import Lab

app = typer.Typer(
    help="A virtual school on real Open vSwitch, nftables and sshd, in namespaces (Linux, root).", no_args_is_help=True
)
GROWTH = 1.0
"""Percent of memory that a soak may add after its first five minutes."""
Name = Annotated[str, typer.Option("--name", help="Which lab, where there are several.")]


@app.command()
def up(
    switches: Annotated[int, typer.Option(min=2, max=8, help="How many switches.")] = 2,
    mode: Annotated[str, typer.Option(help="How far Caretaker goes: observe, register or enforce.")] = "enforce",
    name: Name = "lab",
) -> None:
    """Build the school, bring Caretaker to it, and leave it running."""
    from controller.lab import door

    if mode not in ("observe", "register", "enforce"):
        fail(f"no mode {mode!r}", "Expected observe, register or enforce.", MISUSED)
    began = time.monotonic()
    try:
        door.up(_lab(name), switches, mode, lambda text: typer.echo(f"  {time.monotonic() - began:5.1f} s  {text}"))
    except door.LabRefused as refused:
        fail(str(refused), refused.todo)
    typer.echo(f"\nThe lab is up with {switches} switches. To try:\n" + "\n".join(f"  {line}" for line in _TO_TRY))


_TO_TRY = (
    "caretaker lab status --watch                     who reaches what, measured",
    "caretaker lab do 'head opens year-5 for 60 s'    and look at ipad-5a",
    "caretaker lab do 'stranger is plugged into sw2 p8'",
    "caretaker lab shell ipad-5a                      ping 203.0.113.80, dig @10.10.0.5 bbc.co.uk",
    "caretaker lab shell server -- caretaker switches list",
    "caretaker lab run a-lesson                       caretaker lab scenarios  lists all",
    "caretaker lab walk --events 200 --seed 1",
    "caretaker lab down",
)


@app.command()
def down(name: Name = "lab") -> None:
    """Take it down without a trace, also after a kill -9."""
    from controller.lab import door

    was_up = door.down(_lab(name))
    typer.echo("the lab is down" if was_up else "no lab was up")


@app.command()
def status(
    watch: Annotated[bool, typer.Option("--watch", help="Again and again, until Ctrl-C.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Also write a picture (SVG) there.")] = None,
    name: Name = "lab",
    as_json: AsJson = False,
) -> None:
    """Who reaches what at this moment, measured by packets: + open, . closed."""
    while True:
        told = _ask(name, {"do": "status"})
        if picture is not None:
            picture.write_text(str(told["picture"]))
        if as_json:
            print_json(told)
        else:
            points = "  ".join(f"{each['name']} {each['state']}" for each in cast(list[dict[str, str]], told["points"]))
            typer.echo(("\x1b[H\x1b[2J" if watch else "") + f"{told['clock']}   {points}\n\n{told['table']}")
        if not watch:
            return
        time.sleep(1)  # noqa: TID251 (a person watches)


@app.command(context_settings={"ignore_unknown_options": True})
def shell(
    host: Annotated[str, typer.Argument(help="A client, a switch, gateway, server or internet.")],
    command: Annotated[list[str] | None, typer.Argument(help="Left out: a shell.")] = None,
    name: Name = "lab",
) -> NoReturn:
    """A shell, or one command, at one of its hosts."""
    from controller.lab import door

    lab = _lab(name)
    try:
        words = door.enter(lab, host, command or ())
    except door.LabRefused as refused:
        fail(str(refused), refused.todo)
    clock = Path(door.__file__).with_name("clock")
    more = {
        "CARETAKER_HOME": f"{lab.folder}/school",
        "PYTHONPATH": str(clock),
        "CARETAKER_LAB_CLOCK": f"{lab.folder}/clock",
    }
    os.execvpe(  # noqa: S606 (this process becomes it)
        words[0], list(words), {**os.environ, **more, "PS1": f"{host}# ", "PATH": f"{os.environ['PATH']}:{door.SBIN}"}
    )


@app.command()
def do(
    sentence: Annotated[str, typer.Argument(help="As in a scenario: 'head opens year-5 for 60 s'.")], name: Name = "lab"
) -> None:
    """Do one thing, then measure whether packets and model agree."""
    told = _ask(name, {"do": "say", "words": sentence})
    typer.echo(f"done; packets and model agree after {told['took']:.1f} s")


@app.command()
def scenarios() -> None:
    """The scenarios that come along."""
    from controller.lab.scenario import read, shipped

    for each, text in shipped().items():
        typer.echo(f"{each:36} {read(text, each).title}")


@app.command()
def run(
    scenario: Annotated[list[str] | None, typer.Argument(help="Names or files; left out: all that come along.")] = None,
    name: Name = "lab",
    as_json: AsJson = False,
) -> None:
    """Play scenarios; after each scene every way of every client is measured against the model."""
    from controller.lab.scenario import NoScenario, load, shipped

    failed, rows = [], []
    for each in scenario or list(shipped()):
        began = time.monotonic()
        try:
            load(each)
            text = shipped().get(each) or Path(each).read_text()
        except NoScenario as error:
            fail(str(error), status=MISUSED)
        told, problem = _try(name, {"do": "run", "name": each, "text": text}, quiet=as_json)
        took, figures = round(time.monotonic() - began, 1), (told or {}).get("figures", {})
        rows.append({"scenario": each, "ok": not problem, "seconds": took, "figures": figures, "problem": problem})
        failed += [each] if problem else []
    if as_json:
        print_json(rows)
    if failed:
        fail(f"{len(failed)} of {len(rows)} scenarios differ: {', '.join(failed)}")


@app.command()
def walk(
    events: Annotated[int, typer.Option(min=1, max=100_000)] = 200,
    seed: Annotated[int, typer.Option()] = 1,
    name: Name = "lab",
    as_json: AsJson = False,
) -> None:
    """A random walk of events and faults; after each of them packets and model must agree."""
    told = _ask(name, {"do": "walk", "seed": seed, "events": events}, quiet=as_json)
    if as_json:
        print_json(told)
    else:
        words = "{events} events, {faults} of them faults, {packets} ways tried in {seconds} s".format_map(told)
        typer.echo(f"seed {seed}: {words}; slowest to settle {told['slowest']} s")
    if told["difference"]:
        if not as_json:
            say(str(told["difference"]), fg="red")
        raise typer.Exit(FOUND_WRONG)


@app.command(name="soak")
def soak_(
    minutes: Annotated[float, typer.Option(min=0.1, max=6000)] = 20.0,
    name: Name = "lab",
    as_json: AsJson = False,
) -> None:
    """Events without faults for so long: what memory the product takes."""
    told = _ask(name, {"do": "soak", "minutes": float(minutes)}, quiet=as_json)
    if as_json:
        print_json(told)
    else:
        typer.echo("{events} events in {minutes} minutes; memory {growth:+.2f} % after the beginning".format_map(told))
    if told["difference"] or float(str(told["growth"])) > GROWTH:
        raise typer.Exit(FOUND_WRONG)


def _try(name: str, request: dict[str, object], *, quiet: bool) -> tuple[dict[str, object] | None, str]:
    from controller.lab import door

    try:
        # Programs read what is printed; whoever waits can read how far it is beside it.
        return dict(door.ask(_lab(name), request, partial(typer.echo, err=quiet))), ""
    except door.LabDiffers as error:
        if not quiet:
            say(str(error), fg="red")
        return None, str(error)
    except door.LabRefused as refused:
        fail(str(refused), refused.todo)


def _ask(name: str, request: dict[str, object], *, quiet: bool = False) -> dict[str, object]:
    told, _ = _try(name, request, quiet=quiet)
    if told is None:
        raise typer.Exit(FOUND_WRONG)
    return told


def _lab(name: str) -> Lab:
    from controller.lab.door import Lab

    if not name.isalnum():
        fail(f"no name for a lab: {name!r}", "Expected letters and digits.", MISUSED)
    return Lab(state_folder() / "labs" / name)
