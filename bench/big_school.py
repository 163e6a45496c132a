"""A school of 2,000 devices, 40 lessons a week and 200 windows that people opened: as large as a policy must carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.model import AccessWindow
from controller.new_school import TEMPLATES
from controller.policy import Policy
from controller.policy.file import parse
from inventory.model import (
    Admission,
    Device,
    Inventory,
    Mac,
    Mode,
    PortRef,
    Purpose,
    Receipt,
    Switch,
    SwitchName,
    Whereabouts,
    YearGroupId,
)

DEVICES, SLOTS, WINDOWS, SWITCHES = 2_000, 40, 200, 45
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""Nine o'clock on a Tuesday in term."""
_DAYS = ("mon", "tue", "wed", "thu", "fri")
_KINDS = ("school-ipad", "school-ipad", "school-ipad", "school-desktop", "school-laptop")
_SLOT = "  - {{for: {group}, on: [{day}], from: {starts}, to: {ends}, what: computing}}"


@dataclass(frozen=True, slots=True)
class BigSchool:
    policy: Policy
    inventory: Inventory
    windows: tuple[AccessWindow, ...]


def big_school() -> BigSchool:
    policy = _policy()
    groups = [YearGroupId(name) for name in policy.year_groups]
    devices = [_device(number, groups) for number in range(DEVICES)]
    switches = [_switch(number) for number in range(SWITCHES)]
    seen = [_whereabouts(number, device, switches) for number, device in enumerate(devices)]
    laptops = [device for device in devices if device.kind == "school-laptop"]
    inventory = Inventory(
        devices={device.mac: device for device in devices},
        switches={switch.name: switch for switch in switches},
        whereabouts={each.mac: each for each in seen},
        receipts={each.mac: _receipt(number, each.mac) for number, each in enumerate(laptops)},
    )
    return BigSchool(policy, inventory, tuple(_windows(groups)))


def _policy() -> Policy:
    """The template's school, with this timetable in the place of its own."""
    lines = (TEMPLATES / "school.yaml").read_text().splitlines()
    groups = list(parse("\n".join(lines), "school.yaml").policy.year_groups)
    first = lines.index(next(line for line in lines if line.startswith("timetable:")))
    after = next(at for at in range(first + 1, len(lines)) if lines[at] and not lines[at].startswith((" ", "#")))
    text = "\n".join([*lines[:first], "timetable:", *_slots(groups), *lines[after:]])
    return parse(text, "school.yaml").policy


def _slots(groups: list[str]) -> Iterator[str]:
    for number in range(SLOTS):
        hour = 9 + number // len(_DAYS) % 6
        group, day = groups[number % len(groups)], _DAYS[number % len(_DAYS)]
        yield _SLOT.format(group=group, day=day, starts=f"{hour:02}:{number % 4 * 5:02}", ends=f"{hour:02}:50")


def _mac(number: int) -> Mac:
    return Mac(f"3c:22:fb:00:{number >> 8:02x}:{number & 255:02x}")


def _device(number: int, groups: list[YearGroupId]) -> Device:
    """One in twenty was never registered; the laptops are teachers'."""
    kind = _KINDS[number % len(_KINDS)]
    if number % 20 == 19:
        return Device(_mac(number), f"stranger {number}", "unknown")
    if kind == "school-laptop":
        return Device(_mac(number), f"laptop {number}", kind, Admission.REGISTERED, role="teacher")
    group = groups[number // len(_KINDS) % len(groups)]
    return Device(_mac(number), f"{kind} {number}", kind, Admission.REGISTERED, year_group=group)


def _switch(number: int) -> Switch:
    name = SwitchName(f"sw-{number}")
    return Switch(name, f"10.10.1.{number + 1}", 22, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE)


def _whereabouts(number: int, device: Device, switches: list[Switch]) -> Whereabouts:
    port = PortRef(switches[number // 45].name, f"Gi1/0/{number % 45 + 1}")
    return Whereabouts(device.mac, NOW, port, 20, f"10.20.{number >> 8}.{number & 255}", device.name)


def _receipt(number: int, mac: Mac) -> Receipt:
    """Laptops are scanned at hours of their own: each is a course of its own, the hardest case."""
    scanned = NOW - timedelta(hours=number % 48, minutes=number % 60)
    return Receipt(mac, scanned, "ClamAV", scanned, clean=True, by="ICT technician")


def _windows(groups: list[YearGroupId]) -> Iterator[AccessWindow]:
    """Over the two weeks to come, some of them on top of each other."""
    for number in range(WINDOWS):
        opens = NOW + timedelta(minutes=97 * number)
        group = groups[number % len(groups)]
        yield AccessWindow(
            f"w{number + 1}", group, opens, opens + timedelta(minutes=45), "Year 5 teacher", rule="roles.teacher"
        )
