"""What a simulated Dell OS10 understands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from device_drivers.simulator.cli import acts, checks, named_lists, refusals
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.ports import PortNow
from device_drivers.simulator.cli.switchports import (
    SWITCHPORT,
    Names,
    first_config,
    interface_check,
    ports,
    vlan_numbers,
)
from device_drivers.simulator.words import Check

NAMES = Names(short=str, long=str, socket=r"ethernet\d+/\d+/\d+(?::\d+)?", vlan="interface vlan{}")
_STATUS = "Port            Description     Status   Speed    Duplex   Mode Vlan Tagged-Vlans"
_VLANS = (
    "Codes: * - Default VLAN, M - Management VLAN, R - Remote Port Mirroring VLANs,\n"
    "       @ - Attached to Virtual Network, P - Primary, C - Community, I - Isolated\n"
    "Q: A - Access (Untagged), T - Tagged\n"
    "    NUM    Status    Description                     Q Ports"
)
_MACS = "VlanId        Mac Address         Type        Interface"
_LLDP = "Loc PortID          Rem Host Name        Rem Port Id                    Rem Chassis Id"


def _status(machine: CliMachine) -> str:
    rows = [
        f"{port.name.replace('ethernet', 'Eth '):<15} {port.description[:15]:<15} {'up' if port.up else 'down':<8} "
        f"{'1000M':<8} {'full':<8} {_mode(port)}"
        for port in machine.ports()
    ]
    return "\n".join(("-" * 98, _STATUS, "-" * 98, *rows, "-" * 98)) + "\n"


def _mode(port: PortNow) -> str:
    if port.lag or port.mode == "routed":
        return "-"
    return f"T    {1:<4} 10-99" if port.mode == "trunk" else f"A    {port.vlan:<4} -"


def _vlans(machine: CliMachine) -> str:
    rows: list[str] = []
    for vlan in vlan_numbers(machine, "interface vlan"):
        members = [port.name.replace("ethernet", "Eth") for port in machine.ports() if port.vlan == vlan]
        said = machine.running.value((f"interface vlan{vlan}",), "description") or ""
        first = f"{'*' if vlan == 1 else ' '}   {vlan:<6} Active    {said[:30]:<31} "
        rows.append(f"{first}A {members[0]}" if members else first)
        rows += [f"{'':<53}A {name}" for name in members[1:]]
    return "\n".join((_VLANS, *rows)) + "\n"


def _macs(machine: CliMachine) -> str:
    rows = [f"{vlan:<13} {mac:<19} dynamic     {port}" for vlan, mac, port in machine.table()]
    return "\n".join(("Codes: pv <vlan-id> - private vlan where the mac is originally learnt", _MACS, *rows)) + "\n"


def _lldp(machine: CliMachine) -> str:
    rows = [
        f"{port.name:<20}{port.neighbour.name:<21}{port.neighbour.port:<31}02:00:5e:00:00:01"
        for port in machine.ports()
        if port.neighbour
    ]
    return "\n".join((_LLDP, "-" * 86, *rows)) + "\n"


_EXEC: Mapping[str, Act] = {
    "show interface status": acts.show(_status),
    "show vlan": acts.show(_vlans),
    "show mac address-table": acts.show(_macs),
    "show lldp neighbors": acts.show(_lldp),
    "show running-configuration": acts.running,
    "show startup-configuration": acts.startup,
    "terminal width <number>": acts.nothing,
    "terminal length <number>": acts.page,
    "configure terminal": acts.go("config"),
    "write memory": acts.save(""),
    "copy running-configuration startup-configuration": acts.save(""),
    "exit": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "hostname <word>": acts.put("hostname", "hostname {}"),
    "interface <interface>": acts.enter("config-if", "interface {}"),
    "interface <svi>": acts.enter("config-if", "interface {}"),
    **named_lists.LISTS,
    "exit": acts.up,
    "end": acts.end,
}
_INTERFACE: Mapping[str, Act] = {
    **SWITCHPORT,
    **named_lists.BINDING,
}


def _checks(machine: CliMachine) -> Mapping[str, Check]:
    return {
        **checks.common(machine),
        "<interface>": interface_check(machine, NAMES),
        "<svi>": named_lists.svi("vlan", 4093),
    }


DIALECT = Dialect(
    name="dell_os10",
    first="exec",
    modes=MappingProxyType(
        {
            "exec": mode("{name}# ", "", _EXEC),
            "config": mode("{name}(config)# ", "exec", _CONFIG),
            "config-if": mode("{name}(conf-if)# ", "config", _INTERFACE),
            "config-acl": mode("{name}(config-acl)# ", "config", named_lists.ENTRIES),
        }
    ),
    ports=lambda machine: ports(machine, NAMES),
    first_config=lambda site: first_config(site, NAMES, " ", "!"),
    refuse=refusals.plain(
        "% Error: Unrecognized command.", "% Error: Incomplete command.", "% Error: Ambiguous command."
    ),
    checks=_checks,
    closer="!",
    header="! Version 10.5.4.2\n! Last configuration change at Nov  23 09:00:00 2026\n!\n",
    filters=MappingProxyType({"grep": "include", "except": "exclude"}),
)
MACHINE = partial(CliMachine, DIALECT)
