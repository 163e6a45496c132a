"""Ports that take part in VLANs line by line, as TP-Link JetStream and Netgear Smart Managed Pro write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from device_drivers.formats.switchport_config import Writing, interfaces, value
from device_drivers.model import PortKind, Unreadable
from device_drivers.rows import PortRow

_LIST = re.compile(r"\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*")


@dataclass(frozen=True, slots=True)
class Words:
    """The beginnings of the lines; `{}` stands for a list of VLANs where one follows in the middle."""

    pvid: str
    joins: re.Pattern[str]
    """Groups: the VLANs, `untagged` or `tagged`."""
    leaves: re.Pattern[str]


JETSTREAM = Words(
    "switchport pvid",
    re.compile(r"switchport general allowed vlan (\S+) (untagged|tagged)$"),
    re.compile(r"no switchport general allowed vlan (\S+)$"),
)
SMART_PRO = Words(
    "switchport hybrid pvid",
    re.compile(r"switchport hybrid allowed vlan add (\S+) (untagged|tagged)$"),
    re.compile(r"switchport hybrid allowed vlan remove (\S+)$"),
)
JETSTREAM_CONFIG = Writing(
    marker=r"^interface (?:[a-z]+-)?(?:gigabit|fast)Ethernet \d+/\d+/\d+",
    port=r"(?:[a-z]+-)?(?:gigabit|fast)Ethernet \d+/\d+/\d+",
    spelled=lambda name: name.replace(" ", ""),
)
SMART_PRO_CONFIG = Writing(marker=r"^SYSTEM CONFIG FILE ::= BEGIN", port=r"(?:x?g|GigabitEthernet)\d+")


def read_hybrid(text: str, writing: Writing, words: Words) -> tuple[PortRow, ...]:
    """Modes of the ports that have lines of their own; the others are not listed, and so not known."""
    return tuple(
        _port(writing.spelled(name), lines, words)
        for name, lines in interfaces(text, writing)
        if re.fullmatch(writing.port, name)
    )


def _port(name: str, lines: Sequence[str], words: Words) -> PortRow:
    """Untagged in its own VLAN alone: an access port. VLAN 1 is its own until a line takes it away."""
    untagged, tagged = {1}, set[int]()
    for line in lines:
        if joins := words.joins.match(line):
            (untagged if joins[2] == "untagged" else tagged).update(_numbers(joins[1], line))
        elif leaves := words.leaves.match(line):
            untagged -= _numbers(leaves[1], line)
    pvid = int(value(lines, words.pvid) or "1")
    said = (value(lines, "description") or "").strip('"')
    if tagged:
        return PortRow(name, kind=PortKind.TRUNK, description=said, shut="shutdown" in lines)
    own = untagged == {pvid}
    kind = PortKind.ACCESS if own else PortKind.UNKNOWN
    return PortRow(name, kind=kind, access_vlan=pvid if own else None, description=said, shut="shutdown" in lines)


def _numbers(text: str, line: str) -> set[int]:
    if not _LIST.fullmatch(text):
        raise Unreadable("running configuration: VLANs that are no numbers", line)
    bounds = (part.partition("-") for part in text.split(","))
    return {number for first, _, last in bounds for number in range(int(first), min(int(last or first), 4094) + 1)}
