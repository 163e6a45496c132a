"""Ports of systems that write `interface … / switchport …`, out of the running configuration; and their first one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from device_drivers.simulator.cli import acts
from device_drivers.simulator.cli.dialect import Act
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.ports import PortMode, PortNow
from device_drivers.simulator.site import DeviceSite, PortSite
from device_drivers.simulator.words import Check


@dataclass(frozen=True, slots=True)
class Names:
    """`short` is what tables show and the site says, `long` what stands in the configuration behind `interface `."""

    short: Callable[[str], str]
    long: Callable[[str], str]
    socket: str
    """Pattern of the long names that are sockets."""
    quoted: bool = False
    """Descriptions stand in quotes."""
    vlan: str = "vlan {}"
    """How the section of a VLAN begins."""


def ports(machine: CliMachine, names: Names) -> tuple[PortNow, ...]:
    """Every socket the running configuration has a section for."""
    long = [section.removeprefix("interface ") for section in machine.running.sections("interface ")]
    return tuple(_port(machine, name, names) for name in long if re.fullmatch(names.socket, name))


def _port(machine: CliMachine, long: str, names: Names) -> PortNow:
    path, short = (f"interface {long}",), names.short(long)
    here = next((port for port in machine.site.ports if port.name == short), None)
    mode: PortMode = "routed" if machine.running.value(path, "no switchport") is not None else "access"
    if machine.running.value(path, "switchport mode") == "trunk":
        mode = "trunk"
    bundle = (machine.running.value(path, "channel-group") or "").split()
    return PortNow(
        name=short,
        mode=mode,
        vlan=int(machine.running.value(path, "switchport access vlan") or 1) if mode == "access" else None,
        description=(machine.running.value(path, "description") or "").strip('"'),
        lag=f"Po{bundle[0]}" if bundle else None,
        shut=machine.running.value(path, "shutdown") is not None,
        neighbour=here.neighbour if here else None,
        occupied=any(plug.port == short for plug in machine.world.at(machine.site.name)),
    )


def first_config(site: DeviceSite, names: Names, indent: str, closer: str) -> str:
    return "".join(f"{line}\n" for line in _first(site, names, indent, closer))


def _first(site: DeviceSite, names: Names, indent: str, closer: str) -> Iterator[str]:
    yield f"hostname {site.name}"
    for number, name in site.vlans.items():
        key = "name" if names.vlan.startswith("vlan") else "description"
        yield from (names.vlan.format(number), f"{indent}{key} {name}", closer)
    for port in site.ports:
        yield f"interface {names.long(port.name)}"
        yield from (f"{indent}{line}" for line in _lines(port, names))
        yield closer
    yield from site.config


def _lines(port: PortSite, names: Names) -> Iterator[str]:
    mark = '"' if names.quoted else ""
    if port.description:
        yield f"description {mark}{port.description}{mark}"
    if port.shutdown:
        yield "shutdown"
    if port.kind == "routed":
        yield "no switchport"
    if port.kind == "trunk":
        yield "switchport mode trunk"
    if port.kind == "access" and port.vlan != 1:
        yield f"switchport access vlan {port.vlan}"
    if port.lag:
        yield f"channel-group {port.lag} mode active"


def vlan_numbers(machine: CliMachine, beginning: str = "vlan ") -> tuple[int, ...]:
    """Those that were made, and the one that is always there."""
    rests = (section.removeprefix(beginning) for section in machine.running.sections(beginning))
    made = {int(rest) for rest in rests if rest.isdigit()}
    return tuple(sorted(made | {1}))


def interface_check(machine: CliMachine, names: Names) -> Check:
    """A socket that is there, by either of its names."""
    found = {
        name.lower(): names.long(port.name) for port in machine.ports() for name in (port.name, names.long(port.name))
    }
    return lambda typed: found.get(typed.lower())


SWITCHPORT: dict[str, Act] = {
    "description <line>": acts.put("description", "description {}"),
    "no description": acts.drop("description"),
    "shutdown": acts.put("shutdown", "shutdown"),
    "no shutdown": acts.drop("shutdown"),
    "switchport mode access": acts.drop("switchport mode"),
    "switchport mode trunk": acts.put("switchport mode", "switchport mode trunk"),
    "switchport access vlan <vlan>": acts.put("switchport access vlan", "switchport access vlan {}"),
    "no switchport access vlan": acts.drop("switchport access vlan"),
    "exit": acts.up,
    "end": acts.end,
}
