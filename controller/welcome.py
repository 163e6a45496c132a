"""What `caretaker up` prints when everything answers: where things are, how to sign in, what to try."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from controller import resolvers
from controller.addresses import Endpoint
from controller.home import Home
from controller.own_command import command
from controller.settings import Settings


@dataclass(frozen=True, slots=True)
class Demo:
    """`upstream` is the address of the demo's own upstream, None where the machine's resolvers answer.

    `group` is a year group that has no lesson by the timetable now: opening one for it changes something.
    """

    upstream: str | None
    group: str = "year-5"


def show(home: Home, settings: Settings, demo: Demo | None, seconds: float) -> None:
    api = f"http://{settings.api.endpoint}"
    doors = settings.doorway.endpoints
    lines = [
        "",
        f"  Caretaker is up ({seconds:.1f} s)",
        "",
        f"  Console    {api}/",
        f"  API        {api}/api/v1    (OpenAPI, with a token: {api}/api/v1/openapi.json)",
        f"  DNS        {', '.join(map(str, settings.dns.endpoints))}  UDP and TCP",
        *(f"  Door       http://{place}/doorway    (pages for whoever stands in front of a device)" for place in doors),
        *_upstream(settings, demo.upstream if demo else None),
        f"  Home       {home.root}",
        f"  Logs       {home.log}",
    ]
    lines += _demo(home, settings, demo) if demo else _school(home)
    typer.echo("\n".join([*lines, "", "  Ctrl-C stops everything.", ""]))


def _upstream(settings: Settings, own: str | None) -> list[str]:
    if own is not None:
        return [
            "  Upstream   no resolver of this machine knows the internet: allowed names get documentation addresses",
            f"             (192.0.2.x, 2001:db8::x) from a small upstream of the demo's own, {own}",
        ]
    asked = ", ".join(map(str, settings.dns.upstreams or resolvers.of_machine()))
    return [
        f"  Upstream   {asked or 'none: this machine has no resolver; name one in settings.toml or with --upstream'}"
    ]


def _school(home: Home) -> list[str]:
    return ["", "  First account", f"       {command('accounts add NAME --role ict_lead', home.root)}"]


def _demo(home: Home, settings: Settings, demo: Demo) -> list[str]:
    dns = settings.dns.endpoints[0]
    sign_in = json.loads((home.root / "sign-in.json").read_text())
    accounts = [f"             {name:<16} {password}" for name, password in sign_in["accounts"].items()]
    hall = sign_in["network"]
    return [
        "",
        "  Sign in    (name and password)",
        *accounts,
        f"  Switches   ssh -p {hall['port']} {hall['username']}@{dns.host}   password {hall['password']}",
        "",
        *_to_try(home, f"dig @{dns.host} -p {dns.port} -b", demo.group, settings.doorway.endpoints),
    ]


def _to_try(home: Home, dig: str, group: str, doors: Sequence[Endpoint]) -> list[str]:
    from controller.demo import roster

    year = group.removeprefix("year-")
    return [
        "  Four things to try, in another terminal:",
        "",
        "  1. A Year 5 iPad asks for a game (blocked) and for the BBC (answered):",
        f"       {dig} 127.5.0.11 poki.com",
        f"       {dig} 127.5.0.11 bbc.co.uk",
        f"  2. Between lessons Year {year} reaches learning sites only. Ask, open a lesson, ask again, end it:",
        f"       {dig} 127.{year}.0.11 +short wikipedia.org",
        f"       {command(f'windows open {group} --minutes 30', home.root)}",
        f"       {command(f'windows end {group}', home.root)}",
        f"  3. A stranger's laptop is on {roster.STRANGER_PORT}, in quarantine. Plug in another one and look:",
        f"       {dig} {roster.STRANGER_ADDRESS} bbc.co.uk",
        *(f"       curl -s --interface {roster.STRANGER_ADDRESS} http://{door}/doorway" for door in doors),
        f"       {command('demo plug-in', home.root)}",
        f"       {command('devices list --quarantined', home.root)}",
        "  4. Why?",
        f"       {command('explain 127.5.0.11 poki.com', home.root)}",
    ]
