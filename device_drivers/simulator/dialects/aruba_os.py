"""What a simulated Aruba Wi-Fi controller understands: who has which address."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from device_drivers.simulator.cli import acts, checks
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.refusals import caret
from device_drivers.simulator.site import DeviceSite


def first_config(site: DeviceSite) -> str:
    return "\n".join((f"hostname {site.name}", *site.config)) + "\n"


def _show_arp(machine: CliMachine) -> str:
    known = [plug for plug in machine.world.at(machine.site.name) if plug.address]
    rows = ["", "Codes: * - Local Addresses, S - Static, A - Auth", "", f"Total ARP entries: {len(known)}", ""]
    rows += ["IPV4 ARP Table", "--------------", " Protocol    IP Address    Hardware Address   Interface  Age (min)"]
    rows.append("----------   ----------    ----------------   ---------  ---------")
    rows += [f"   Internet  {plug.address}  {plug.mac}  vlan{plug.vlan or 1}     1" for plug in known]
    return "\n".join(rows) + "\n"


def _denied(machine: CliMachine) -> str:
    macs = machine.running.values((), "stm blacklist-client")
    rows = ["", "Blacklisted Clients", "-" * 19]
    rows.append(f"{'STA':<19}{'reason':<14}{'block-time(sec)':<17}remaining time(sec)")
    rows.append(f"{'---':<19}{'------':<14}{'---------------':<17}-------------------")
    rows += [f"{mac:<19}{'user-defined':<14}{'45':<17}3555" for mac in macs]
    return "\n".join(rows) + "\n"


def _deny(talk: CliConversation, mac: str) -> None:
    """It is thrown off at once, and stays away."""
    talk.machine.running.put((), f"stm blacklist-client {mac}", f"stm blacklist-client {mac}")
    talk.machine.world.unplug(mac)


def _delete(talk: CliConversation, mac: str) -> str:
    return "1 users deleted\n" if talk.machine.world.unplug(mac) else "0 users deleted\n"


_EXEC: Mapping[str, Act] = {
    "show ap blacklist-clients": acts.show(_denied),
    "stm add-blacklist-client <word>": _deny,
    "stm remove-blacklist-client <word>": acts.remove("stm blacklist-client {}"),
    "aaa user delete mac <word>": _delete,
    "show arp": acts.show(_show_arp),
    "show running-config": acts.running,
    "no paging": acts.page_off,
    "encrypt disable": acts.nothing,
    "enable": acts.nothing,
    "exit": acts.leave,
}

DIALECT = Dialect(
    name="aruba_os",
    first="exec",
    modes={"exec": mode("({name}) [mynode] #", "", _EXEC)},
    ports=lambda _: (),
    first_config=first_config,
    refuse=caret,
    checks=checks.common,
)
MACHINE = partial(CliMachine, DIALECT)
