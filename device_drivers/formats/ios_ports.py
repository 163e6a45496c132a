"""Ports of IOS and its like: `show interfaces status` and `show interfaces switchport`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from device_drivers.columns import cut, find_header, is_header, starts
from device_drivers.model import Unreadable

_TITLES = ("Port", "Name", "Status", "Vlan", "Duplex", "Speed", "Type")
_STATES = frozenset({"connected", "notconnect", "disabled", "err-disabled", "monitoring", "suspended", "inactive",
                     "faulty", "sfpAbsent", "xcvrAbsen", "noOperMem", "down"})  # fmt: skip
_VLAN_WORDS = frozenset({"trunk", "routed", "unassigned", "rspan", "unknown", "pvlan"})
# A longer beginning stands above the shorter one it contains.
_LONG_TO_SHORT = {
    "TwentyFiveGigE": "Twe",
    "TwoGigabitEthernet": "Tw",
    "FiveGigabitEthernet": "Fi",
    "TenGigabitEthernet": "Te",
    "FortyGigabitEthernet": "Fo",
    "HundredGigE": "Hu",
    "AppGigabitEthernet": "Ap",
    "GigabitEthernet": "Gi",
    "FastEthernet": "Fa",
    "Port-channel": "Po",
    "Ethernet": "Et",
    "Gig": "Gi",
    "Ten": "Te",
    "Fas": "Fa",
    "Eth": "Et",
}


@dataclass(frozen=True, slots=True)
class StatusRow:
    """`vlan` is the number, or None with the device's own word for it in `word` (`trunk`, `routed`…)."""

    port: str
    name: str
    up: bool
    vlan: int | None
    word: str
    shut: bool = False


@dataclass(frozen=True, slots=True)
class SwitchportBlock:
    """`access_vlan` is the configured one, also while the port is a trunk; None where the device names none."""

    port: str
    switching: bool
    wanted: str
    """Administrative mode: `static access`, `trunk`, `dynamic auto`…"""
    actual: str
    """Operational mode: `down`, `static access`, `trunk (member of bundle Po1)`…"""
    access_vlan: int | None


def short_port(name: str) -> str:
    """`GigabitEthernet1/0/5` and `Gig 1/0/5` -> `Gi1/0/5`; a name already short stays."""
    text = name.replace(" ", "")
    for long, short in _LONG_TO_SHORT.items():
        if text.startswith(long) and text[len(long) : len(long) + 1].isdigit():
            return short + text[len(long) :]
    return text


def read_status(text: str) -> tuple[StatusRow, ...]:
    """Raises Unreadable for a row that does not stand in the columns of the header."""
    header, rows = find_header(text.splitlines(), _TITLES, "show interfaces status")
    at = starts(header, _TITLES)
    return tuple(_status_row(row, at) for row in rows if row.strip() and not is_header(row, _TITLES))


def _status_row(row: str, at: tuple[int, ...]) -> StatusRow:
    cells = cut(row, at, _TITLES)
    # A row that is shifted cuts through its words: the column before each of these cells must be blank.
    torn = any(row[begin - 1 : begin].strip() for begin in at[1:4])
    state, vlan = cells["Status"].rstrip(":"), cells["Vlan"]
    known = state in _STATES and (vlan.isdigit() or vlan in _VLAN_WORDS)
    if torn or not known or not cells["Port"] or " " in cells["Port"]:
        raise Unreadable("show interfaces status: a row outside its columns", row)
    number = int(vlan) if vlan.isdigit() else None
    word = "" if number else vlan
    return StatusRow(short_port(cells["Port"]), cells["Name"], state == "connected", number, word, state == "disabled")


def read_switchport(text: str) -> tuple[SwitchportBlock, ...]:
    """Raises Unreadable where a block lacks its mode, has a VLAN that is none, or nothing reads as a block."""
    blocks = tuple(_switchport_block(fields) for fields in _blocks(text))
    if not blocks:
        raise Unreadable("show interfaces switchport: no block begins with Name:", text.strip()[:200])
    return blocks


def _blocks(text: str) -> Iterator[Mapping[str, str]]:
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if key.strip() == "Name" and fields:
            yield fields
            fields = {}
        if colon and (fields or key.strip() == "Name"):
            fields.setdefault(key.strip(), value.strip())
    if fields:
        yield fields


def _switchport_block(fields: Mapping[str, str]) -> SwitchportBlock:
    port = short_port(fields["Name"])
    if fields.get("Switchport") == "Disabled":
        return SwitchportBlock(port, False, "", "", None)
    # The slot of a module that is not plugged in has a mode and nothing else.
    text = fields.get("Access Mode VLAN", "unassigned")
    vlan = re.match(r"(\d+)(?: |$)|unassigned", text)
    if fields.get("Switchport") != "Enabled" or "Administrative Mode" not in fields or not vlan:
        raise Unreadable("show interfaces switchport: a block without mode or VLAN", f"Name: {fields['Name']}")
    number = int(vlan[1]) if vlan[1] else None
    return SwitchportBlock(port, True, fields["Administrative Mode"], fields.get("Operational Mode", ""), number)
