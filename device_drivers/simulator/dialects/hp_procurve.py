"""What a simulated AOS-S switch (ProCurve, ArubaOS-Switch) understands, and how it prints it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from device_drivers.simulator.cli import acts, checks
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.members import Members, natural, runs, vlan_section
from device_drivers.simulator.cli.ports import PortNow
from device_drivers.simulator.cli.refusals import plain
from device_drivers.simulator.cli.tree import Tree
from device_drivers.simulator.site import DeviceSite, NeighbourSite
from device_drivers.simulator.words import Check

_NUMBERED = re.compile(r"(\d+/)?([A-Z]?)(\d+)$", re.IGNORECASE)
_ABILITIES = {
    "bridge": "bridge", "access-point": "bridge, wlan-access-point", "phone": "bridge, telephone", "router": "router",
}  # fmt: skip


def read_ports(text: str) -> tuple[str, ...]:
    """`1-4,A1,Trk1` -> the ports."""
    found: list[str] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        start, end = _NUMBERED.match(first), _NUMBERED.match(last)
        if start and end:
            stem = (start[1] or "") + start[2]
            found += [f"{stem}{number}" for number in range(int(start[3]), int(end[3]) + 1)]
        else:
            found.append(part)
    return tuple(found)


def spell_ports(ports: Sequence[str]) -> str:
    return ",".join(first if first == last else f"{first}-{last}" for first, last in runs(ports))


MEMBERS = Members(read_ports, spell_ports)


def _trunks(tree: Tree) -> dict[str, str]:
    """Port -> its trunk, by lines like `trunk 23-24 trk1 lacp`."""
    found: dict[str, str] = {}
    for line in tree.values((), "trunk"):
        ports, name, *_ = line.split()
        found |= dict.fromkeys(read_ports(ports), name.capitalize())
    return found


def _ports(machine: CliMachine) -> tuple[PortNow, ...]:
    tree, trunks = machine.running, _trunks(machine.running)
    taken = {plug.port for plug in machine.world.at(machine.site.name)}
    sites = {port.name: port.neighbour for port in machine.site.ports}
    written = [port for section in tree.sections("vlan ") for key in ("untagged", "tagged")
               for port in MEMBERS.of(tree, section, key) if not port.startswith("Trk")]  # fmt: skip
    names = sorted(dict.fromkeys((*sites, *written, *trunks)), key=natural)
    return tuple(_port(tree, name, trunks.get(name), sites.get(name), name in taken) for name in names)


def _port(tree: Tree, name: str, trunk: str | None, neighbour: NeighbourSite | None, occupied: bool) -> PortNow:
    member = trunk or name
    untagged, tagged = MEMBERS.vlans(tree, "untagged", member), MEMBERS.vlans(tree, "tagged", member)
    section = (f"interface {name}",)
    return PortNow(
        name=name,
        mode="trunk" if tagged or trunk else "access",
        vlan=untagged[0] if untagged else None,
        tagged=frozenset(tagged),
        description=(tree.value(section, "name") or "").strip('"'),
        lag=trunk,
        shut=tree.value(section, "disable") is not None,
        neighbour=neighbour,
        occupied=occupied,
    )


def _vlans(tree: Tree) -> dict[int, str]:
    sections = [name for name in tree.sections("vlan ") if name.split()[1].isdigit()]
    return {int(name.split()[1]): (tree.value((name,), "name") or "").strip('"') for name in sections}


def _first_config(site: DeviceSite) -> str:
    lines = ["; J9773A Configuration Editor; Created on release #YA.16.10.0002", f'hostname "{site.name}"']
    for bundle in sorted({port.lag for port in site.ports if port.lag}):
        held = sorted((port.name for port in site.ports if port.lag == bundle), key=natural)
        lines.append(f"trunk {spell_ports(held)} trk{bundle} lacp")
    for port in site.ports:
        inside = ([f'   name "{port.description}"'] if port.description else []) + (
            ["   disable"] if port.shutdown else []
        )
        lines += [f"interface {port.name}", *inside, "   exit"] if inside else []
    for number, name in {"1": "DEFAULT_VLAN", **site.vlans}.items():
        lines += [f"vlan {number}", f'   name "{name}"', *_vlan_lines(site, int(number)), "   exit"]
    return "\n".join((*lines, *site.config)) + "\n"


def _vlan_lines(site: DeviceSite, vlan: int) -> list[str]:
    trunked = {f"Trk{port.lag}" for port in site.ports if port.lag}
    plain_ports = [port for port in site.ports if not port.lag]
    untagged = [port.name for port in plain_ports if port.vlan == vlan]
    tagged = [port.name for port in plain_ports if port.kind in ("trunk", "dynamic") and port.vlan != vlan]
    (untagged if vlan == 1 else tagged).extend(trunked)
    found = {"untagged": untagged, "tagged": tagged}
    return [f"   {key} {spell_ports(sorted(held, key=natural))}" for key, held in found.items() if held]


def _label(port: PortNow) -> str:
    return f"{port.name}-{port.lag}" if port.lag else port.name


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _show_status(machine: CliMachine) -> str:
    rows = ["  Port     Name       Status  Config-mode   Speed    Type       Tagged Untagged"]
    rows.append("  -------- ---------- ------- ------------- -------- ---------- ------ --------")
    for port in machine.ports():
        tagged = "multi" if len(port.tagged) > 1 else str(next(iter(port.tagged), "No"))
        state = "Up" if port.up else "Down"
        rows.append(
            f"  {_cut(_label(port), 8):<8} {_cut(port.description, 10):<10} {state:<7} {'Auto':<13} {'1000FDx':<8} "
            f"{'100/1000T':<10} {tagged:<6} {port.vlan or 'No'}"
        )
    return "\n".join(rows) + "\n"


def _show_brief(machine: CliMachine) -> str:
    rows = [" Status and Counters - Port Status", ""]
    rows.append("                          | Intrusion                           MDI  Flow Bcast")
    rows.append("  Port         Type       | Alert     Enabled Status Mode       Mode Ctrl Limit")
    rows.append("  ------------ ---------- + --------- ------- ------ ---------- ---- ---- -----")
    for port in machine.ports():
        enabled, state = "No" if port.shut else "Yes", "Up" if port.up else "Down"
        rows.append(
            f"  {_label(port):<12} {'100/1000T':<10} | {'No':<9} {enabled:<7} {state:<6} {'1000FDx':<10} "
            f"{'Auto':<4} {'off':<4} 0"
        )
    return "\n".join(rows) + "\n"


def _show_vlans(machine: CliMachine) -> str:
    rows = [" Status and Counters - VLAN Information", "", "  Maximum VLANs to support : 256"]
    rows += ["  Primary VLAN : DEFAULT_VLAN", "  Management VLAN :", ""]
    rows.append("  VLAN ID Name                             | Status     Voice Jumbo")
    rows.append("  ------- -------------------------------- + ---------- ----- -----")
    rows += [f"  {n:<7} {name[:32]:<32} | Port-based No    No" for n, name in _vlans(machine.running).items()]
    return "\n".join(rows) + "\n"


def _show_table(machine: CliMachine) -> str:
    rows = ["", " Status and Counters - Port Address Table", ""]
    rows.append("  MAC Address       Port                            VLAN")
    rows.append("  ----------------- ------------------------------- ----")
    for vlan, mac, port in machine.table():
        digits = mac.replace(":", "")
        rows.append(f"  {digits[:6]}-{digits[6:]:<10} {port:<31} {vlan}")
    return "\n".join(rows) + "\n"


def _show_lldp(machine: CliMachine) -> str:
    rows = ["", " LLDP Remote Device Information Detail", ""]
    for port in machine.ports():
        if port.neighbour and port.up:
            seen = port.neighbour
            rows += [f"  Local Port   : {port.name}", "  ChassisType  : mac-address", "  ChassisId    : 00005e-005301"]
            rows += [f"  PortId       : {seen.port}", f"  SysName      : {seen.name}", "  System Descr : simulated"]
            rows += ["", f"  System Capabilities Supported  : {_ABILITIES[seen.kind]}"]
            rows += [f"  System Capabilities Enabled    : {_ABILITIES[seen.kind]}", "", "-" * 78]
    return "\n".join(rows) + "\n"


def _show_trunks(machine: CliMachine) -> str:
    rows = ["", " Load Balancing Method:  L3-based (default)", ""]
    rows.append("  Port   | Name                             Type       | Group Type    ")
    rows.append("  ------ + -------------------------------- ---------- + ----- --------")
    rows += [
        f"  {port.name:<6} | {port.description[:32]:<32} {'100/1000T':<10} | {port.lag:<5} LACP"
        for port in machine.ports()
        if port.lag
    ]
    return "\n".join(rows) + "\n"


def _untagged(talk: CliConversation, port: str) -> str:
    """A port is untagged in one VLAN: it leaves the one it was in."""
    tree, section = talk.machine.running, talk.path[-1]
    for other in tree.sections("vlan "):
        MEMBERS.take_out(tree, other, "untagged", [port])
    MEMBERS.take_out(tree, section, "tagged", [port])
    MEMBERS.take_in(tree, section, "untagged", [port])
    return ""


def _not_untagged(talk: CliConversation, port: str) -> None:
    tree = talk.machine.running
    MEMBERS.take_out(tree, talk.path[-1], "untagged", [port])
    if home := vlan_section(tree, "1"):
        MEMBERS.take_in(tree, home, "untagged", [port])


def _tagged(talk: CliConversation, port: str) -> None:
    MEMBERS.take_out(talk.machine.running, talk.path[-1], "untagged", [port])
    MEMBERS.take_in(talk.machine.running, talk.path[-1], "tagged", [port])


def _enter_vlan(talk: CliConversation, vlan: str) -> None:
    section = vlan_section(talk.machine.running, vlan) or f"vlan {vlan}"
    if talk.machine.running.section((section,)) is None:
        made = talk.machine.running.make((section,))
        talk.machine.running.put((section,), "name", f'name "VLAN{vlan}"')
        talk.machine.running.add((section,), "exit")
        assert made.children
    talk.go("vlan", section)


def _enter_port(talk: CliConversation, port: str) -> None:
    talk.go("interface", f"interface {port}")


def _disable(talk: CliConversation) -> None:
    tree = talk.machine.running
    if tree.section(talk.path) is None:
        tree.make(talk.path)
        tree.add(talk.path, "exit")
    tree.put(talk.path, "disable", "disable")


def _checks(machine: CliMachine) -> Mapping[str, Check]:
    known = {**checks.common(machine)}
    return {**known, "<acl>": lambda word: f'"{word.strip(chr(34))}"'}


_EXEC: Mapping[str, Act] = {
    "show interfaces status": acts.show(_show_status),
    "show interfaces brief": acts.show(_show_brief),
    "show vlans": acts.show(_show_vlans),
    "show mac-address": acts.show(_show_table),
    "show lldp info remote-device detail": acts.show(_show_lldp),
    "show trunks": acts.show(_show_trunks),
    "show running-config": acts.running,
    "show config": acts.startup,
    "no page": acts.page_off,
    "terminal width <number>": acts.nothing,
    "terminal length <number>": acts.page_off,
    "configure": acts.go("config"),
    "configure terminal": acts.go("config"),
    "write memory": acts.save(""),
    "exit": acts.leave,
    "logout": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "vlan <vlan>": _enter_vlan,
    "interface <port>": _enter_port,
    "hostname <word>": acts.put("hostname", "hostname {}"),
    "ip access-list extended <acl>": acts.enter("acl", "ip access-list extended {}"),
    "no ip access-list extended <acl>": acts.remove("ip access-list extended {}"),
    "ipv6 access-list <acl>": acts.enter("acl", "ipv6 access-list {}"),
    "no ipv6 access-list <acl>": acts.remove("ipv6 access-list {}"),
    "write memory": acts.save(""),
    "exit": acts.up,
    "end": acts.end,
}
_VLAN: Mapping[str, Act] = {
    "untagged <port>": _untagged,
    "no untagged <port>": _not_untagged,
    "tagged <port>": _tagged,
    "name <word>": acts.put("name", "name {}"),
    "ip access-group <acl> in": acts.bind("ip access-group {} in"),
    "no ip access-group <acl> in": acts.unbind("ip access-group {} in"),
    "ipv6 access-group <acl> in": acts.bind("ipv6 access-group {} in"),
    "no ipv6 access-group <acl> in": acts.unbind("ipv6 access-group {} in"),
    "exit": acts.up,
    "end": acts.end,
}
_INTERFACE: Mapping[str, Act] = {
    "disable": _disable,
    "enable": acts.drop("disable"),
    "name <line>": acts.put("name", "name {}"),
    "exit": acts.up,
    "end": acts.end,
}


def _entry(talk: CliConversation, rest: str) -> None:
    """Entries get numbers of ten each, before the closing line of the list."""
    section = talk.machine.running.section(talk.path)
    held = [line for line in section.children if line.text != "exit"] if section else []
    talk.machine.running.add(talk.path, f"{10 * (len(held) + 1)} {rest}")
    if section and section.children[-1].text != "exit":
        talk.machine.running.add(talk.path, "exit")


_ACL: Mapping[str, Act] = {
    "permit <line>": lambda talk, rest: _entry(talk, f"permit {rest}"),
    "deny <line>": lambda talk, rest: _entry(talk, f"deny {rest}"),
    "remark <line>": lambda talk, rest: _entry(talk, f"remark {rest}"),
    "exit": acts.up,
    "end": acts.end,
}

DIALECT = Dialect(
    name="hp_procurve",
    first="exec",
    modes={
        "exec": mode("{name}# ", "", _EXEC),
        "config": mode("{name}(config)# ", "exec", _CONFIG),
        "vlan": mode("{name}(vlan-{number})# ", "config", _VLAN),
        "interface": mode("{name}(eth-{number})# ", "config", _INTERFACE),
        "acl": mode("{name}(config-ext-nacl)# ", "config", _ACL),
    },
    ports=_ports,
    first_config=_first_config,
    refuse=plain("Invalid input: {rest}", "Incomplete input: {line}", "Ambiguous input: {rest}"),
    checks=_checks,
    greeting=(
        "Aruba JL254A 2930F-48G-4SFP+ Switch\nSoftware revision WC.16.10.0002\n\n"
        "(C) Copyright 2020 Hewlett Packard Enterprise Development LP\n"
    ),
    first_question="Press any key to continue",
    header="Running configuration:\n\n",
    comment=";",
    more="-- MORE --, next page: Space, next line: Enter, quit: Control-C",
    step=3,
)
MACHINE = partial(CliMachine, DIALECT)
