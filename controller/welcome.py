"""What `caretaker up` prints when everything answers: where things are, how to sign in, what to try."""

from __future__ import annotations

import json
from dataclasses import dataclass

import typer

from controller.home import Home
from controller.settings import Settings


@dataclass(frozen=True, slots=True)
class Demo:
    """`upstream` is the address of the demo's own upstream, None where the machine's resolvers answer."""

    upstream: str | None


def show(home: Home, settings: Settings, demo: Demo | None, seconds: float) -> None:
    api = f"http://{settings.api.endpoint}"
    dns = settings.dns.endpoints[0]
    lines = [
        "",
        f"  Caretaker is up ({seconds:.1f} s)",
        "",
        f"  Console    {api}/",
        f"  API        {api}/api/v1    (OpenAPI: {api}/api/v1/docs)",
        f"  DNS        {', '.join(map(str, settings.dns.endpoints))}  UDP and TCP",
        f"  Home       {home.root}",
        f"  Logs       {home.log}",
    ]
    lines += _demo(home, dns.host, dns.port, demo) if demo else _school(home)
    typer.echo("\n".join([*lines, "", "  Ctrl-C stops everything.", ""]))


def _school(home: Home) -> list[str]:
    return ["", f"  First account: caretaker accounts add NAME --role ict_lead --home {home.root}"]


def _demo(home: Home, host: str, port: int, demo: Demo) -> list[str]:
    from controller.demo import roster

    sign_in = json.loads((home.root / "sign-in.json").read_text())
    accounts = [f"             {name:<16} {password}" for name, password in sign_in["accounts"].items()]
    hall = sign_in["network"]
    dig = f"dig @{host} -p {port} -b"
    upstream = (
        [
            "  Upstream   no resolver of this machine knows the internet: allowed names get documentation addresses",
            f"             (192.0.2.x, 2001:db8::x) from a small upstream of the demo's own, {demo.upstream}",
        ]
        if demo.upstream
        else ["  Upstream   the machine's own resolvers"]
    )
    return [
        *upstream,
        "",
        "  Sign in    (name and password)",
        *accounts,
        f"  Switches   ssh -p {hall['port']} {hall['username']}@127.0.0.1   password {hall['password']}",
        "",
        "  Four things to try, in another terminal:",
        "",
        "  1. A Year 5 iPad asks for a game (blocked) and for the BBC (answered):",
        f"       {dig} 127.5.0.11 poki.com",
        f"       {dig} 127.5.0.11 bbc.co.uk",
        "  2. A lesson: between lessons Year 5 reaches learning sites only; open it, look again, end it:",
        f"       {dig} 127.5.0.11 wikipedia.org +short",
        "       .venv/bin/caretaker windows open year-5 --minutes 30",
        "       .venv/bin/caretaker windows end year-5",
        f"  3. A stranger's laptop is on {roster.STRANGER_PORT} ({roster.STRANGER_ADDRESS}); plug in another one:",
        f"       {dig} {roster.STRANGER_ADDRESS} bbc.co.uk",
        "       .venv/bin/caretaker demo plug-in",
        "  4. Why?",
        "       .venv/bin/caretaker explain 127.5.0.11 poki.com",
    ]
