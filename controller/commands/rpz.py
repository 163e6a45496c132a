"""`caretaker rpz`: the same verdicts as response policy zones, for resolvers that are there already."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail
from controller.commands.remote import find_home

if TYPE_CHECKING:
    from controller.home import Home
    from dns_filter.model import Name
    from dns_filter.rpz.keeper import ZoneKeeper
    from dns_filter.rpz.notify import Subscriber
    from dns_filter.rpz.server import ZoneServer
    from dns_filter.rpz.tsig import Key
    from dns_filter.servers import Server
    from dns_filter.sockets import Bound

app = typer.Typer(help="Response policy zones for BIND, Unbound, PowerDNS and Knot Resolver.", no_args_is_help=True)

KeysOption = Annotated[Path | None, typer.Option("--keys", help="The key file; left out: state/filter/rpz.keys.")]
OriginOption = Annotated[str, typer.Option(help="What every zone's name ends in; one of its own for each school.")]
CompleteOption = Annotated[
    bool, typer.Option("--complete", help="Let through in so many words what is not blocked, and end with the lesson.")
]


@app.command()
def serve(
    listen: Annotated[
        str | None, typer.Option(metavar="ADDRESS:PORT", help="Where subscribers ask; else 127.0.0.1:5354.")
    ] = None,
    keys: KeysOption = None,
    notify: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS:PORT[@KEY]", help="Who is told of changes, signed with a key; again for more."),
    ] = None,
    unsigned: Annotated[
        list[str] | None, typer.Option(metavar="NETWORK", help="Who may subscribe without a key (Unbound has none).")
    ] = None,
    files: Annotated[Path | None, typer.Option(help="Keep every zone as a file here too (Knot Resolver).")] = None,
    origin: OriginOption = "",
    complete: CompleteOption = False,
    as_json: AsJson = False,
    home: HomeOption = None,
) -> None:
    """Serve the zones until Ctrl-C; what is left out stands under [rpz] in settings.toml. Prints one line when up."""
    from controller.settings import SettingsError, read_settings
    from controller.supervisor import note_myself
    from dns_filter.clock import now
    from dns_filter.rpz.keys import KeysError, read_keys
    from dns_filter.rpz.server import Access, ZoneServer
    from dns_filter.servers import parse_server
    from dns_filter.sockets import PortTaken, bind

    where = _school(home)
    note_myself(where.run)
    try:
        kept = read_settings(where).rpz
        networks = tuple(ip_network(each) for each in unsigned or kept.unsigned)
        keys = keys or _keys_of(where, kept.keys)
        known = {} if networks and not keys.exists() else read_keys(keys)
        subscribers = [_subscriber(each, known) for each in notify or kept.notify]
        files = files or (where.root / kept.files if kept.files else None)
        keeper = _keeper(where, origin or kept.origin, complete or kept.complete)
        (place,), (bound,) = bind([parse_server(listen or kept.listen or "127.0.0.1:5354")], 1)
    except SettingsError as error:
        fail(str(error), f"Correct {where.settings}.", MISUSED)
    except ValueError as error:
        fail(str(error), status=MISUSED)
    except (KeysError, OSError) as error:
        fail(str(error), "`caretaker rpz key NAME` makes a key.")
    except PortTaken as error:
        fail(str(error), status=FOUND_WRONG)
    server = ZoneServer(keeper, Access(known, networks), now, subscribers, files)
    asyncio.run(_serve(server, bound, place, as_json=as_json))


async def _serve(server: ZoneServer, bound: Bound, place: Server, *, as_json: bool) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    await server.start(bound.udp, bound.tcp)
    zones = len(server.keeper.zones)
    if as_json:
        typer.echo(json.dumps({"ready": True, "listen": str(place), "zones": zones}))
    else:
        typer.echo(f"{zones} response policy zones on {place}")
    sys.stdout.flush()
    try:
        await server.serve(stop)
    finally:
        await server.close()


@app.command()
def show(
    profile: Annotated[str | None, typer.Argument(help="A profile; left out: what zones there are.")] = None,
    origin: OriginOption = "",
    complete: CompleteOption = False,
    home: HomeOption = None,
) -> None:
    """Print the zone of a profile as a master file; what is left out stands under [rpz] in settings.toml."""
    from controller.settings import SettingsError, read_settings
    from dns_filter.clock import now
    from dns_filter.names import to_text
    from dns_filter.rpz.keeper import drawn, loaded, zone_names
    from dns_filter.rpz.names import NamesMissing
    from dns_filter.rpz.text import master_file

    where = _school(home)
    try:
        kept = read_settings(where).rpz
        complete = complete or kept.complete
        snapshot = loaded(where.table, where.names, now)
        zones = zone_names(snapshot, origin or kept.origin)
        if profile is None:
            _print(f"{to_text(zone)}\n" for zone in zones.values())
        elif ("profile", profile) in zones:
            edition = drawn(snapshot, where.names, profile, complete=complete, now=now())
            _print(master_file(zones["profile", profile], edition))
        else:
            fail(f"there is no profile {profile!r}", "`caretaker rpz show` prints what zones there are.", MISUSED)
    except SettingsError as error:
        fail(str(error), f"Correct {where.settings}.", MISUSED)
    except ValueError as error:
        fail(str(error), status=MISUSED)
    except (NamesMissing, OSError) as error:
        fail(str(error))


@app.command()
def key(
    name: Annotated[str, typer.Argument(help="What the subscriber's key is called.")],
    keys: KeysOption = None,
    home: HomeOption = None,
) -> None:
    """Make a key for a subscriber, add it to the key file and print it as BIND reads it."""
    from dns_filter.rpz.keys import KeysError, make_key

    try:
        typer.echo(make_key(keys or _keys_of(_school(home)), name), nl=False)
    except (KeysError, OSError) as error:
        fail(str(error))


def _school(home: Path | None) -> Home:
    from controller.home import Home

    where = Home(find_home(home))
    if not where.table.is_file() and not where.previous_table.is_file():
        fail(f"{where.root}: no filter table has been published yet", "`caretaker up` publishes one.")
    return where


def _subscriber(text: str, keys: Mapping[Name, Key]) -> Subscriber:
    """`10.1.2.3:53` or `10.1.2.3:53@year-5`. Raises ValueError."""
    from dns_filter.names import to_wire
    from dns_filter.rpz.notify import Subscriber
    from dns_filter.servers import parse_server

    place, _, key = text.partition("@")
    if key and to_wire(key) not in keys:
        raise ValueError(f"--notify {text}: there is no key {key!r}")
    return Subscriber(parse_server(place), keys[to_wire(key)] if key else None)


def _keys_of(where: Home, named: str = "") -> Path:
    return where.root / named if named else where.filter / "rpz.keys"


def _keeper(where: Home, origin: str, complete: bool) -> ZoneKeeper:
    from dns_filter.clock import now
    from dns_filter.rpz.keeper import ZoneKeeper, ZoneSettings

    serials = where.filter / "rpz-serials.json"
    return ZoneKeeper(ZoneSettings(where.table, where.names, serials, origin, complete), now)


def _print(lines: Iterable[str]) -> None:
    try:
        for line in lines:
            sys.stdout.write(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # `| head` has seen enough; nothing more may be written, not even at the end of the program.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
