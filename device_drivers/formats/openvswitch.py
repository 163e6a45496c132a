"""What Open vSwitch says of itself: `ovs-vsctl --format=json list …` (values as in RFC 7047 §5.1), `ovs-appctl`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from device_drivers.model import PortKind, TableEntry, Unreadable
from device_drivers.rows import PortRow, StpRow
from inventory.model import parse_mac

Row = Mapping[str, Any]
_WIRE = ("", "system", "dpdk", "afxdp")
"""Types of interface that may have a device behind them; `internal`, `patch` and tunnels have the machine itself."""
_NUMBER = re.compile(r"    (\S+) (\d+)/\S+ \(")
_BRIDGE = re.compile(r"  (\S+):$")
_DATAPATH = re.compile(r"\S+@\S+: hit:\d+ missed:\d+$")
_LEARNT = re.compile(r"\s*(\d+|LOCAL)\s+(\d+)\s+([0-9a-f:]{17})\s+(?:\d+|static|\?)\s*$")


def read_ports(text: str) -> tuple[PortRow | StpRow, ...]:
    """Table Port: modes and tags, and the part each port plays in a spanning tree."""
    rows = _table(text, ("name", "interfaces", "tag", "trunks", "vlan_mode", "status", "rstp_status"))
    return (*map(_port, rows), *(role for row in rows for role in _stp(row)))


def _port(row: Row) -> PortRow:
    kind = _kind(row)
    return PortRow(row["name"], kind=kind, access_vlan=row["tag"] if kind is PortKind.ACCESS else None)


def _kind(row: Row) -> PortKind:
    """By ovs-vswitchd.conf.db(5), VLAN configuration: a tag makes an access port, no tag a trunk of all VLANs."""
    mode, tag, trunks = row["vlan_mode"], row["tag"], row["trunks"]
    if isinstance(row["interfaces"], tuple):
        return PortKind.LAG_MEMBER
    if mode not in ((), "access") or (mode == () and tag == ()):
        return PortKind.TRUNK
    # Tag 0 takes priority-tagged frames; a tag together with a list of trunks is somebody's mistake.
    return PortKind.ACCESS if isinstance(tag, int) and tag > 0 and trunks == () else PortKind.UNKNOWN


def _stp(row: Row) -> Iterator[StpRow]:
    for role in (row["status"].get("stp_role"), row["rstp_status"].get("rstp_port_role")):
        if role:
            yield StpRow(row["name"], role.lower())


def read_interfaces(text: str) -> tuple[PortRow, ...]:
    """Table Interface: links. One of the machine itself is no port for devices, whatever its tag."""
    rows = _table(text, ("name", "type", "admin_state", "link_state"))
    return tuple(
        PortRow(
            row["name"],
            up=row["link_state"] == "up",
            kind=None if row["type"] in _WIRE else PortKind.UNKNOWN,
            shut=row["admin_state"] == "down",
        )
        for row in rows
    )


def _table(text: str, columns: Sequence[str]) -> tuple[Row, ...]:
    """Raises Unreadable unless the table has all these columns, every row whole, and one row at least."""
    first = text.strip().partition("\n")[0]
    try:
        table = json.loads(text)
        rows = tuple(dict(zip(table["headings"], map(_value, row), strict=True)) for row in table["data"])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise Unreadable("ovs-vsctl: not a table in JSON", first) from error
    if not rows or not all(isinstance(row.get("name"), str) and set(columns) <= set(row) for row in rows):
        raise Unreadable(f"ovs-vsctl: not a table with {', '.join(columns)}", first)
    return rows


def _value(cell: Any) -> Any:
    """A set as a tuple (an atom where it stands alone), a map as a dict, an identifier as its text."""
    match cell:
        case ["set", list() as many]:
            return tuple(map(_value, many))
        case ["map", list() as pairs]:
            return {_value(key): _value(value) for key, value in pairs}
        case ["uuid", str() as identifier]:
            return identifier
        case _:
            return cell


def read_learnt(text: str) -> tuple[TableEntry, ...]:
    """`dpif/show`, which names the numbered interfaces of every bridge; then, for each bridge, a line
    `bridge <name>` and its `fdb/show`. The switch's own addresses are no devices."""
    head, found, tables = text.partition("\nbridge ")
    names = _numbers(head)
    if not found:
        raise Unreadable("ovs-appctl: no bridge after dpif/show", text.strip()[:200])
    return tuple(entry for part in tables.split("\nbridge ") for entry in _learnt(part, names))


def _numbers(text: str) -> Mapping[tuple[str, str], str]:
    names, bridge = dict[tuple[str, str], str](), ""
    for line in filter(str.strip, text.splitlines()):
        if name := _BRIDGE.match(line):
            bridge = name[1]
        elif bridge and (row := _NUMBER.match(line)):
            names[bridge, row[2]] = row[1]
        elif not _DATAPATH.match(line):
            raise Unreadable("ovs-appctl dpif/show: a line this reader does not know", line)
    return names


def _learnt(text: str, names: Mapping[tuple[str, str], str]) -> Iterator[TableEntry]:
    bridge, _, table = text.partition("\n")
    titles, *rows = (line for line in table.splitlines() or [""])
    if titles.split() != ["port", "VLAN", "MAC", "Age"]:
        raise Unreadable(f"ovs-appctl fdb/show {bridge}: no titles", titles)
    for line in filter(str.strip, rows):
        row = _LEARNT.match(line)
        if not row or (row[1] != "LOCAL" and (bridge, row[1]) not in names):
            raise Unreadable(f"ovs-appctl fdb/show {bridge}: a line that is no row", line)
        if row[1] != "LOCAL":
            yield _entry(row, names[bridge, row[1]])


def _entry(row: re.Match[str], port: str) -> TableEntry:
    try:
        return TableEntry(parse_mac(row[3]), int(row[2]), port)
    except ValueError as error:
        raise Unreadable("ovs-appctl fdb/show: no device's address", row[0]) from error
