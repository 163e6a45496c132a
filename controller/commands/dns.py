"""`caretaker dns`: the DNS filter, for a school's controller or alone on a filter node."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.commands.options import HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail
from controller.commands.remote import find_home, state_folder
from dns_filter.engine import EngineChoice

if TYPE_CHECKING:
    from controller.filter_node import FilterNode
    from controller.filter_settings import Asked
    from controller.home import Home


def dns(
    policy: Annotated[Path | None, typer.Option(help="A policy file: run without a controller.")] = None,
    listen: Annotated[list[str] | None, typer.Option(metavar="ADDRESS:PORT", help="Where; may be given again.")] = None,
    upstream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS[:PORT]",
            help="Resolvers to ask, or tls://ADDRESS#NAME, https://ADDRESS/dns-query#NAME; left out: the machine's.",
        ),
    ] = None,
    upstream_ca: Annotated[
        Path | None, typer.Option(help="PEM: whom encrypted resolvers are believed by; left out: the machine's own.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Left out: one per core.")] = None,
    assume: Annotated[
        str | None, typer.Option(help="Treat every client as of this role, year group or access level. For trials.")
    ] = None,
    block_list: Annotated[
        list[str] | None, typer.Option("--list", metavar="CATEGORY=PATH", help="A further block list.")
    ] = None,
    query_log: Annotated[bool, typer.Option(help="Write down queries as the policy's `privacy:` says.")] = True,
    rate_limit: Annotated[bool, typer.Option(help="50 queries a second for each client.")] = True,
    dot: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS[:853]", help="Also over TLS; needs both PEM files.")
    ] = None,
    doh: Annotated[list[str] | None, typer.Option(metavar="ADDRESS[:443]", help="Also over HTTPS; likewise.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM, read again when it changes.")] = None,
    certificate_key: Annotated[Path | None, typer.Option(help="Its key, as PEM.")] = None,
    forwarder: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="A resolver or proxy that says for whom it asks.")
    ] = None,
    engine: Annotated[
        EngineChoice | None,
        typer.Option(help="The hot loop: pure Python, compiled, or (auto) compiled where `make fast` has built it."),
    ] = None,
    state: Annotated[Path | None, typer.Option(help="Where table, lists and log are kept.")] = None,
    home: HomeOption = None,
) -> None:
    """Filter DNS until Ctrl-C. Prints one line when it answers."""
    from controller.filter_settings import Asked, settings_alone, settings_of_school
    from controller.policy.problem import PolicyError
    from controller.settings import OptionError, SettingsError
    from controller.supervisor import note_myself
    from dns_filter.parent import run

    # Names of children are in what is written: nothing of it is for anybody else on this machine.
    os.umask(0o077)
    asked = Asked(
        listen=tuple(listen or ()),
        upstreams=tuple(upstream or ()),
        workers=workers,
        query_log=query_log,
        rate_limit=rate_limit,
        dot=tuple(dot or ()),
        doh=tuple(doh or ()),
        # Paths on a command line start where it is typed, those in the settings at the school's folder.
        certificate=str(certificate.absolute()) if certificate else "",
        certificate_key=str(certificate_key.absolute()) if certificate_key else "",
        forwarders=tuple(forwarder or ()),
        upstream_ca=str(upstream_ca.absolute()) if upstream_ca else "",
        engine=engine or "",
    )
    node = None
    try:
        if policy is None:
            where = _school(home)
            note_myself(where.run)
            settings = settings_of_school(where, asked)
        else:
            node = _node(policy, state, assume, tuple(block_list or ()), asked)
            settings = settings_alone(node.state, asked, node.prepare())
    except (ValueError, OSError, PolicyError, SettingsError) as error:
        fail(str(error), status=MISUSED if isinstance(error, ValueError | OptionError) else FOUND_WRONG)
    if node is None:
        raise typer.Exit(run(settings))
    stop = threading.Event()
    watching = threading.Thread(target=node.watch, args=(stop,), name="policy", daemon=True)
    watching.start()
    status = run(settings, say=_line, stop=stop)
    stop.set()
    watching.join(5)
    raise typer.Exit(status)


def _school(home: Path | None) -> Home:
    from controller.home import Home

    where = Home(find_home(home))
    if not where.policy.is_file():
        fail(
            f"{where.root} is no school", "Name a policy file with --policy, or a school's folder with --home.", MISUSED
        )
    return where


def _node(policy: Path, state: Path | None, assume: str | None, lists: tuple[str, ...], asked: Asked) -> FilterNode:
    from controller.clock import SystemClock
    from controller.filter_node import FilterNode, to_stderr
    from controller.home import Home
    from controller.lists.fetch_settings import fetcher_for
    from controller.lists.keeper import ListKeeper, further_lists
    from controller.settings import read_settings

    key = hashlib.sha256(f"{policy.resolve()} {assume} {lists}".encode()).hexdigest()[:12]
    where = Home(state or state_folder() / f"filter-{key}")
    settings = read_settings(where).overruled(upstreams=asked.upstreams)
    settings = settings.overruled(dns=asked.listen[0]) if asked.listen else settings
    keeper = ListKeeper(where, further_lists(lists), policy.resolve().parent, fetcher_for(where, settings))
    return FilterNode(policy, where, keeper, SystemClock(), assume, to_stderr)


def _line(told: Mapping[str, Any]) -> None:
    ways = {"listen": "", "dot": " and over TLS on ", "doh": " and over HTTPS on "}
    places = "".join(f"{words}{', '.join(told[way])}" for way, words in ways.items() if told.get(way))
    typer.echo(f"DNS filter answers on {places} with {len(told['workers'])} workers, {told['engine']} engine")
    if because := told.get("engine_because"):
        typer.echo(f"Answers can come faster: {because}")
    sys.stdout.flush()
