"""What a simulated ExtremeXOS understands. A port leaves the VLAN it is untagged in before it joins another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType

from device_drivers.simulator.cli import acts, checks, refusals
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.ports import PortNow
from device_drivers.simulator.site import DeviceSite

_HEADER = "#\n# Module vlan configuration.\n#\n"
_TITLES = (
    "Port Summary\nPort     Display              VLAN Name           Port  Link  Speed  Duplex\n"
    "#        String               (or # VLANs)        State State Actual Actual\n" + "=" * 75
)
_FDB = (
    "MAC                                      VLAN Name( Tag)  Age  Flags          Port / Virtual Port List\n"
    + "-" * 102
)


def _tags(machine: CliMachine) -> dict[str, int]:
    """Every VLAN by its name, in small letters."""
    found = (re.match(r"configure vlan (\S+) tag (\d+)$", line) for line in machine.running.lines())
    return {"default": 1, **{row[1].lower(): int(row[2]) for row in found if row}}


def _members(machine: CliMachine) -> Iterator[tuple[str, str, str]]:
    """(VLAN in small letters, port, tagged or untagged)."""
    for line in machine.running.lines():
        if row := re.match(r"configure vlan (\S+) add ports (\S+) (tagged|untagged)$", line):
            yield row[1].lower(), row[2], row[3]


def _ports(machine: CliMachine) -> tuple[PortNow, ...]:
    tags, members = _tags(machine), list(_members(machine))
    return tuple(_port(machine, port.name, tags, members) for port in machine.site.ports)


def _port(machine: CliMachine, name: str, tags: Mapping[str, int], members: list[tuple[str, str, str]]) -> PortNow:
    here = next(port for port in machine.site.ports if port.name == name)
    tagged = frozenset(tags[vlan] for vlan, port, how in members if port == name and how == "tagged")
    own = next((tags[vlan] for vlan, port, how in members if port == name and how == "untagged"), None)
    return PortNow(
        name,
        "trunk" if tagged else "access",
        own,
        tagged,
        machine.running.value((), f"configure ports {name} display-string") or "",
        shut=machine.running.value((), f"disable port {name}") is not None,
        neighbour=here.neighbour,
        occupied=any(plug.port == name for plug in machine.world.at(machine.site.name)),
    )


def _first(site: DeviceSite) -> str:
    lines = ["configure vlan default delete ports all"]
    for number, name in site.vlans.items():
        lines += [f'create vlan "{name}"', f"configure vlan {name} tag {number}"]
    for port in site.ports:
        lines += [f"disable port {port.name}"] if port.shutdown else []
        if port.description:
            lines.append(f"configure ports {port.name} display-string {port.description.replace(' ', '-')}")
        if port.kind == "trunk":
            lines += [f"configure vlan {name} add ports {port.name} tagged" for name in site.vlans.values()]
        else:
            lines.append(f"configure vlan {site.vlans.get(str(port.vlan), 'Default')} add ports {port.name} untagged")
    bundle = [port.name for port in site.ports if port.lag]
    lines += (
        [f"enable sharing {bundle[0]} grouping {','.join(bundle)} algorithm address-based L2 lacp"] if bundle else []
    )
    return "".join(f"{line}\n" for line in (*lines, *site.config))


def _name(talk: CliConversation, typed: str) -> str | None:
    """The VLAN meant by a number or a name."""
    tags = _tags(talk.machine)
    return next((name for name, tag in tags.items() if typed in (str(tag), name)), None)


def _delete(talk: CliConversation, vlan: str, port: str) -> str:
    name = _name(talk, vlan)
    if name is None:
        return f"Error: VLAN {vlan} does not exist.\n"
    for how in ("tagged", "untagged"):
        for spelled in (name, name.capitalize()):
            talk.machine.running.drop((), f"configure vlan {spelled} add ports {port} {how}")
    return ""


def _add(talk: CliConversation, vlan: str, port: str) -> str:
    name = _name(talk, vlan)
    if name is None:
        return f"Error: VLAN {vlan} does not exist.\n"
    own = next((other for other, at, how in _members(talk.machine) if at == port and how == "untagged"), None)
    if own not in (None, name):
        return (
            f"Error: Protocol conflict when adding untagged port {port}. Either add this port as tagged or assign"
            " another protocol to this VLAN.\n"
        )
    talk.machine.running.add((), f"configure vlan {name} add ports {port} untagged")
    return ""


def _summary(machine: CliMachine) -> str:
    names = {tag: name for name, tag in _tags(machine).items()}
    rows = [
        f"{port.name:<8} {port.description[:20]:<20} {names.get(port.vlan or 0, '(0004)')[:19]:<19} "
        f"{'D' if port.shut else 'E':<5} {'A' if port.up else 'R':<5} {'1000   FULL' if port.up else ''}"
        for port in machine.ports()
    ]
    return "\n".join((_TITLES, *rows, "=" * 75, "   Port State: D-Disabled, E-Enabled")) + "\n"


def _fdb(machine: CliMachine) -> str:
    rows = [f"{mac} {f'v{vlan}({vlan:04})':>41} 0041  d m            {port}" for vlan, mac, port in machine.table()]
    legend = "\nFlags : d - Dynamic, s - Static, p - Permanent, n - NetLogin, m - MAC, i - IP\n"
    return "\n".join((_FDB, *rows, legend, f"Total: {len(rows)} Static: 0  Perm: 0  Dyn: {len(rows)}")) + "\n"


_EXEC: Mapping[str, Act] = {
    "show configuration vlan": acts.running,
    "show ports no-refresh": acts.show(_summary),
    "show fdb": acts.show(_fdb),
    "configure vlan <word> delete ports <port>": _delete,
    "configure vlan <word> add ports <port> untagged": _add,
    "disable ports <port>": acts.put("disable port {}", "disable port {}"),
    "enable ports <port>": acts.drop("disable port {}"),
    "disable clipaging": acts.page_off,
    "disable cli prompting": acts.nothing,
    "save configuration primary": acts.save("Saving configuration on master .... done!\n"),
    "exit": acts.leave,
}

DIALECT = Dialect(
    name="extreme_exos",
    first="exec",
    modes=MappingProxyType({"exec": mode("* {name}.1 # ", "", _EXEC)}),
    ports=_ports,
    first_config=_first,
    refuse=refusals.plain("%% Invalid input detected at '^' marker.", "%% Incomplete command", "%% Ambiguous command"),
    checks=checks.common,
    more="Press <SPACE> to continue or <Q> to quit:",
    hostname="configure snmp sysName",
    globals_inside="",
    header=_HEADER,
)
MACHINE = partial(CliMachine, DIALECT)
