"""What a simulated Arista EOS understands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from device_drivers.formats.eos import short_port
from device_drivers.simulator.cli import acts, checks, named_lists, refusals, sessions
from device_drivers.simulator.cli.conversation import CliConversation
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
from device_drivers.simulator.ios_show import dotted
from device_drivers.simulator.words import Check

NAMES = Names(
    short=short_port, long=lambda name: name.replace("Et", "Ethernet", 1), socket=r"Ethernet\d+(?:/\d+)*"
)  # fmt: skip
_STATUS = "Port       Name                   Status       Vlan        Duplex  Speed Type"
_MACS = "Vlan    Mac Address       Type        Ports      Moves   Last Move"
_LLDP = "Port       Neighbor Device ID             Neighbor Port ID           TTL"


def _vlan_cell(port: PortNow) -> str:
    if port.lag:
        return f"in {port.lag}"
    return str(port.vlan) if port.mode == "access" else port.mode


def _status(machine: CliMachine) -> str:
    rows = [
        f"{port.name:<10} {port.description[:22]:<22} {_state(port):<12} {_vlan_cell(port):<11} a-full  a-1G  10GBASE"
        for port in machine.ports()
    ]
    return "\n".join((_STATUS, *rows)) + "\n"


def _state(port: PortNow) -> str:
    return "disabled" if port.shut else "connected" if port.up else "notconnect"


def _vlans(machine: CliMachine) -> str:
    rows = [
        f"{vlan:<5} {machine.running.value((f'vlan {vlan}',), 'name') or f'VLAN{vlan:04}':<32} active    "
        + ", ".join(port.name for port in machine.ports() if port.vlan == vlan)
        for vlan in vlan_numbers(machine)
    ]
    head = ("VLAN  Name                             Status    Ports", "----- " + "-" * 32 + " --------- " + "-" * 31)
    return "\n".join((*head, *rows)) + "\n"


def _macs(machine: CliMachine) -> str:
    rows = [
        f"{vlan:4}    {dotted(mac):<17} DYNAMIC     {port:<10} 1       0:00:11 ago"
        for vlan, mac, port in machine.table()
    ]
    head = (
        "          Mac Address Table",
        "-" * 66,
        "",
        _MACS,
        "----    -----------       ----        -----      -----   ---------",
    )
    groups = ("", "          Multicast Mac Address Table", "-" * 66, "", "Vlan    Mac Address       Type        Ports")
    total = f"Total Mac Addresses for this criterion: {len(rows)}"
    return "\n".join((*head, *rows, total, *groups, "Total Mac Addresses for this criterion: 0")) + "\n"


def _lldp(machine: CliMachine) -> str:
    rows = [
        f"{port.name:<10} {port.neighbour.name:<30} {port.neighbour.port:<26} 120"
        for port in machine.ports()
        if port.neighbour
    ]
    return (
        "\n".join(("Last table change time   : 0:00:02 ago", "Number of table drops    : 0", "", _LLDP, *rows)) + "\n"
    )


def _arp(machine: CliMachine) -> str:
    known = [plug for plug in machine.world.at(machine.site.name) if plug.address]
    rows = [
        f"{plug.address:<15} {'0:00:00':>9}  {dotted(plug.mac)}  Vlan{machine.vlan_of(plug.port)}" for plug in known
    ]
    return "\n".join(("Address         Age (sec)  Hardware Addr   Interface", *rows)) + "\n"


def _paging(talk: CliConversation, lines: str) -> str:
    acts.page(talk, lines)
    return f"Pagination {'disabled' if lines == '0' else 'set to ' + lines + ' lines'}.\n"


_EXEC: Mapping[str, Act] = {
    "show interfaces status": acts.show(_status),
    "show vlan": acts.show(_vlans),
    "show mac address-table": acts.show(_macs),
    "show lldp neighbors": acts.show(_lldp),
    "show ip arp": acts.show(_arp),
    "show running-config": acts.running,
    "show startup-config": acts.startup,
    "terminal width <number>": acts.say("Width set to 511 columns.\n"),
    "terminal length <number>": _paging,
    "enable": acts.nothing,
    "configure terminal": acts.go("config"),
    "configure session <word>": sessions.begin,
    "configure session <word> commit": sessions.commit,
    "configure session <word> abort": sessions.abort,
    "write memory": acts.save("Copy completed successfully.\n"),
    "exit": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "hostname <word>": acts.put("hostname", "hostname {}"),
    "interface <interface>": acts.enter("config-if", "interface {}"),
    "interface vlan <vlan>": acts.enter("config-if", "interface Vlan{}"),
    "interface <svi>": acts.enter("config-if", "interface {}"),
    "vlan <vlan>": acts.enter("config-vlan", "vlan {}"),
    **named_lists.LISTS,
    "commit timer <word>": sessions.commit_for,
    "exit": sessions.up,
    "end": sessions.end,
}
_INTERFACE: Mapping[str, Act] = {
    **SWITCHPORT,
    "end": sessions.end,
    **named_lists.BINDING,
}


def _checks(machine: CliMachine) -> Mapping[str, Check]:
    return {
        **checks.common(machine),
        "<interface>": interface_check(machine, NAMES),
        "<svi>": named_lists.svi("Vlan", 4094),
    }


DIALECT = Dialect(
    name="arista_eos",
    first="exec",
    modes=MappingProxyType(
        {
            "exec": mode("{name}#", "", _EXEC),
            "config": mode("{name}(config)#", "exec", _CONFIG),
            "config-if": mode("{name}(config-if)#", "config", _INTERFACE),
            "config-vlan": mode(
                "{name}(config-vlan)#",
                "config",
                {"name <word>": acts.put("name", "name {}"), "exit": acts.up, "end": sessions.end},
            ),
            "config-acl": mode("{name}(config-acl)#", "config", {**named_lists.ENTRIES, "end": sessions.end}),
        }
    ),
    ports=lambda machine: ports(machine, NAMES),
    first_config=lambda site: first_config(site, NAMES, "   ", "!"),
    refuse=refusals.plain("% Invalid input", "% Incomplete command", "% Ambiguous command"),
    checks=_checks,
    step=3,
    closer="!",
    header="! Command: show running-config\n! device: switch (DCS-7010T-48, EOS-4.29.2F)\n!\n",
    footer="end\n",
    filters=MappingProxyType({"include": "include", "exclude": "exclude", "begin": "begin", "section": "section"}),
)
MACHINE = partial(CliMachine, DIALECT)
