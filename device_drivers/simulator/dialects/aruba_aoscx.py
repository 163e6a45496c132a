"""What a simulated Aruba CX switch understands, and how it prints it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from device_drivers.simulator.cli import acts, checks
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.members import runs
from device_drivers.simulator.cli.ports import PortNow
from device_drivers.simulator.cli.refusals import plain
from device_drivers.simulator.cli.tree import Tree
from device_drivers.simulator.site import DeviceSite, NeighbourSite, PortSite
from device_drivers.simulator.words import Check

_ABILITIES = {"bridge": "Bridge", "access-point": "Bridge, WLAN", "phone": "Bridge, Telephone", "router": "Router"}


def _port(tree: Tree, name: str, neighbour: NeighbourSite | None, occupied: bool) -> PortNow:
    section = (f"interface {name}",)
    trunk = bool(tree.values(section, "vlan trunk"))
    lag = tree.value(section, "lag")
    routed = tree.value(section, "routing") is not None
    return PortNow(
        name=name,
        mode="routed" if routed else "trunk" if trunk or lag else "access",
        vlan=None if routed else int(tree.value(section, "vlan trunk native" if trunk else "vlan access") or 1),
        description=tree.value(section, "description") or "",
        lag=f"lag{lag}" if lag else None,
        shut=tree.value(section, "shutdown") is not None,
        neighbour=neighbour,
        occupied=occupied,
    )


def _ports(machine: CliMachine) -> tuple[PortNow, ...]:
    """Ports of the site, and those that only the configuration names."""
    taken = {plug.port for plug in machine.world.at(machine.site.name)}
    sites = {port.name: port.neighbour for port in machine.site.ports}
    written = [name.split()[1] for name in machine.running.sections("interface ") if name.split()[1].count("/") == 2]
    names = dict.fromkeys((*sites, *written))
    return tuple(_port(machine.running, name, sites.get(name), name in taken) for name in names)


def _vlans(tree: Tree) -> dict[int, str]:
    found = {1: "DEFAULT_VLAN_1"}
    for section in tree.sections("vlan "):
        for number in filter(str.isdigit, section.split()[1].split(",")):
            found[int(number)] = tree.value((section,), "name") or (
                "DEFAULT_VLAN_1" if number == "1" else f"VLAN{number}"
            )
    return dict(sorted(found.items()))


def _first_config(site: DeviceSite) -> str:
    lines = ["!", "!Version ArubaOS-CX FL.10.10.1010", "!export-password: default", f"hostname {site.name}"]
    lines += ["ssh server vrf mgmt", "vlan 1"]
    for number, name in site.vlans.items():
        lines += [f"vlan {number}", f"    name {name}"]
    for bundle in sorted({port.lag for port in site.ports if port.lag}):
        lines += [f"interface lag {bundle}", "    no shutdown", "    no routing", "    vlan trunk native 1"]
        lines += ["    vlan trunk allowed all", "    lacp mode active"]
    for port in site.ports:
        lines += [f"interface {port.name}", *_port_lines(port)]
    return "\n".join((*lines, *site.config)) + "\n"


def _port_lines(port: PortSite) -> list[str]:
    lines = ["    shutdown" if port.shutdown else "    no shutdown"]
    lines += [f"    description {port.description}"] if port.description else []
    if port.kind == "routed":
        return [*lines, "    routing"]
    if port.lag:
        return [*lines, f"    lag {port.lag}"]
    if port.kind == "access":
        return [*lines, "    no routing", f"    vlan access {port.vlan}"]
    return [*lines, "    no routing", f"    vlan trunk native {port.vlan}", "    vlan trunk allowed all"]


def _show_interface(machine: CliMachine) -> str:
    ports = machine.ports()
    blocks = [_interface(port) for port in ports]
    for lag in sorted({port.lag for port in ports if port.lag}):
        members = [port for port in ports if port.lag == lag]
        state = "up" if any(port.up for port in members) else "down"
        blocks.append(
            f"Aggregate {lag} is {state}\n Admin state is up\n Description :\n"
            " MAC Address                 : 00:00:5e:00:53:02\n"
            f" Aggregated-interfaces       : {' '.join(port.name for port in members)}\n VLAN Mode: native-untagged\n"
            " Native VLAN: 1\n Allowed VLAN List: all\n"
        )
    return "\n".join(blocks)


def _interface(port: PortNow) -> str:
    state, admin = "up" if port.up else "down", "down" if port.shut else "up"
    vlans = {
        "access": f" VLAN Mode: access\n Access VLAN: {port.vlan}\n",
        "trunk": f" VLAN Mode: native-untagged\n Native VLAN: {port.vlan}\n Allowed VLAN List: all\n",
        "routed": " L3 Counters: Rx Disabled, Tx Disabled\n",
    }[port.mode]
    return (
        f"Interface {port.name} is {state}\n Admin state is {admin}\n Link transitions: 1\n"
        f" Description: {port.description}\n Persona:\n Hardware: Ethernet, MAC Address: 00:00:5e:00:53:01\n MTU 1500\n"
        " Type 1GbT\n Full-duplex\n qos trust none\n Speed 1000 Mb/s\n Auto-negotiation is on\n Flow-control: off\n"
        f" Error-control: off\n MDI mode: MDI\n{vlans} Rate collection interval: 300 seconds\n"
    )


def _show_vlans(machine: CliMachine) -> str:
    rule = "-" * 114
    rows = [rule, f"{'VLAN':<6}{'Name':<34}{'Status':<8}{'Reason':<24}{'Type':<12}{'Interfaces':<30}", rule]
    for number, name in _vlans(machine.running).items():
        inside = [port.name for port in machine.ports() if port.vlan == number and not port.lag]
        spans = [first if first == last else f"{first}-{last}" for first, last in runs(inside)]
        lines = [",".join(spans[at : at + 2]) for at in range(0, len(spans), 2)] or [""]
        kind = "default" if number == 1 else "static"
        rows.append(f"{number:<6}{name[:32]:<34}{'up':<8}{'ok':<24}{kind:<12}{lines[0]}{',' if len(lines) > 1 else ''}")
        rows += [" " * 84 + line + ("," if line is not lines[-1] else "") for line in lines[1:]]
    return "\n".join(rows) + "\n"


def _show_table(machine: CliMachine) -> str:
    rows = machine.table()
    if not rows:
        return "No MAC entries found.\n"
    head = ["MAC age-time            : 300 seconds", f"Number of MAC addresses : {len(rows)}", ""]
    head += ["MAC Address          VLAN     Type                      Port", "-" * 62]
    return "\n".join((*head, *(f"{mac:<21}{vlan:<9}{'dynamic':<26}{port}" for vlan, mac, port in rows))) + "\n"


def _show_lldp(machine: CliMachine) -> str:
    seen = [(port.name, port.neighbour) for port in machine.ports() if port.neighbour and port.up]
    rows = ["", "LLDP Neighbor Information ", "=========================", ""]
    rows += [f"Total Neighbor Entries          : {len(seen)}", "Total Neighbor Entries Deleted  : 0"]
    rows += ["Total Neighbor Entries Dropped  : 0", "Total Neighbor Entries Aged-Out : 0"]
    for port, neighbour in seen:
        able = _ABILITIES[neighbour.kind]
        rows += ["-" * 80, "", f"Port                           : {port}", "Neighbor Entries               : 1"]
        rows += [
            f"Neighbor Chassis-Name          : {neighbour.name}",
            "Neighbor Chassis-ID            : 00:00:5e:00:53:03",
        ]
        rows += [f"Chassis Capabilities Available : {able}", f"Chassis Capabilities Enabled   : {able}"]
        rows += [f"Neighbor Port-ID               : {neighbour.port}", "TTL                            : 120"]
    return "\n".join(rows) + "\n"


def _checks(machine: CliMachine) -> Mapping[str, Check]:
    return checks.common(machine)


def _access_vlan(talk: CliConversation, vlan: str) -> str:
    if int(vlan) not in _vlans(talk.machine.running):
        return f"VLAN {vlan} should be created first.\n"
    talk.machine.running.drop(talk.path, "vlan trunk")
    talk.machine.running.put(talk.path, "vlan access", f"vlan access {vlan}")
    return ""


def _state(wanted: str, other: str) -> Act:
    """`shutdown` and `no shutdown` stand in each other's place."""

    def act(talk: CliConversation) -> None:
        key = other if talk.machine.running.value(talk.path, other) is not None else wanted
        talk.machine.running.put(talk.path, key, wanted)

    return act


_EXEC: Mapping[str, Act] = {
    "show interface": acts.show(_show_interface),
    "show vlan": acts.show(_show_vlans),
    "show mac-address-table": acts.show(_show_table),
    "show lldp neighbor-info detail": acts.show(_show_lldp),
    "show running-config": acts.running,
    "show startup-config": acts.startup,
    "no page": acts.page_off,
    "page": acts.nothing,
    "configure terminal": acts.go("config"),
    "write memory": acts.save("Copying configuration: [Success]\n"),
    "copy running-config startup-config": acts.save("Copying configuration: [Success]\n"),
    "checkpoint auto <number>": acts.arm,
    "checkpoint auto confirm": acts.keep,
    "exit": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "interface <port>": acts.enter("config-if", "interface {}"),
    "vlan <vlan>": acts.enter("config-vlan", "vlan {}"),
    "hostname <word>": acts.put("hostname", "hostname {}"),
    "access-list ip <word>": acts.enter("config-acl-ip", "access-list ip {}"),
    "no access-list ip <word>": acts.remove("access-list ip {}"),
    "access-list ipv6 <word>": acts.enter("config-acl-ip", "access-list ipv6 {}"),
    "no access-list ipv6 <word>": acts.remove("access-list ipv6 {}"),
    "exit": acts.up,
    "end": acts.end,
}
_INTERFACE: Mapping[str, Act] = {
    "vlan access <vlan>": _access_vlan,
    "description <line>": acts.put("description", "description {}"),
    "shutdown": _state("shutdown", "no shutdown"),
    "no shutdown": _state("no shutdown", "shutdown"),
    "exit": acts.up,
    "end": acts.end,
}
_VLAN: Mapping[str, Act] = {
    "name <word>": acts.put("name", "name {}"),
    "apply access-list ip <word> in": acts.bind("apply access-list ip {} in"),
    "no apply access-list ip <word> in": acts.unbind("apply access-list ip {} in"),
    "apply access-list ipv6 <word> in": acts.bind("apply access-list ipv6 {} in"),
    "no apply access-list ipv6 <word> in": acts.unbind("apply access-list ipv6 {} in"),
    "exit": acts.up,
    "end": acts.end,
}


def _entry(talk: CliConversation, rest: str) -> None:
    """Entries get numbers of ten each, as they are typed."""
    section = talk.machine.running.section(talk.path)
    number = 10 * (len(section.children) + 1) if section else 10
    talk.machine.running.add(talk.path, f"{number} {rest}")


_LIST: Mapping[str, Act] = {
    "permit <line>": lambda talk, rest: _entry(talk, f"permit {rest}"),
    "deny <line>": lambda talk, rest: _entry(talk, f"deny {rest}"),
    "comment <line>": lambda talk, rest: _entry(talk, f"comment {rest}"),
    "exit": acts.up,
    "end": acts.end,
}

DIALECT = Dialect(
    name="aruba_aoscx",
    first="exec",
    modes={
        "exec": mode("{name}# ", "", _EXEC),
        "config": mode("{name}(config)# ", "exec", _CONFIG),
        "config-if": mode("{name}(config-if)# ", "config", _INTERFACE),
        "config-vlan": mode("{name}(config-vlan-{number})# ", "config", _VLAN),
        "config-acl-ip": mode("{name}(config-acl-ip)# ", "config", _LIST),
    },
    ports=_ports,
    first_config=_first_config,
    refuse=plain("Invalid input: {rest}", "% Command incomplete.", "Ambiguous command: {line}"),
    checks=_checks,
    header="Current configuration:\n",
    more="-- MORE --, next page: Space, next line: Enter, quit: q",
    step=4,
)
MACHINE = partial(CliMachine, DIALECT)
