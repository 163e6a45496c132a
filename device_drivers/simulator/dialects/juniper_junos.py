"""What a simulated Juniper EX (ELS) understands: a configuration of `set` lines, and a candidate that is committed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from device_drivers.simulator.cli import acts, checks
from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.ports import PortNow
from device_drivers.simulator.cli.tree import Tree
from device_drivers.simulator.site import DeviceSite, PortSite
from device_drivers.simulator.words import Check, Incomplete, Misunderstood

# What holds one value: writing another takes its place.
_SINGLE = re.compile(
    r"(set (?:system host-name|vlans \S+ vlan-id|interfaces \S+ description"
    r"|interfaces \S+ unit \d+ family ethernet-switching (?:interface-mode|port-mode)"
    r"|interfaces (?:irb|vlan) unit \d+ family inet6? filter input)) \S+"
)
_TOP = ("system", "interfaces", "vlans", "protocols", "firewall", "routing-options", "policy-options", "snmp",
        "chassis", "access", "class-of-service", "security", "groups", "apply-groups", "forwarding-options", "poe",
        "virtual-chassis", "ethernet-switching-options", "switch-options")  # fmt: skip


class JunosMachine(CliMachine):
    """`candidate` is what is being written, shared by all who configure, as plain `configure` has it."""

    candidate: Tree | None = None
    last: Tree | None = None
    """What was in force before the last commit."""

    @property
    def hostname(self) -> str:
        return self.running.value((), "set system host-name") or self.site.name

    def draft(self) -> Tree:
        if self.candidate is None:
            self.candidate = self.running.copy()
        return self.candidate

    def commit(self, minutes: int | None) -> None:
        self.keep()
        self.last = self.running.copy()
        if minutes is not None:
            self.arm(60.0 * minutes)
        self.running, self.candidate = self.draft(), None
        self.save()  # what is committed outlives a reboot

    def roll_back(self, number: int) -> None:
        self.candidate = (self.last if number and self.last else self.running).copy()

    def take_back(self) -> bool:
        self.candidate = None
        return super().take_back()


def _machine(talk: CliConversation) -> JunosMachine:
    assert isinstance(talk.machine, JunosMachine)
    return talk.machine


def _vlans(tree: Tree) -> dict[str, int]:
    """Name -> number."""
    lines = (re.match(r"set vlans (\S+) vlan-id (\d+)$", line) for line in tree.lines())
    return {"default": 1} | {found[1]: int(found[2]) for found in lines if found}


def _vlan_names(tree: Tree) -> set[str]:
    """Also of VLANs that were given no number yet."""
    return {"default", *re.findall(r"^set vlans (\S+)", tree.text(), re.MULTILINE)}


def _ports(machine: CliMachine) -> tuple[PortNow, ...]:
    tree, vlans = machine.running, _vlans(machine.running)
    taken = {plug.port for plug in machine.world.at(machine.site.name)}
    sites = {port.name: port.neighbour for port in machine.site.ports}
    written = re.findall(r"^set interfaces ((?:ge|xe|et|mge|fe)-\d+/\d+/\d+)", tree.text(), re.MULTILINE)
    ports = []
    for name in dict.fromkeys((*sites, *written)):
        facts = tree.values((), f"set interfaces {name}")
        member = next((fact.split()[-1] for fact in facts if " vlan members " in fact), "default")
        lag = next((fact.split()[-1] for fact in facts if " 802.3ad " in fact), None)
        trunk = lag is not None or any(fact.endswith("-mode trunk") for fact in facts)
        ports.append(
            PortNow(
                name=name,
                mode="trunk" if trunk else "access",
                vlan=None if trunk else int(member) if member.isdigit() else vlans.get(member, 1),
                description=next((fact[12:].strip('"') for fact in facts if fact.startswith("description ")), ""),
                lag=lag,
                shut="disable" in facts,
                neighbour=sites.get(name),
                occupied=name in taken,
            )
        )
    return tuple(ports)


def _first_config(site: DeviceSite) -> str:
    lines = ["set version 21.4R3-S3.4", f"set system host-name {site.name}"]
    for port in site.ports:
        lines += [f"set interfaces {port.name} {fact}" for fact in _facts(site, port)]
    lines += [f"set vlans {name} vlan-id {number}" for number, name in site.vlans.items()]
    return "\n".join((*lines, *site.config)) + "\n"


def _facts(site: DeviceSite, port: PortSite) -> list[str]:
    switching = "unit 0 family ethernet-switching"
    facts = [f'description "{port.description}"'] if port.description else []
    facts += ["disable"] if port.shutdown else []
    if port.lag:
        return [*facts, f"ether-options 802.3ad ae{port.lag}"]
    if port.kind != "access":
        return [*facts, f"{switching} interface-mode trunk", f"{switching} vlan members all"]
    name = site.vlans.get(str(port.vlan), "default")
    return [*facts, f"{switching} interface-mode access", f"{switching} vlan members {name}"]


def _show_terse(machine: CliMachine) -> str:
    rows = ["Interface               Admin Link Proto    Local                 Remote"]
    for port in machine.ports():
        admin, link = "down" if port.shut else "up", "up" if port.up else "down"
        rows += [f"{port.name:<24}{admin:<6}{link}", f"{port.name + '.0':<24}{admin:<6}{link:<5}eth-switch"]
    return "\n".join((*rows, "me0                     up    up")) + "\n"


def _show_table(machine: CliMachine) -> str:
    names = {number: name for name, number in _vlans(machine.running).items()}
    rows = machine.table()
    head = [
        "",
        "MAC flags (S - static MAC, D - dynamic MAC, L - locally learned, P - Persistent static",
        "           SE - statistics enabled, NM - non configured MAC, R - remote PE MAC, O - ovsdb MAC)",
        "",
        "",
        f"Ethernet switching table : {len(rows)} entries, {len(rows)} learned",
        "Routing instance : default-switch",
        "    Vlan                MAC                 MAC         Age    Logical",
        "    name                address             flags              interface",
    ]
    body = [f"    {names.get(vlan, 'default'):<20}{mac:<20}{'D':<14}{'-':<4}{port}.0" for vlan, mac, port in rows]
    return "\n".join((*head, *body)) + "\n"


def _show_lldp(machine: CliMachine) -> str:
    rows = ["Local Interface    Parent Interface    Chassis Id          Port info          System Name"]
    rows += [
        f"{port.name:<19}{port.lag or '-':<20}{'00:00:5e:00:53:01':<20}{port.neighbour.port:<19}{port.neighbour.name}"
        for port in machine.ports()
        if port.neighbour and port.up
    ]
    return "\n".join(rows) + "\n"


def _configure(talk: CliConversation) -> str:
    talk.go("config")
    return "Entering configuration mode\n"


def _set(talk: CliConversation, rest: str) -> str:
    if rest.split(maxsplit=1)[0] not in _TOP:
        raise Misunderstood("syntax error.", 4)
    if rest.startswith("interfaces") and len(rest.split()) < 2:
        raise Incomplete
    line = f"set {rest}"
    key = found[1] if (found := _SINGLE.match(line)) else line
    _machine(talk).draft().put((), key, line)
    return ""


def _delete(talk: CliConversation, rest: str) -> str:
    if rest.split(maxsplit=1)[0] not in _TOP:
        raise Misunderstood("syntax error.", 7)
    gone = _machine(talk).draft().drop((), f"set {rest}")
    return "" if gone else "warning: statement not found\n"


def _commit(talk: CliConversation, *minutes: str) -> str:
    machine = _machine(talk)
    numbers = set(_vlans(machine.draft()).values())
    for line in machine.draft().lines():
        member = re.search(r" vlan members (\S+)$", line)
        known = not member or member[1] == "all" or member[1] in _vlan_names(machine.draft())
        if not known and not (member and member[1].isdigit() and int(member[1]) in numbers):
            return (
                f"error: vlan {member[1] if member else ''} is not configured\nerror: configuration check-out failed\n"
            )
    machine.commit(int(minutes[0]) if minutes else None)
    return "commit complete\n"


def _confirmed(talk: CliConversation, minutes: str) -> str:
    said = _commit(talk, minutes)
    notice = f"commit confirmed will be automatically rolled back in {minutes} minutes unless confirmed\n"
    return notice + said if said.startswith("commit") else said


def _roll_back(talk: CliConversation, number: str) -> str:
    _machine(talk).roll_back(int(number))
    return "load complete\n"


def _leave(talk: CliConversation) -> str:
    machine = _machine(talk)
    if machine.candidate is None or machine.candidate.text() == machine.running.text():
        talk.go("exec")
        return "Exiting configuration mode\n"

    def answer(reply: str) -> str:
        if reply.strip().lower() in ("", "yes", "y"):
            talk.go("exec")
            return "Exiting configuration mode\n"
        return ""

    return talk.ask(
        "The configuration has been changed but not committed\nExit with uncommitted changes? [yes,no] (yes) ", answer
    )


def _screen_length(talk: CliConversation, lines: str) -> str:
    talk.page = int(lines)
    return f"Screen length set to {lines}\n"


def _refuse(no: Misunderstood, line: str, prompt: str) -> str:
    column = len(prompt.rpartition("\n")[2]) + (no.column if no.column is not None else len(line))
    sentence = str(no) if str(no) == "syntax error." else "syntax error."
    sentence = "missing argument." if isinstance(no, Incomplete) else sentence
    return " " * column + "^\n" + sentence + "\n"


def _checks(machine: CliMachine) -> Mapping[str, Check]:
    return checks.common(machine)


_EXEC: Mapping[str, Act] = {
    "show interfaces terse": acts.show(_show_terse),
    "show configuration | display set": lambda talk: talk.machine.running.text(),
    "show ethernet-switching table": acts.show(_show_table),
    "show lldp neighbors": acts.show(_show_lldp),
    "set cli screen-length <number>": _screen_length,
    "set cli screen-width <number>": lambda _, width: f"Screen width set to {width}\n",
    "set cli complete-on-space off": lambda _: "Disabling complete-on-space\n",
    "configure": _configure,
    "exit": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "set <line>": _set,
    "delete <line>": _delete,
    "commit": _commit,
    "commit confirmed <number>": _confirmed,
    "rollback <number>": _roll_back,
    "show | compare": lambda talk: "" if _machine(talk).candidate is None else "[edit]\n",
    "exit": _leave,
    "exit configuration-mode": _leave,
}

DIALECT = Dialect(
    name="juniper_junos",
    first="exec",
    modes={
        "exec": mode("caretaker@{name}> ", "", _EXEC),
        "config": mode("\n[edit]\ncaretaker@{name}# ", "exec", _CONFIG),
    },
    ports=_ports,
    first_config=_first_config,
    refuse=_refuse,
    checks=_checks,
    greeting="--- JUNOS 21.4R3-S3.4 Kernel 64-bit",
    comment="#",
    more="---(more)---",
    globals_inside="",
)
MACHINE = partial(JunosMachine, DIALECT)
