"""What a simulated Aruba Wi-Fi controller understands: who has which address."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from device_drivers.simulator.cli import acts, checks
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


_EXEC: Mapping[str, Act] = {
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
