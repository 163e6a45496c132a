"""What a simulated Cisco Small Business switch understands, and how it prints it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from device_drivers.simulator.cli import acts, checks
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.ports import PortNow
from device_drivers.simulator.cli.refusals import plain
from device_drivers.simulator.cli.tree import Tree
from device_drivers.simulator.site import DeviceSite, PortSite
from device_drivers.simulator.words import Check

_LONG = {"gi": "gigabitethernet", "fa": "fastethernet", "te": "tengigabitethernet"}
_NAME = re.compile(r"(gi|fa|te)(?:gabitethernet|stethernet|ngigabitethernet)?([\d/]+)$", re.IGNORECASE)
_OVERWRITE = "Overwrite file [startup-config].... (Y/N)[N] ?"
_CODES = {"bridge": "B", "access-point": "W", "phone": "T", "router": "R"}


def _short(name: str) -> str:
    found = _NAME.match(name)
    return f"{found[1].lower()}{found[2]}" if found else name


def _section(port: str) -> str:
    return f"interface {_LONG.get(port[:2], '')}{port[2:]}"


def _port(tree: Tree, site: PortSite, occupied: bool) -> PortNow:
    section = (_section(_short(site.name)),)
    trunk = tree.value(section, "switchport mode") == "trunk"
    group = (tree.value(section, "channel-group") or "").split()
    key = "switchport trunk native vlan" if trunk else "switchport access vlan"
    return PortNow(
        name=_short(site.name),
        mode="trunk" if trunk else "access",
        vlan=int(tree.value(section, key) or 1),
        description=(tree.value(section, "description") or "").strip('"'),
        lag=f"Po{group[0]}" if group else None,
        shut=tree.value(section, "shutdown") is not None,
        neighbour=site.neighbour,
        occupied=occupied,
    )


def _ports(machine: CliMachine) -> tuple[PortNow, ...]:
    taken = {plug.port for plug in machine.world.at(machine.site.name)}
    return tuple(_port(machine.running, port, port.name in taken) for port in machine.site.ports)


def _vlans(tree: Tree) -> dict[int, str]:
    """Number -> name. The data base lists numbers, the VLAN's interface has its name."""
    listed = tree.value(("vlan database",), "vlan") or ""
    found = {1: "default"}
    for number in filter(str.isdigit, listed.replace(" ", "").split(",")):
        found[int(number)] = tree.value((f"interface vlan {number}",), "name") or number
    return dict(sorted(found.items()))


def _first_config(site: DeviceSite) -> str:
    lines = ["config-file-header", site.name, "v1.4.8.6 / R800_NIK_1_4_202_008", "CLI v1.0", "!"]
    lines += ["vlan database", f"vlan {','.join(site.vlans)}", "exit", f"hostname {site.name}"]
    for number, name in site.vlans.items():
        lines += [f"interface vlan {number}", f" name {name}", "!"]
    for port in site.ports:
        lines += [_section(_short(port.name)), *_port_lines(port), "!"]
    # The data base is the one section that is not indented.
    text = "\n".join((*lines, *site.config, "exit")) + "\n"
    return text.replace("vlan database\nvlan ", "vlan database\n vlan ")


def _port_lines(port: PortSite) -> list[str]:
    lines = [f' description "{port.description}"'] if port.description else []
    lines += [f" channel-group {port.lag} mode auto"] if port.lag else []
    lines.append(f" switchport mode {'trunk' if port.kind in ('trunk', 'dynamic') else 'access'}")
    lines += [f" switchport access vlan {port.vlan}"] if port.kind == "access" and port.vlan != 1 else []
    return [*lines, " shutdown"] if port.shutdown else lines


def _show_status(machine: CliMachine) -> str:
    rows = [
        "                                             Flow Link          Back   Mdix",
        "Port     Type         Duplex  Speed Neg      ctrl State       Pressure Mode",
        "-------- ------------ ------  ----- -------- ---- ----------- -------- -------",
    ]
    for port in machine.ports():
        if port.up:
            rows.append(f"{port.name:<8} 1G-Copper    Full    1000  Enabled  Off  Up          Disabled Off    ")
        else:
            rows.append(f"{port.name:<8} 1G-Copper      --      --     --     --  Down           --     --    ")
    rows += ["", "                                          Flow    Link        "]
    rows.append("Ch       Type    Duplex  Speed  Neg      control  State       ")
    rows.append("-------- ------- ------  -----  -------- -------  ----------- ")
    lags = {port.lag for port in machine.ports() if port.lag and port.up}
    for number in range(1, 9):
        state = "Up" if f"Po{number}" in lags else "Not Present"
        rows.append(f"Po{number}         --     --      --      --       --    {state:<11} ")
    return "\n".join(rows) + "\n"


def _show_switchport(machine: CliMachine) -> str:
    return "\n".join(_switchport(port, _vlans(machine.running)) for port in machine.ports())


def _switchport(port: PortNow, vlans: Mapping[int, str]) -> str:
    numbers = list(vlans) if port.mode == "trunk" else [port.vlan or 1]
    rows = "".join(
        f"{number:^4} {vlans.get(number, ''):^32} "
        f"{'Untagged' if number == port.vlan else 'Tagged':^11} {'Static':^20}\n"
        for number in numbers
    )
    return (
        f"Port : {port.name}\nPort Mode: {port.mode.capitalize()}\nGvrp Status: disabled\nIngress Filtering: true\n"
        f"Acceptable Frame Type: admitAll\nIngress UnTagged VLAN ( NATIVE ): {port.vlan}\n\nPort is member in:\n\n"
        "Vlan               Name               Egress rule Port Membership Type\n"
        "---- -------------------------------- ----------- --------------------\n"
        f"{rows}\n\nForbidden VLANS:\nVlan               Name\n---- --------------------------------\n\n\n"
        "Classification rules:\n\nMac based VLANs:\n  Group ID   Vlan ID\n------------ -------\n"
    )


def _show_vlans(machine: CliMachine) -> str:
    rows = ["Created by: D-Default, S-Static, G-GVRP, R-Radius Assigned VLAN", ""]
    rows.append("Vlan       Name                   Ports               Created by    ")
    rows.append("---- ----------------- --------------------------- ----------------")
    for number, name in _vlans(machine.running).items():
        inside = [port.name for port in machine.ports() if port.vlan == number or port.mode == "trunk"]
        lines = _wrap(inside, 27) or [""]
        rows.append(f"{number:^4} {name[:17]:^17} {lines[0]:^27} {'D' if number == 1 else 'S':^16}")
        rows += [f"{'':4} {'':17} {line:^27}" for line in lines[1:]]
    return "\n".join(rows) + "\n"


def _wrap(ports: list[str], width: int) -> list[str]:
    """Lists go on after their comma."""
    lines: list[str] = []
    for port in ports:
        if lines and len(lines[-1]) + len(port) + 2 <= width:
            lines[-1] += f"{port},"
        else:
            lines.append(f"{port},")
    return [*lines[:-1], lines[-1].rstrip(",")] if lines else []


def _show_table(machine: CliMachine) -> str:
    rows = ["Flags: I - Internal usage VLAN", "Aging time is 300 sec", ""]
    rows.append("    Vlan          Mac Address         Port       Type    ")
    rows.append("------------ --------------------- ---------- ----------")
    rows.append(f"{'1':^12} {'00:08:32:0f:00:61':^21} {'0':^10} {'self':^10}")
    rows += [f"{vlan:^12} {mac:^21} {port:^10} {'dynamic':^10}" for vlan, mac, port in machine.table()]
    return "\n".join(rows) + "\n"


def _show_lldp(machine: CliMachine) -> str:
    rows = ["System capability legend:", "B - Bridge; R - Router; W - Wlan Access Point; T - telephone;", ""]
    rows.append("  Port        Device ID        Port ID       System Name    Capabilities  TTL  ")
    rows.append("--------- ----------------- ------------- ----------------- ------------ ----- ")
    for port in machine.ports():
        if port.neighbour and port.up:
            seen = port.neighbour
            pieces = [seen.name[at : at + 17] for at in range(0, len(seen.name), 17)]
            code = _CODES[seen.kind]
            rows.append(f"{port.name:<9} 00:00:5e:00:53:01 {seen.port:^13} {pieces[0]:^17} {code:^12} {'120':^5}")
            rows += [f"{'':9} {'':17} {'':13} {piece:<17}" for piece in pieces[1:]]
    return "\n".join(rows) + "\n"


def _checks(machine: CliMachine) -> Mapping[str, Check]:
    names = {port.name for port in machine.ports()}
    return {**checks.common(machine), "<port>": lambda typed: _short(typed) if _short(typed) in names else None}


def _enter_port(talk: CliConversation, port: str) -> None:
    talk.machine.running.make((_section(port),), "!")
    talk.go("config-if", _section(port))


def _access_vlan(talk: CliConversation, vlan: str) -> str:
    """A VLAN has to be there first."""
    if int(vlan) not in _vlans(talk.machine.running):
        return "VLAN was not created by user.\n"
    if vlan == "1":
        talk.machine.running.drop(talk.path, "switchport access vlan")
    else:
        talk.machine.running.put(talk.path, "switchport access vlan", f"switchport access vlan {vlan}")
    return ""


_EXEC: Mapping[str, Act] = {
    "show interfaces status": acts.show(_show_status),
    "show interfaces switchport": acts.show(_show_switchport),
    "show vlan": acts.show(_show_vlans),
    "show mac address-table": acts.show(_show_table),
    "show lldp neighbors": acts.show(_show_lldp),
    "show running-config": acts.running,
    "show startup-config": acts.startup,
    "terminal datadump": acts.page_off,
    "terminal width <number>": acts.nothing,
    "configure terminal": acts.go("config"),
    "write memory": acts.save_if(_OVERWRITE, "y", "Copy succeeded\n"),
    "exit": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "interface <port>": _enter_port,
    "hostname <word>": acts.put("hostname", "hostname {}"),
    "exit": acts.end,
    "end": acts.end,
}
_INTERFACE: Mapping[str, Act] = {
    "switchport mode access": acts.put("switchport mode", "switchport mode access"),
    "switchport mode trunk": acts.put("switchport mode", "switchport mode trunk"),
    "switchport access vlan <vlan>": _access_vlan,
    "description <line>": acts.put("description", "description {}"),
    "shutdown": acts.put("shutdown", "shutdown"),
    "no shutdown": acts.drop("shutdown"),
    "exit": acts.up,
    "end": acts.end,
}

DIALECT = Dialect(
    name="cisco_s300",
    first="exec",
    modes={
        "exec": mode("{name}#", "", _EXEC),
        "config": mode("{name}(config)#", "exec", _CONFIG),
        "config-if": mode("{name}(config-if)#", "config", _INTERFACE),
    },
    ports=_ports,
    first_config=_first_config,
    refuse=plain("% Unrecognized command", "% Incomplete command", "% Ambiguous command"),
    checks=_checks,
    more="More: <space>,  Quit: q or CTRL+Z, One line: <return> ",
)
MACHINE = partial(CliMachine, DIALECT)
