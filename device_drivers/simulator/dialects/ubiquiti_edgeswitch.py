"""What a simulated Ubiquiti EdgeSwitch understands: FASTPATH, whose ports take part in VLANs line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType

from device_drivers.formats.fastpath import read_ports
from device_drivers.model import PortKind
from device_drivers.rows import PortRow
from device_drivers.simulator.cli import acts, checks, refusals
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.ports import PortNow
from device_drivers.simulator.dialects.dell_os6 import SAVE, lldp, running
from device_drivers.simulator.site import DeviceSite, PortSite

_HEADER = '!Current Configuration:\n!\n!System Description "EdgeSwitch 48 500W, 1.9.1"\n!\n'


def _ports(machine: CliMachine) -> tuple[PortNow, ...]:
    said = {row.port: row for row in read_ports(_HEADER + machine.running.text()) if isinstance(row, PortRow)}
    return tuple(_port(machine, name, row) for name, row in said.items())


def _port(machine: CliMachine, name: str, row: PortRow) -> PortNow:
    here = next((port for port in machine.site.ports if port.name == name), None)
    return PortNow(
        name,
        "trunk" if row.kind is PortKind.TRUNK else "access",
        row.access_vlan,
        description=row.description,
        shut=row.shut,
        neighbour=here.neighbour if here else None,
        occupied=any(plug.port == name for plug in machine.world.at(machine.site.name)),
    )


def _first(site: DeviceSite) -> str:
    lines = ["vlan database", f" vlan {','.join(site.vlans)}"]
    lines += [f' vlan name {number} "{name}"' for number, name in site.vlans.items()]
    lines += ["exit", f'hostname "{site.name}"']
    for port in site.ports:
        lines += [f"interface {port.name}", *_lines(port), "exit"]
    return "".join(f"{line}\n" for line in (*lines, *site.config))


def _lines(port: PortSite) -> Iterator[str]:
    if port.description:
        yield f" description '{port.description}'"
    if port.shutdown:
        yield " shutdown"
    if port.lag:
        yield f" addport 3/{port.lag}"
    if port.kind == "trunk":
        yield " vlan tagging 10,20,30,99"
    elif port.vlan != 1:
        yield from (
            f" vlan pvid {port.vlan}",
            " vlan participation exclude 1",
            f" vlan participation include {port.vlan}",
        )


def _take_part(talk: CliConversation, vlan: str, others: str, mine: str) -> None:
    """In a VLAN or out of it: a line of the other kind for the same VLAN goes."""
    talk.machine.running.drop(talk.path, f"vlan participation {others} {vlan}")
    if (mine == "include") != (vlan == "1"):
        talk.machine.running.add(talk.path, f"vlan participation {mine} {vlan}")


def _include(talk: CliConversation, vlan: str) -> None:
    _take_part(talk, vlan, "exclude", "include")


def _exclude(talk: CliConversation, vlan: str) -> None:
    _take_part(talk, vlan, "include", "exclude")


def _vlans(machine: CliMachine) -> str:
    numbers = (machine.running.value(("vlan database",), "vlan") or "").split(",")
    head = (
        "VLAN ID VLAN Name                        VLAN Type",
        "------- -------------------------------- -------------------",
    )
    names = {number: machine.running.value(("vlan database",), f"vlan name {number}") or "" for number in numbers}
    quote = '"'
    rows = [f"{number:<7} {name.strip(quote):<32} Static" for number, name in names.items() if number]
    return "\n".join((*head, f"{1:<7} {'default':<32} Default", *rows)) + "\n"


def _macs(machine: CliMachine) -> str:
    head = (
        "",
        "VLAN ID  MAC Address         Interface              IfIndex  Status",
        "-------  ------------------  ---------------------  -------  ------------",
    )
    rows = [
        f"{vlan:<8} {mac.upper():<19} {port:<22} {port.split('/')[-1]:<8} Learned"
        for vlan, mac, port in machine.table()
    ]
    return "\n".join((*head, f"{1:<8} {'18:E8:29:22:78:F5':<19} {'5/1':<22} {55:<8} Management", *rows)) + "\n"


_EXEC: Mapping[str, Act] = {
    "show running-config": running,
    "show vlan": acts.show(_vlans),
    "show mac-addr-table": acts.show(_macs),
    "show lldp remote-device all": acts.show(lldp),
    "terminal length <number>": acts.page,
    "terminal width <number>": acts.nothing,
    "enable": acts.nothing,
    "configure": acts.go("config"),
    "write memory": SAVE,
    "exit": acts.leave,
}
_INTERFACE: Mapping[str, Act] = {
    "description <line>": acts.put("description", "description {}"),
    "shutdown": acts.put("shutdown", "shutdown"),
    "no shutdown": acts.drop("shutdown"),
    "vlan pvid <vlan>": acts.put("vlan pvid", "vlan pvid {}"),
    "vlan participation include <vlan>": _include,
    "vlan participation exclude <vlan>": _exclude,
    "exit": acts.up,
}

DIALECT = Dialect(
    name="ubiquiti_edgeswitch",
    first="user",
    modes=MappingProxyType(
        {
            "user": mode("({name}) >", "", {"enable": acts.go("exec"), "exit": acts.leave}),
            "exec": mode("({name}) #", "", _EXEC),
            "config": mode(
                "({name}) (Config)#",
                "exec",
                {"interface <port>": acts.enter("config-if", "interface {}"), "exit": acts.up},
            ),
            "config-if": mode("({name}) (Interface)#", "config", _INTERFACE),
        }
    ),
    ports=_ports,
    first_config=_first,
    refuse=refusals.caret,
    checks=checks.common,
    more="--More-- or (q)uit",
    closer="exit",
    globals_inside="",
    header=_HEADER,
)
MACHINE = partial(CliMachine, DIALECT)
