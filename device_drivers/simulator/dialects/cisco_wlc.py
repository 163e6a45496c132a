"""What a simulated AireOS controller understands: its clients on the air, and how they are thrown off it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from device_drivers.simulator.cli import acts, checks, refusals
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine

_HEAD = (
    "Number of EoGRE Clients.......................... 0\n\n"
    "                                                                RLAN/\n"
    "MAC Address       AP Name                        Slot Status        WLAN  Auth Protocol         Port Role\n"
    "----------------- ------------------------------ ---- ------------- ----- ---- ---------------- ---- ------"
)


def _clients(machine: CliMachine) -> str:
    rows = [
        f"{plug.mac} {plug.port[:30]:<30}  0   Associated     2    Yes   802.11n(5 GHz)   1    Local"
        for plug in machine.world.at(machine.site.name)
    ]
    total = f"\nNumber of Clients................................ {len(rows)}\n\n"
    return total + "\n".join((_HEAD, *rows)) + "\n\n"


def _excluded(machine: CliMachine) -> str:
    rows = [line.split(maxsplit=2)[1:] for line in machine.running.values((), "config exclusionlist")]
    if not rows:
        return "No manually disabled clients.\n\n\nNo dynamically excluded clients.\n"
    head = f"Manually Disabled Clients\n{'-' * 25}\n{'MAC Address':<25} Description\n{'-' * 23}   {'-' * 32}\n"
    body = "".join(f"{mac:<25} {text}\n" for mac, text in ((*row, "")[:2] for row in rows))
    return f"{head}{body}\n\nNo dynamically excluded clients.\n"


def _exclude(talk: CliConversation, mac: str, text: str) -> None:
    talk.machine.running.put((), f"config exclusionlist add {mac}", f"config exclusionlist add {mac} {text}")


def _include(talk: CliConversation, mac: str) -> str:
    there = any(f" {mac} " in f"{line} " for line in talk.machine.running.values((), "config exclusionlist"))
    talk.machine.running.drop((), f"config exclusionlist add {mac}")
    return "" if there else "\nEntry does not exist\n"


def _deauthenticate(talk: CliConversation, mac: str) -> str:
    """It may come back at once; here it stays away until it is plugged in again."""
    there = any(plug.mac == mac for plug in talk.machine.world.at(talk.machine.site.name))
    if there:
        talk.machine.world.unplug(mac)
    return "" if there else "\nClient specified is unknown\n"


_EXEC: Mapping[str, Act] = {
    "show client summary": acts.show(_clients),
    "show exclusionlist": acts.show(_excluded),
    "config exclusionlist add <word> <line>": _exclude,
    "config exclusionlist delete <word>": _include,
    "config client deauthenticate <word>": _deauthenticate,
    "config paging disable": acts.page_off,
    "logout": acts.leave,
}

DIALECT = Dialect(
    name="cisco_wlc",
    first="exec",
    modes=MappingProxyType({"exec": mode("(Cisco Controller) >", "", _EXEC)}),
    ports=lambda _: (),
    first_config=lambda site: f"config sysname {site.name}\n",
    refuse=refusals.plain(
        'Incorrect usage.  Use the "?" or <TAB> key to list commands.',
        "Incorrect input! Try again.",
        "Incorrect usage.  The command is ambiguous.",
    ),
    checks=checks.common,
    hostname="config sysname",
    globals_inside="",
)
MACHINE = partial(CliMachine, DIALECT)
