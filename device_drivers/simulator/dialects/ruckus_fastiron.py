"""What a simulated Ruckus ICX switch understands, and how it prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from device_drivers.formats.fastiron import spelled
from device_drivers.simulator.cli import acts, checks, named_lists
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.members import Members, natural, runs, vlan_section
from device_drivers.simulator.cli.ports import PortNow
from device_drivers.simulator.cli.refusals import plain
from device_drivers.simulator.cli.tree import Tree
from device_drivers.simulator.site import DeviceSite, NeighbourSite
from device_drivers.simulator.words import Check

_ABILITIES = {"bridge": "bridge", "access-point": "bridge, WLAN-access-point", "phone": "bridge, telephone",
              "router": "router"}  # fmt: skip


def spell_ports(ports: Sequence[str]) -> str:
    """`1/1/1`, `1/1/2`, `lg5` -> `ethe 1/1/1 to 1/1/2 lag 5`."""
    words = []
    for first, last in runs(ports):
        kind = "lag" if first.startswith("lg") else "ethe"
        start, end = first.removeprefix("lg"), last.removeprefix("lg")
        words.append(f"{kind} {start}" if first == last else f"{kind} {start} to {end}")
    return " ".join(words)


MEMBERS = Members(lambda text: tuple(spelled(text, text)), spell_ports)


def _lags(tree: Tree) -> dict[str, str]:
    """Port -> number of its bundle, by sections like `lag uplink dynamic id 100`."""
    found: dict[str, str] = {}
    for section in tree.sections("lag "):
        for text in tree.values((section,), "ports"):
            found |= dict.fromkeys(spelled(text, text), section.split()[-1])
    return found


def _ports(machine: CliMachine) -> tuple[PortNow, ...]:
    tree, lags = machine.running, _lags(machine.running)
    taken = {plug.port for plug in machine.world.at(machine.site.name)}
    sites = {port.name: port.neighbour for port in machine.site.ports}
    written = [port for section in tree.sections("vlan ") for key in ("untagged", "tagged")
               for port in MEMBERS.of(tree, section, key) if not port.startswith("lg")]  # fmt: skip
    named = [name.split()[2] for name in tree.sections("interface ethernet ")]
    names = sorted(dict.fromkeys((*sites, *written, *lags, *named)), key=natural)
    return tuple(_port(tree, name, lags.get(name), sites.get(name), name in taken) for name in names)


def _port(tree: Tree, name: str, lag: str | None, neighbour: NeighbourSite | None, occupied: bool) -> PortNow:
    member = f"lg{lag}" if lag else name
    untagged, tagged = MEMBERS.vlans(tree, "untagged", member), MEMBERS.vlans(tree, "tagged", member)
    section = (f"interface ethernet {name}",)
    return PortNow(
        name=name,
        mode="trunk" if tagged or lag else "access",
        vlan=untagged[0] if untagged else None if tagged or lag else 1,
        tagged=frozenset(tagged),
        description=tree.value(section, "port-name") or "",
        lag=lag,
        shut=tree.value(section, "disable") is not None,
        neighbour=neighbour,
        occupied=occupied,
    )


def _first_config(site: DeviceSite) -> str:
    lines = ["!", "ver 08.0.95jT211", "!", "stack unit 1", "  module 1 icx7150-48zp-poe-port-management-module", "!"]
    for bundle in sorted({port.lag for port in site.ports if port.lag}):
        held = sorted((port.name for port in site.ports if port.lag == bundle), key=natural)
        lines += [f"lag uplink-{bundle} dynamic id {bundle}", f" ports {spell_ports(held)} ", "!"]
    for number, name in {"1": "DEFAULT-VLAN", **site.vlans}.items():
        lines += [f"vlan {number} name {name} by port", *_vlan_lines(site, int(number)), "!"]
    lines += [f"hostname {site.name}", "!"]
    for port in site.ports:
        inside = [f" port-name {port.description}"] if port.description else []
        inside += [" disable"] if port.shutdown else []
        lines += [f"interface ethernet {port.name}", *inside, "!"] if inside else []
    return "\n".join((*lines, *site.config, "end")) + "\n"


def _vlan_lines(site: DeviceSite, vlan: int) -> list[str]:
    """No line says who is in the default VLAN: whoever is in no other."""
    if vlan == 1:
        return [" no spanning-tree"]
    lags = [f"lg{number}" for number in sorted({port.lag for port in site.ports if port.lag})]
    trunks = [port.name for port in site.ports if port.kind in ("trunk", "dynamic") and not port.lag]
    untagged = [port.name for port in site.ports if port.kind == "access" and port.vlan == vlan]
    found = {"tagged": [*sorted(trunks, key=natural), *lags], "untagged": sorted(untagged, key=natural)}
    return [f" {key} {spell_ports(ports)} " for key, ports in found.items() if ports]


def _show_brief(machine: CliMachine) -> str:
    rows = ["", "Port       Link    State   Dupl Speed Trunk Tag Pvid Pri MAC             Name"]
    for port in machine.ports():
        link, state = ("Disable", "None") if port.shut else ("Up", "Forward") if port.up else ("Down", "None")
        tag, vlan = ("Yes", "N/A") if port.mode == "trunk" else ("No", str(port.vlan))
        duplex, speed = ("Full", "1G") if port.up else ("None", "None")
        rows.append(
            f"{port.name:<10} {link:<7} {state:<7} {duplex:<4} {speed:<5} {port.lag or 'None':<5} {tag:<3} "
            f"{vlan:<4} 0   0000.5e00.5301  {port.description[:8]}"
        )
    return "\n".join(rows) + "\n"


def _show_vlans(machine: CliMachine) -> str:
    tree = machine.running
    sections = [name for name in tree.sections("vlan ") if name.split()[1].isdigit()]
    rows = [f"Total PORT-VLAN entries: {len(sections)}", "Maximum PORT-VLAN entries: 1024", ""]
    rows += ["Legend: [Stk=Stack-Id, S=Slot]", ""]
    for section in sections:
        words = section.split()
        name = words[words.index("name") + 1] if "name" in words else "[None]"
        rows.append(f"PORT-VLAN {words[1]}, Name {name}, Priority level0, Off")
        inside = [port.name for port in machine.ports() if port.mode == "access" and port.vlan == int(words[1])]
        rows += _members("Untagged", inside) + _members("  Tagged", list(MEMBERS.of(tree, section, "tagged")))
        rows += [" Mac-Vlan Ports: None", "     Monitoring: Disabled", ""]
    return "\n".join(rows) + "\n"


def _members(kind: str, ports: list[str]) -> list[str]:
    """By unit and module, twelve in a line."""
    if not ports:
        return [f" {kind} Ports: None"]
    groups: dict[str, list[str]] = {}
    for port in ports:
        unit, _, number = port.rpartition("/")
        label = f"(U{unit.replace('/', '/M')})" if unit else "(LAG)  "
        groups.setdefault(label, []).append(number.removeprefix("lg"))
    rows = []
    for label, numbers in groups.items():
        cells = [f"{number:>4}" for number in numbers]
        rows += [f" {kind} Ports: {label}{''.join(cells[at : at + 12])}" for at in range(0, len(cells), 12)]
    return rows


def _show_table(machine: CliMachine) -> str:
    rows = [f"Total active entries from all ports = {len(machine.table())}"]
    rows.append("MAC-Address     Port                 Type         VLAN ")
    for vlan, mac, port in machine.table():
        digits = mac.replace(":", "")
        dotted = f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"
        place = f"lg{port}" if port.isdigit() else port
        rows.append(f"{dotted:<15} {place:<20} {'Dynamic':<12} {vlan:<5}")
    return "\n".join(rows) + "\n"


def _show_lldp(machine: CliMachine) -> str:
    rows = []
    for port in machine.ports():
        if port.neighbour and port.up:
            rows += [f"Local port: {port.name}", "  Neighbor: 0000.5e00.5301, TTL 118 seconds"]
            rows += [f'    + Port ID (locally assigned): "{port.neighbour.port}"', "    + Time to live: 120 seconds"]
            rows += [f'    + System name         : "{port.neighbour.name}"']
            rows += [f"    + System capabilities : {_ABILITIES[port.neighbour.kind]}"]
            rows += [f"      Enabled capabilities: {_ABILITIES[port.neighbour.kind]}", ""]
    return "\n".join(rows) + "\n"


def _enter_vlan(talk: CliConversation, vlan: str) -> None:
    tree = talk.machine.running
    section = vlan_section(tree, vlan) or f"vlan {vlan} by port"
    tree.make((section,), "!")
    talk.go("config-vlan", section)


def _untagged(talk: CliConversation, port: str) -> str:
    """Only a port of the default VLAN can be added untagged."""
    tree, section = talk.machine.running, talk.path[-1]
    held = [vlan for vlan in MEMBERS.vlans(tree, "untagged", port) if vlan != int(section.split()[1])]
    if held:
        return f"error - port ethe {port} are not member of default vlan\n"
    MEMBERS.take_in(tree, section, "untagged", [port])
    return "Added untagged port(s) ethe " + port + f" to port-vlan {section.split()[1]}.\n"


def _not_untagged(talk: CliConversation, port: str) -> str:
    MEMBERS.take_out(talk.machine.running, talk.path[-1], "untagged", [port])
    return ""


_EXEC: Mapping[str, Act] = {
    "show interfaces brief": acts.show(_show_brief),
    "show vlan": acts.show(_show_vlans),
    "show mac-address": acts.show(_show_table),
    "show lldp neighbors detail": acts.show(_show_lldp),
    "show running-config": acts.running,
    "show configuration": acts.startup,
    "skip-page-display": acts.page_off,
    "terminal length <number>": acts.page_off,
    "enable": acts.nothing,
    "configure terminal": acts.go("config"),
    "write memory": acts.save("Flash Memory Write (8192 bytes per dot) .\nFlash to Flash Done.\n"),
    "exit": acts.leave,
    "logout": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "vlan <vlan>": _enter_vlan,
    "interface ethernet <port>": acts.enter("config-if", "interface ethernet {}"),
    "interface ve <vlan>": acts.enter("config-vif", "interface ve {}"),
    "hostname <word>": acts.put("hostname", "hostname {}"),
    "ip access-list extended <word>": acts.enter("config-acl", "ip access-list extended {}"),
    "no ip access-list extended <word>": acts.remove("ip access-list extended {}"),
    "ipv6 access-list <word>": acts.enter("config-acl", "ipv6 access-list {}"),
    "no ipv6 access-list <word>": acts.remove("ipv6 access-list {}"),
    "write memory": acts.save(""),
    "exit": acts.up,
    "end": acts.end,
}
_VLAN: Mapping[str, Act] = {
    "untagged ethernet <port>": _untagged,
    "no untagged ethernet <port>": _not_untagged,
    "exit": acts.up,
    "end": acts.end,
}
_INTERFACE: Mapping[str, Act] = {
    "disable": acts.put("disable", "disable"),
    "enable": acts.drop("disable"),
    "port-name <line>": acts.put("port-name", "port-name {}"),
    "exit": acts.up,
    "end": acts.end,
}
_VIF: Mapping[str, Act] = {
    "ip access-group <word> in": acts.bind("ip access-group {} in"),
    "no ip access-group <word> in": acts.unbind("ip access-group {} in"),
    "ipv6 traffic-filter <word> in": acts.bind("ipv6 traffic-filter {} in"),
    "no ipv6 traffic-filter <word> in": acts.unbind("ipv6 traffic-filter {} in"),
    "exit": acts.up,
    "end": acts.end,
}


def _checks(machine: CliMachine) -> Mapping[str, Check]:
    return checks.common(machine)


DIALECT = Dialect(
    name="ruckus_fastiron",
    first="exec",
    modes={
        "exec": mode("SSH@{name}#", "", _EXEC),
        "config": mode("SSH@{name}(config)#", "exec", _CONFIG),
        "config-vlan": mode("SSH@{name}(config-vlan-{number})#", "config", _VLAN),
        "config-if": mode("SSH@{name}(config-if-e1000)#", "config", _INTERFACE),
        "config-vif": mode("SSH@{name}(config-vif)#", "config", _VIF),
        "config-acl": mode("SSH@{name}(config-ext-nacl)#", "config", named_lists.ENTRIES),
    },
    ports=_ports,
    first_config=_first_config,
    refuse=plain(
        "Invalid input -> {rest}\nType ? for a list",
        "Incomplete command.",
        "Ambiguous input -> {rest}\nType ? for a list",
    ),
    checks=_checks,
    header="Current configuration:\n",
    more="--More--, next page: Space, next line: Return key, quit: Control-c",
    closer="!",
)
MACHINE = partial(CliMachine, DIALECT)
