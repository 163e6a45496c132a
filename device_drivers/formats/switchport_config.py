"""Running configurations in the `interface … / switchport …` language, as many systems write it, indented or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from device_drivers.model import PortKind, Unreadable
from device_drivers.rows import LagRow, PortRow

_OPENS = re.compile(r"interface (.+)$")
_CLOSES = ("exit", "!", "end")
_BUNDLE = re.compile(r"channel-group (\d+)(?: |$)")
_DEFAULT = re.compile(r"switchport default mode (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Writing:
    """How one system writes it.

    `marker`   pattern of a line that only its running configuration has
    `last`     how a whole one ends; empty where nothing says so
    `port`     pattern of the names of sockets in it; other interfaces are no ports
    `spelled`  the name in the configuration -> the driver's one spelling
    """

    marker: str
    port: str
    spelled: Callable[[str], str] = str
    last: str = ""
    bundle: str = "Po{}"


def interfaces(text: str, writing: Writing) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(name as it is written, its lines) of every interface. Raises Unreadable for another text, or half of one."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if not re.search(writing.marker, text, re.MULTILINE):
        raise Unreadable(f"running configuration: no line like {writing.marker}", lines[0] if lines else "")
    if writing.last and lines[-1] != writing.last:
        raise Unreadable(f"running configuration: it does not end in {writing.last!r}", lines[-1])
    name, body = "", list[str]()
    for line in lines:
        opens = _OPENS.match(line)
        if name and not opens and line.strip() not in _CLOSES:
            body.append(line.strip())
            continue
        if name and (opens or line.strip() in _CLOSES):
            yield name, tuple(body)
        name, body = (opens[1], []) if opens else ("", [])
    if name:
        yield name, tuple(body)


def read_switchports(text: str, writing: Writing) -> tuple[PortRow | LagRow, ...]:
    """Modes, VLANs, descriptions and bundles of all sockets. Raises Unreadable as `interfaces` does."""
    default = _DEFAULT.search(text)
    rest = default[1] if default else "access"
    rows: list[PortRow | LagRow] = []
    for name, lines in interfaces(text, writing):
        if re.fullmatch(writing.port, name):
            port = writing.spelled(name)
            rows.append(_port(port, lines, rest))
            rows.extend(LagRow(writing.bundle.format(number), frozenset({port})) for number in _bundles(lines))
    return tuple(rows)


def _port(port: str, lines: Sequence[str], rest: str) -> PortRow:
    kind = _kind(lines, rest)
    vlan = value(lines, "switchport access vlan") or "1"
    if kind is PortKind.ACCESS and not vlan.isdigit():
        raise Unreadable(f"running configuration: {port} is in a VLAN that is no number", vlan)
    return PortRow(
        port,
        kind=kind,
        access_vlan=int(vlan) if kind is PortKind.ACCESS else None,
        description=(value(lines, "description") or "").strip('"'),
        shut="shutdown" in lines,
    )


_KINDS: Mapping[str, PortKind] = {"access": PortKind.ACCESS, "trunk": PortKind.TRUNK, "routed": PortKind.ROUTED}


def _kind(lines: Sequence[str], rest: str) -> PortKind:
    if "no switchport" in lines:
        return PortKind.ROUTED
    return _KINDS.get(value(lines, "switchport mode") or rest, PortKind.UNKNOWN)


def _bundles(lines: Sequence[str]) -> Iterator[str]:
    return (found[1] for line in lines if (found := _BUNDLE.match(line)))


def value(lines: Sequence[str], key: str) -> str | None:
    """What follows these words on the first line that begins with them."""
    return next((line[len(key) :].strip() for line in lines if line.startswith(f"{key} ")), None)
