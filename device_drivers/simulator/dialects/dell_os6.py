"""What a simulated Dell OS6 understands. Its configuration is written without indents: a section ends in `exit`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from device_drivers.simulator.cli import acts, checks, refusals
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
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

NAMES = Names(short=str, long=str, socket=r"(?:Gi|Te)\d+/\d+/\d+", quoted=True)
_STATUS = (
    "Port      Description               Duplex Speed   Neg  Link   Flow Control\n"
    "                                                        State  Status\n"
    "--------- ------------------------- ------ ------- ---- ------ ------------"
)
_VLANS = (
    "VLAN   Name                             Ports          Type\n"
    "-----  ---------------                  -------------  --------------"
)
_MACS = (
    "Aging time is 300 Sec\n\nVlan     Mac Address           Type        Port\n"
    "-------- --------------------- ----------- ---------------------"
)
_LLDP = (
    "LLDP Remote Device Summary\n\nLocal\nInterface  RemID    Chassis ID           Port ID            System Name\n"
    "---------  -------  -------------------  -----------------  -----------------"
)


def _status(machine: CliMachine) -> str:
    rows = [
        f"{port.name:<9} {port.description[:25]:<25} {'Full' if port.up else 'N/A':<6} "
        f"{'1000' if port.up else 'Unknown':<7} Auto {'Up' if port.up else 'Down':<6} Active"
        for port in machine.ports()
    ]
    return "\n".join((_STATUS, *rows)) + "\n\n"


def _vlans(machine: CliMachine) -> str:
    rows: list[str] = []
    for vlan in vlan_numbers(machine):
        name = (machine.running.value((f"vlan {vlan}",), "name") or "default").strip('"')
        members = ",".join(port.name for port in machine.ports() if port.vlan == vlan)
        rows.append(f"{vlan:<6} {name:<32} {members[:13]:<14} {'Default' if vlan == 1 else 'Static'}")
    return "\n".join((_VLANS, *rows)) + "\n\n"


def _macs(machine: CliMachine) -> str:
    rows = [f"{vlan:<8} {dotted(mac).upper():<21} Dynamic     {port}" for vlan, mac, port in machine.table()]
    own = f"{1:<8} {'F48E.3840.A727':<21} Management  Vl1"
    return "\n".join((_MACS, own, *rows, "", f"Total MAC Addresses in use: {len(rows) + 1}")) + "\n"


def lldp(machine: CliMachine) -> str:
    """A port without a neighbour has a row of its name alone."""
    rows = [
        f"{port.name:<10} {'1':<8} {'02:00:5E:00:00:01':<20} {port.neighbour.port[:17]:<18} {port.neighbour.name[:17]}"
        if port.neighbour
        else port.name
        for port in machine.ports()
    ]
    return "\n".join((_LLDP, *rows)) + "\n\n"


def running(talk: CliConversation, *_: str) -> str:
    flat = "".join(f"{line.strip()}\n" for line in talk.machine.running.lines())
    return f"{talk.dialect.header}{flat}{talk.dialect.footer}"


SAVE = acts.save_if(
    "This operation may take a few minutes.\nManagement interfaces will not be available during this time.\n\n"
    "Are you sure you want to save? (y/n) ",
    "y",
    "\nConfiguration Saved!\n",
)
_EXEC: Mapping[str, Act] = {
    "show interfaces status": acts.show(_status),
    "show vlan": acts.show(_vlans),
    "show mac address-table": acts.show(_macs),
    "show lldp remote-device all": acts.show(lldp),
    "show running-config": running,
    "terminal width <number>": acts.nothing,
    "terminal length <number>": acts.page,
    "enable": acts.nothing,
    "configure": acts.go("config"),
    "configure terminal": acts.go("config"),
    "copy running-config startup-config": SAVE,
    "exit": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "hostname <word>": acts.put("hostname", "hostname {}"),
    "interface <interface>": acts.enter("config-if", "interface {}"),
    "exit": acts.up,
    "end": acts.end,
}


def _checks(machine: CliMachine) -> Mapping[str, Check]:
    return {**checks.common(machine), "<interface>": interface_check(machine, NAMES)}


DIALECT = Dialect(
    name="dell_os6",
    first="user",
    modes=MappingProxyType(
        {
            "user": mode("{name}>", "", {"enable": acts.go("exec"), "exit": acts.leave}),
            "exec": mode("{name}#", "", _EXEC),
            "config": mode("{name}(config)#", "exec", _CONFIG),
            "config-if": mode("{name}(config-if)#", "config", SWITCHPORT),
        }
    ),
    ports=lambda machine: ports(machine, NAMES),
    first_config=lambda site: first_config(site, NAMES, " ", "exit"),
    refuse=refusals.caret,
    checks=_checks,
    more="--More-- or (q)uit",
    closer="exit",
    header='!Current Configuration:\n!System Description "Dell EMC Networking N1548P, 6.5.4.2"\n!\nconfigure\n',
    footer="exit\n",
)
MACHINE = partial(CliMachine, DIALECT)
