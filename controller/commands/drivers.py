"""`caretaker drivers`: which platforms can be driven, and what a captured output is read as."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson
from controller.commands.output import fail, print_json, print_table
from device_drivers.model import Driver, Reader, Unreadable

app = typer.Typer(help="Platforms of switches, Wi-Fi and gateways.", no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every platform, what its driver can do, and what it was tried on."""
    from device_drivers.platforms import drivers
    from device_drivers.simulator.dialects import dialects

    rows = [_row(driver, simulated=_simulated(driver, set(dialects()))) for driver in drivers().values()]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("platform", "title", "can", "tried_on", "not"), "no drivers", spare=("not", "tried_on"))


@app.command("parse")
def parse(
    platform: Annotated[str, typer.Argument(help="A platform of `caretaker drivers list`.")],
    command: Annotated[str, typer.Argument(help="The command whose output it is, as it was typed.")],
    file: Annotated[Path, typer.Argument(help="The captured output; - reads it from standard input.")],
    as_json: AsJson = False,
) -> None:
    """What the output of one command is read as. Status 1, and the offending line, where it cannot be read."""
    from device_drivers.platforms import drivers
    from device_drivers.reading import read

    driver = drivers().get(platform)
    if driver is None:
        fail(f"no platform {platform!r}", f"There are: {', '.join(drivers())}.", status=2)
    reader = driver.readers.get(" ".join(command.split()))
    if reader is None:
        known = "\n".join(f"  {name}" for name in sorted(driver.readers))
        fail(f"{platform} reads no {command!r}", f"It reads:\n{known}", status=2)
    try:
        rows = [plain_row(row) for row in read(driver, command, _text(file))]
    except Unreadable as error:
        fail(f"{file}: {error}", f"in the line: {error.line}" if error.line else "")
    _show(rows, reader, as_json=as_json)


def _show(rows: list[Any], reader: Reader, *, as_json: bool) -> None:
    if as_json:
        print_json({"kind": reader.kind.value, "rows": rows})
    else:
        columns = list(dict.fromkeys(key for row in rows for key in row))
        print_table(rows, columns, f"read as {reader.kind}: nothing")


def plain_row(row: object) -> dict[str, Any]:
    """A row of any reader as names and plain values."""
    from dataclasses import asdict, is_dataclass

    from pydantic_core import to_jsonable_python

    if is_dataclass(row) and not isinstance(row, type):
        named: Any = asdict(row)
    elif hasattr(row, "items"):
        named = dict(row.items())
    else:
        named = {"value": row}
    plain: dict[str, Any] = to_jsonable_python(named)
    return {key: sorted(value) if isinstance(named[key], frozenset | set) else value for key, value in plain.items()}


def _text(file: Path) -> str:
    """Raises nothing: what cannot be opened is said, and ends the command."""
    from device_drivers.reading import MOST

    try:
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as stream:
            held = stream.read(MOST + 1)
    except OSError as error:
        fail(f"{file}: {error.strerror}", status=2)
    return held.decode("utf-8", errors="replace")


def _row(driver: Driver, *, simulated: bool) -> dict[str, Any]:
    return {
        "platform": driver.platform,
        "title": driver.title,
        "can": sorted(driver.can),
        "tried_on": [*(["simulator"] if simulated else []), *driver.tried],
        "not": driver.observes,
        "reads": list(driver.reads),
        "parses": sorted(driver.readers),
    }


def _simulated(driver: Driver, dialects: set[str]) -> bool:
    shared = driver.netmiko_type in dialects and _ALONE.get(driver.netmiko_type, driver.platform) == driver.platform
    return driver.platform in dialects or shared


_ALONE = {"linux": "linux_gateway"}
"""The simulated Linux knows what a gateway is asked, and nothing of bridges or access points."""
