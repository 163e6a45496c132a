"""What RouterOS exports: `/interface export terse`, one command for each thing, texts with blanks in quotes.

Read in place of `print`: there a comment stands unquoted, and may say anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from device_drivers.model import PortKind, Unreadable
from device_drivers.rows import LagRow, PortRow, VlanRow

_LINE = re.compile(r"(/[a-z0-9 /-]+?) (add|set)(?: (.*))?$")
_WORD = re.compile(r'\[ find [^\]]*\]|(?:[^\s"=\[]+=)?(?:"(?:[^"\\]|\\.)*"|[^\s"]+)')
_BY = re.compile(r"#.* by RouterOS \d")
_IDS = re.compile(r"\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*")
_FOUND = re.compile(r"\[ find (?:default-)?name=([A-Za-z0-9_.-]+) \]")
_TAGGED = "admit-only-vlan-tagged"
_UNTAGGED = "admit-only-untagged-and-priority-tagged"


@dataclass(frozen=True, slots=True)
class Line:
    """`menu` without its slash (`interface bridge port`); `values` by name; `which` is a `[ find … ]` or number."""

    menu: str
    verb: str
    values: Mapping[str, str]
    which: str = ""


def read_export(text: str) -> tuple[Line, ...]:
    """Raises Unreadable for a text that is no export, is no terse one, or holds a word that cannot be told apart."""
    lines = text.splitlines()
    if not any(_BY.match(line) for line in lines):
        raise Unreadable("export: no line that says which RouterOS exported", text.strip()[:200])
    return tuple(_line(line) for line in lines if line.strip() and not line.startswith("#"))


def _line(line: str) -> Line:
    parts = _LINE.match(line)
    words = _WORD.findall(parts[3] or "") if parts else []
    if not parts or "".join(words).replace(" ", "") != (parts[3] or "").replace(" ", ""):
        raise Unreadable("export: a line that is no command of its own (not exported `terse`?)", line)
    pairs = [word.partition("=") for word in words if "=" in word and not word.startswith("[")]
    which = next((word for word in words if word.startswith("[")), "")
    values = {name: _unquoted(value) for name, _, value in pairs}
    if len(values) != len(pairs):
        raise Unreadable("export: a value that is said twice", line)
    return Line(parts[1].strip("/").replace("/", " "), parts[2], values, which)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def read_interfaces(text: str) -> tuple[PortRow | VlanRow | LagRow, ...]:
    """Bridge ports with their VLANs, bundles, and what is switched off. Raises Unreadable as `read_export`."""
    lines = read_export(text)
    return (*_ports(lines), *_vlans(lines), *_bundles(lines), *_ethernet(lines))


def _menu(lines: Sequence[Line], menu: str) -> Iterator[Line]:
    """What the menu adds and has not switched off."""
    return (line for line in lines if line.menu == menu and line.values.get("disabled") != "yes")


def _ports(lines: Sequence[Line]) -> Iterator[PortRow]:
    filtering = {
        line.values.get("name")
        for line in _menu(lines, "interface bridge")
        if line.values.get("vlan-filtering") == "yes"
    }
    listed = frozenset(name for line in _menu(lines, "interface bridge vlan") for name in _members(line, "untagged"))
    tagged = frozenset(name for line in _menu(lines, "interface bridge vlan") for name in _members(line, "tagged"))
    for line in _menu(lines, "interface bridge port"):
        name = line.values.get("interface", "")
        kind = PortKind.UNKNOWN if line.values.get("bridge") not in filtering else _kind(line, name, tagged, listed)
        vlan = int(line.values.get("pvid", "1")) if kind is PortKind.ACCESS else None
        yield PortRow(name, kind=kind, access_vlan=vlan, description=line.values.get("comment", ""))


def _kind(line: Line, name: str, tagged: frozenset[str], listed: frozenset[str]) -> PortKind:
    frames = line.values.get("frame-types", "admit-all")
    if name in tagged or frames == _TAGGED:
        return PortKind.TRUNK
    # Listed by hand as untagged it would go on hearing its old VLAN after its pvid was changed: not ours to move.
    if name in listed or frames not in ("admit-all", _UNTAGGED) or line.values.get("pvid", "1") == "0":
        return PortKind.UNKNOWN
    return PortKind.ACCESS


def _vlans(lines: Sequence[Line]) -> Iterator[VlanRow]:
    """Every VLAN of the bridge tables, and those that ports alone are in: RouterOS makes them by itself."""
    numbers = {int(line.values.get("pvid", "1")) for line in _menu(lines, "interface bridge port")}
    for line in _menu(lines, "interface bridge vlan"):
        numbers.update(_range(line.values.get("vlan-ids", ""), line))
    yield from map(VlanRow, sorted(numbers))


def _range(text: str, line: Line) -> Iterator[int]:
    if not _IDS.fullmatch(text):
        raise Unreadable("export: VLANs that are no numbers", f"{line.menu} vlan-ids={text}")
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), min(int(last or first), 4094) + 1)


def _bundles(lines: Sequence[Line]) -> Iterator[LagRow]:
    for line in _menu(lines, "interface bonding"):
        yield LagRow(line.values.get("name", ""), frozenset(_members(line, "slaves")))


def _ethernet(lines: Sequence[Line]) -> Iterator[PortRow]:
    """Sockets that are switched off, or described."""
    for line in lines:
        found = _FOUND.fullmatch(line.which)
        if line.menu == "interface ethernet" and found:
            values = line.values
            shut = values.get("disabled") == "yes"
            yield PortRow(values.get("name", found[1]), description=values.get("comment", ""), shut=shut)


def _members(line: Line, key: str) -> tuple[str, ...]:
    return tuple(filter(None, line.values.get(key, "").split(",")))
