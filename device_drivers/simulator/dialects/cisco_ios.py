"""What a simulated IOS switch understands, mode by mode."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from device_drivers.simulator.ios_config import find_interface
from device_drivers.simulator.ios_machine import IosMemory, written_ace
from device_drivers.simulator.machine import Answer
from device_drivers.simulator.words import Check, Command, Invalid, Misunderstood, understand

Act = Callable[..., str | None]
_ABOVE = {"config": "exec", "config-if": "config", "config-vlan": "config", "config-ext-nacl": "config"}
_JOINED = re.compile(r"(\b(?:int|interface|interfaces|inte|inter|interf) [A-Za-z-]+) (?=\d)")
_FILTERS = {"include": re.search, "section": re.search, "begin": re.search, "exclude": re.search}


class IosConversation:
    """One login: its mode, and the section it edits. Acts take the conversation and the values of the command."""

    def __init__(self, memory: IosMemory, commands: Mapping[str, tuple[Command[Act], ...]] | None = None) -> None:
        self.memory = memory
        self.page = 24
        self.mode = "exec"
        self.section = ""
        self._commands = commands or COMMANDS
        self._question: tuple[str, Callable[[str], str]] | None = None
        self._leaving = False
        self._checks: Mapping[str, Check] = {
            "<interface>": lambda word: find_interface(memory.running, word),
            "<vlan>": lambda word: word if word.isdigit() and 1 <= int(word) <= 4094 else None,
            "<number>": lambda word: word if word.isdigit() else None,
            "<word>": lambda word: word,
        }

    def prompt(self) -> str:
        if self._question:
            return self._question[0]
        return f"{self.memory.hostname[:20]}{'' if self.mode == 'exec' else f'({self.mode})'}#"

    def obey(self, line: str) -> Answer:
        if self._question:
            answer, self._question = self._question[1], None
            return Answer(answer(line))
        if not line.strip() or line.lstrip().startswith("!"):
            return Answer()
        try:
            text, paged = self._carry_out(_JOINED.sub(r"\1", line))
        except Misunderstood as no:
            caret = "" if no.column is None else " " * (len(self.prompt()) + no.column) + "^\n"
            return Answer(f"{caret}{no}\n\n", status=1)
        return Answer(text, closes=self._leaving, paged=paged)

    def ask(self, question: str, answer: Callable[[str], str]) -> str:
        """The next line is the answer to this question."""
        self._question = (question, answer)
        return ""

    def go(self, mode: str, section: str = "") -> None:
        self.mode, self.section = mode, section

    def up(self) -> None:
        if self.mode == "exec":
            self._leaving = True
        self.go(_ABOVE.get(self.mode, "exec"))

    def _carry_out(self, line: str) -> tuple[str, bool]:
        command, bar, wanted = line.partition("|")
        mode = self.mode
        if mode != "exec" and command.lstrip().lower().startswith("do "):
            inner = command.lstrip()[3:]
            mode, command = "exec", " " * (len(command) - len(inner)) + inner
        meant = self._understood(mode, command if mode == "exec" else line)
        text = meant.act(self, *meant.values) or ""
        return (_filtered(text, wanted.strip()) if bar and mode == "exec" else text), mode == "exec"

    def _understood(self, mode: str, line: str) -> Any:
        """In a section, what the section does not know may still be a global command."""
        try:
            return understand(self._commands[mode], line, self._checks)
        except Misunderstood:
            if _ABOVE.get(mode, "exec") != "config":
                raise
            try:
                return understand(self._commands["config"], line, self._checks)
            except Misunderstood:
                pass
            raise


def _filtered(text: str, wanted: str) -> str:
    """`| include`, `| exclude`, `| begin` and `| section` with a regular expression."""
    word, _, pattern = wanted.partition(" ")
    names = [name for name in _FILTERS if name.startswith(word.lower())] if word else []
    if len(names) != 1 or not pattern:
        raise Invalid(0)
    lines = text.splitlines()
    matching = [re.search(pattern.strip(), line) is not None for line in lines]
    if names[0] == "begin":
        first = matching.index(True) if True in matching else len(lines)
        kept = lines[first:]
    elif names[0] == "section":
        kept = _sections(lines, matching)
    else:
        kept = [line for line, hit in zip(lines, matching, strict=True) if hit == (names[0] == "include")]
    return "".join(f"{line}\n" for line in kept)


def _sections(lines: list[str], matching: list[bool]) -> list[str]:
    kept, inside = list[str](), False
    for line, hit in zip(lines, matching, strict=True):
        inside = hit or (inside and line.startswith(" "))
        if inside:
            kept.append(line)
    return kept


def _set(key: str, line: str) -> Act:
    """Write `line` (with the values in its braces) in place of what begins with `key`."""

    def act(talk: IosConversation, *values: str) -> None:
        talk.memory.running.put(talk.section, key, line.format(*values))

    return act


def _unset(key: str) -> Act:
    def act(talk: IosConversation, *_: str) -> None:
        talk.memory.running.drop(talk.section, key)

    return act


def _show(method: Callable[[IosMemory], str]) -> Act:
    return lambda talk: method(talk.memory)


def _access_vlan(talk: IosConversation, vlan: str) -> str:
    """An access VLAN that is not there is made, as IOS does, and said."""
    said = ""
    if int(vlan) not in talk.memory.running.vlans():
        talk.memory.running.sections[f"vlan {vlan}"] = []
        said = f"% Access VLAN does not exist. Creating vlan {vlan}\n"
    if vlan == "1":
        talk.memory.running.drop(talk.section, "switchport access vlan")
    else:
        talk.memory.running.put(talk.section, "switchport access vlan", f"switchport access vlan {vlan}")
    return said


def _enter(mode: str, section: str) -> Act:
    def act(talk: IosConversation, name: str) -> str:
        wanted = section.format(name)
        talk.memory.running.sections.setdefault(wanted, [])
        talk.go(mode, wanted)
        return ""

    return act


def _remove(section: str) -> Act:
    def act(talk: IosConversation, name: str) -> None:
        talk.memory.running.sections.pop(section.format(name), None)

    return act


def _entry(verb: str) -> Act:
    def act(talk: IosConversation, *values: str) -> None:
        written = written_ace(f"{verb} {values[-1]}")
        if written is None:
            raise Invalid(len(verb) + 1)
        rows = talk.memory.running.sections[talk.section]
        if written not in rows:
            rows.append(written)

    return act


def _remark(talk: IosConversation, *values: str) -> None:
    talk.memory.running.sections[talk.section].append(f"remark {values[-1]}")


def _write(talk: IosConversation, *_: str) -> str:
    talk.memory.save()
    return "Building configuration...\n[OK]\n"


def _copy(talk: IosConversation) -> str:
    return talk.ask("Destination filename [startup-config]? ", lambda _: _write(talk))


def _hostname(talk: IosConversation, name: str) -> None:
    top = talk.memory.running.top
    top[:] = [f"hostname {name}" if line.startswith("hostname ") else line for line in top]


def _page(talk: IosConversation, lines: str) -> None:
    talk.page = int(lines)


def _nothing(_: IosConversation, *__: str) -> None:
    """Taken and without effect here."""


def _up(talk: IosConversation) -> None:
    talk.up()


def _leave(talk: IosConversation) -> None:
    talk.go("exec")
    talk.up()


def _end(talk: IosConversation) -> None:
    talk.go("exec")


def _configure(talk: IosConversation) -> str:
    talk.go("config")
    return "Enter configuration commands, one per line.  End with CNTL/Z.\n"


def _section(talk: IosConversation, interface: str) -> str:
    if f"interface {interface}" not in talk.memory.running.sections:
        raise Invalid(len("show running-config interface "))
    return talk.memory.show_section(interface)


def _table(acts: Mapping[str, Act]) -> tuple[Command[Act], ...]:
    return tuple(Command(pattern, act) for pattern, act in acts.items())


EXEC: Mapping[str, Act] = {
    "show interfaces status": _show(IosMemory.show_status),
    "show interfaces switchport": _show(IosMemory.show_switchport),
    "show vlan": _show(IosMemory.show_vlans),
    "show vlan brief": _show(IosMemory.show_vlans),
    "show mac address-table": _show(IosMemory.show_table),
    "show cdp neighbors": _show(IosMemory.show_cdp),
    "show lldp neighbors": _show(IosMemory.show_lldp),
    "show etherchannel summary": _show(IosMemory.show_bundles),
    "show running-config": _show(IosMemory.show_running),
    "show running-config interface <interface>": _section,
    "show startup-config": _show(IosMemory.show_startup),
    "show ip access-lists": _show(IosMemory.show_access_lists),
    "show version": _show(IosMemory.show_version),
    "terminal length <number>": _page,
    "terminal width <number>": _nothing,
    "enable": _nothing,
    "configure terminal": _configure,
    "write": _write,
    "write memory": _write,
    "copy running-config startup-config": _copy,
    "exit": _leave,
    "logout": _leave,
    "quit": _leave,
}
_CONFIG: Mapping[str, Act] = {
    "hostname <word>": _hostname,
    "interface <interface>": _enter("config-if", "interface {}"),
    "vlan <vlan>": _enter("config-vlan", "vlan {}"),
    "no vlan <vlan>": _remove("vlan {}"),
    "ip access-list extended <word>": _enter("config-ext-nacl", "ip access-list extended {}"),
    "no ip access-list extended <word>": _remove("ip access-list extended {}"),
    "exit": _up,
    "end": _end,
}
_INTERFACE: Mapping[str, Act] = {
    "description <line>": _set("description", "description {}"),
    "no description": _unset("description"),
    "shutdown": _set("shutdown", "shutdown"),
    "no shutdown": _unset("shutdown"),
    "switchport mode access": _set("switchport mode", "switchport mode access"),
    "switchport mode trunk": _set("switchport mode", "switchport mode trunk"),
    "switchport mode dynamic auto": _unset("switchport mode"),
    "switchport access vlan <vlan>": _access_vlan,
    "no switchport access vlan": _unset("switchport access vlan"),
    "switchport voice vlan <vlan>": _set("switchport voice vlan", "switchport voice vlan {}"),
    "no switchport voice vlan": _unset("switchport voice vlan"),
    "switchport trunk native vlan <vlan>": _set("switchport trunk native vlan", "switchport trunk native vlan {}"),
    "switchport trunk allowed vlan <word>": _set("switchport trunk allowed vlan", "switchport trunk allowed vlan {}"),
    "channel-group <number> mode <word>": _set("channel-group", "channel-group {} mode {}"),
    "no channel-group": _unset("channel-group"),
    "ip address <word> <word>": _set("ip address", "ip address {} {}"),
    "ip access-group <word> in": _set("ip access-group", "ip access-group {} in"),
    "no ip access-group <word> in": _unset("ip access-group"),
    "exit": _up,
    "end": _end,
}
_ACCESS_LIST: Mapping[str, Act] = {
    "permit <line>": _entry("permit"),
    "deny <line>": _entry("deny"),
    "remark <line>": _remark,
    "exit": _up,
    "end": _end,
}
COMMANDS: Mapping[str, tuple[Command[Act], ...]] = {
    "exec": _table(EXEC),
    "config": _table(_CONFIG),
    "config-if": _table(_INTERFACE),
    "config-vlan": _table({"name <word>": _set("name", "name {}"), "exit": _up, "end": _end}),
    "config-ext-nacl": _table(_ACCESS_LIST),
}


class IosSwitch(IosMemory):
    """The machine of this dialect."""

    def login(self) -> IosConversation:
        return IosConversation(self)


MACHINE = IosSwitch
