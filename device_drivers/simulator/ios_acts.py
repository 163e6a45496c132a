"""What the commands of a simulated IOS device do."""

from __future__ import annotations

from collections.abc import Callable

from device_drivers.simulator.ios_conversation import Act, IosConversation
from device_drivers.simulator.ios_machine import IosMemory, written_ace, written_six
from device_drivers.simulator.words import Invalid


def put(key: str, line: str) -> Act:
    """Write `line` (with the values in its braces) in place of what begins with `key`."""

    def act(talk: IosConversation, *values: str) -> None:
        talk.memory.running.put(talk.section, key, line.format(*values))

    return act


def drop(key: str) -> Act:
    def act(talk: IosConversation, *_: str) -> None:
        talk.memory.running.drop(talk.section, key)

    return act


def show(method: Callable[[IosMemory], str]) -> Act:
    return lambda talk: method(talk.memory)


def access_vlan(talk: IosConversation, vlan: str) -> str:
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


def enter(mode: str, section: str) -> Act:
    def act(talk: IosConversation, name: str) -> str:
        wanted = section.format(name)
        talk.memory.running.sections.setdefault(wanted, [])
        talk.go(mode, wanted)
        return ""

    return act


def remove(section: str) -> Act:
    def act(talk: IosConversation, name: str) -> None:
        talk.memory.running.sections.pop(section.format(name), None)

    return act


def entry(verb: str) -> Act:
    def act(talk: IosConversation, *values: str) -> None:
        spelled = written_six if talk.section.startswith("ipv6 ") else written_ace
        written = spelled(f"{verb} {values[-1]}")
        if written is None:
            raise Invalid(len(verb) + 1)
        rows = talk.memory.running.sections[talk.section]
        if written not in rows:
            rows.append(written)

    return act


def remark(talk: IosConversation, *values: str) -> None:
    talk.memory.running.sections[talk.section].append(f"remark {values[-1]}")


def write(talk: IosConversation, *_: str) -> str:
    talk.memory.save()
    return "Building configuration...\n[OK]\n"


def copy(talk: IosConversation) -> str:
    return talk.ask("Destination filename [startup-config]? ", lambda _: write(talk))


def hostname(talk: IosConversation, name: str) -> None:
    top = talk.memory.running.top
    top[:] = [f"hostname {name}" if line.startswith("hostname ") else line for line in top]


def page(talk: IosConversation, lines: str) -> None:
    talk.page = int(lines)


def nothing(_: IosConversation, *__: str) -> None:
    """Taken and without effect here."""


def up(talk: IosConversation) -> None:
    talk.up()


def leave(talk: IosConversation) -> None:
    talk.go("exec")
    talk.up()


def end(talk: IosConversation) -> None:
    talk.go("exec")


def configure(talk: IosConversation) -> str:
    talk.go("config")
    return "Enter configuration commands, one per line.  End with CNTL/Z.\n"


def configure_for(talk: IosConversation, minutes: str) -> str:
    """Configuration mode, with everything taken back after these minutes unless it is confirmed."""
    if not talk.memory.archives:
        return "%Please turn config archive on\n"
    talk.memory.arm(60.0 * int(minutes))
    saved = "Rollback Confirmed Change: Backing up current running config to flash:archive-0\n\n"
    return saved + configure(talk)


def confirm(talk: IosConversation) -> str:
    return "" if talk.memory.keep() else "%No Rollback Confirmed Change pending\n"


def revert(talk: IosConversation) -> str:
    return "" if talk.memory.take_back() else "%No Rollback Confirmed Change pending\n"


def show_section(talk: IosConversation, interface: str) -> str:
    if f"interface {interface}" not in talk.memory.running.sections:
        raise Invalid(len("show running-config interface "))
    return talk.memory.show_section(interface)
