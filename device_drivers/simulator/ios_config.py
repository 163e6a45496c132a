"""The configuration of a simulated IOS device: global lines, and sections with lines of their own, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from device_drivers.simulator.site import DeviceSite, PortSite

LONG = {
    "Gi": "GigabitEthernet", "Te": "TenGigabitEthernet", "Fa": "FastEthernet", "Po": "Port-channel", "Vl": "Vlan",
    "Et": "Ethernet", "Tw": "TwoGigabitEthernet", "Twe": "TwentyFiveGigE", "Fo": "FortyGigabitEthernet",
}  # fmt: skip
_BEGINNING = re.compile(r"([A-Za-z-]+) ?(\d.*)$")


class Config:
    """Text is the truth, as on the device: `show` reads it, commands edit it."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        self.top: list[str] = []
        self.sections: dict[str, list[str]] = {}
        section: list[str] | None = None
        for line in (each for each in lines if each != "!"):
            if line.startswith(" ") and section is not None:
                section.append(line.strip())
            elif line.startswith(("interface ", "vlan ", "ip access-list ", "ipv6 access-list ", "line ", "wlan ")):
                section = self.sections.setdefault(line, [])
            else:
                section = None
                self.top.append(line)

    def copy(self) -> Config:
        return Config(self.lines())

    def lines(self) -> tuple[str, ...]:
        body = [line for name, rows in self.sections.items() for line in (name, *(f" {row}" for row in rows), "!")]
        return (*self.top, "!", *body)

    def put(self, section: str, key: str, line: str) -> None:
        """Set `line` in place of whatever begins with the words of `key`, where that stood."""
        rows = self.sections.setdefault(section, [])
        at = next((i for i, row in enumerate(rows) if _begins(row, key)), len(rows))
        rows[:] = [row for row in rows if not _begins(row, key)]
        rows.insert(at, line)
        if section.startswith("interface "):
            rows.sort(key=_rank)

    def drop(self, section: str, key: str) -> None:
        rows = self.sections.get(section, [])
        rows[:] = [row for row in rows if not _begins(row, key)]

    def value(self, section: str, key: str) -> str | None:
        """What follows the words of `key`; the empty text where nothing does; None where the line is not there."""
        rows = self.sections.get(section, [])
        return next((row[len(key) :].strip() for row in rows if _begins(row, key)), None)

    def vlans(self) -> dict[int, str]:
        """Number -> name, the default VLAN with them."""
        found = {1: "default"}
        for section in self.sections:
            if section.startswith("vlan ") and section[5:].isdigit():
                number = int(section[5:])
                found[number] = self.value(section, "name") or f"VLAN{number:04}"
        return dict(sorted(found.items()))


def first_config(site: DeviceSite) -> Config:
    """What a device of the site boots with."""
    config = Config([f"hostname {site.name}", *site.config])
    for number, name in site.vlans.items():
        config.sections[f"vlan {number}"] = [f"name {name}"]
    for port in site.ports:
        config.sections.setdefault(f"interface {long_port(port.name)}", _port_lines(port))
    for bundle in sorted({port.lag for port in site.ports if port.lag}):
        config.sections[f"interface Port-channel{bundle}"] = ["switchport mode trunk"]
    return config


def _port_lines(port: PortSite) -> list[str]:
    lines = [f"description {port.description}"] if port.description else []
    if port.kind == "routed":
        lines.append("no switchport")
    if port.kind in ("access", "dynamic") and port.vlan != 1:
        lines.append(f"switchport access vlan {port.vlan}")
    if port.kind in ("access", "trunk"):
        lines.append(f"switchport mode {port.kind}")
    if port.voice_vlan:
        lines.append(f"switchport voice vlan {port.voice_vlan}")
    if port.lag:
        lines.append(f"channel-group {port.lag} mode active")
    return [*lines, "shutdown"] if port.shutdown else lines


def long_port(name: str) -> str:
    """`Gi1/0/5` -> `GigabitEthernet1/0/5`."""
    parts = _BEGINNING.match(name)
    return LONG.get(parts[1], parts[1]) + parts[2] if parts else name


def short_port(name: str) -> str:
    """`GigabitEthernet1/0/5` -> `Gi1/0/5`."""
    parts = _BEGINNING.match(name)
    shorter = {long: short for short, long in LONG.items()}
    return shorter.get(parts[1], parts[1]) + parts[2] if parts else name


def find_interface(config: Config, typed: str) -> str | None:
    """`gi1/0/5`, `Gig1/0/5` -> the long name of an interface that is there, or of a VLAN interface that may be made."""
    parts = _BEGINNING.match(typed)
    if not parts:
        return None
    names = [section.removeprefix("interface ") for section in config.sections if section.startswith("interface ")]
    for there in filter(None, map(_BEGINNING.match, names)):
        if there[2] == parts[2] and there[1].lower().startswith(parts[1].lower()):
            return there[1] + there[2]
    virtual = "vlan".startswith(parts[1].lower()) and parts[2].isdigit() and 1 <= int(parts[2]) <= 4094
    return f"Vlan{parts[2]}" if virtual else None


def _rank(row: str) -> int:
    """IOS prints the lines of an interface in an order of its own, not in the order of typing."""
    order = ("description", "no switchport", "switchport", "channel-group", "ip", "ipv6", "shutdown", "spanning-tree")
    return next((at for at, word in enumerate(order) if _begins(row, word)), len(order))


def _begins(row: str, key: str) -> bool:
    return row == key or row.startswith(key + " ")
