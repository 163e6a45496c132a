"""From the rows of single commands to one picture of a device: what several commands say of a port, put together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from device_drivers.model import (
    Lease,
    Neighbour,
    Observed,
    ObservedPort,
    PortKind,
    Reader,
    TableEntry,
    WirelessClient,
)
from device_drivers.reading import read_all
from device_drivers.rows import DeniedRow, LagRow, ListRow, PortRow, StpRow, VlanRow

Row = TypeVar("Row")


def observe(readers: Mapping[str, Reader], outputs: Mapping[str, str]) -> Observed:
    """One picture out of every output. Raises Unreadable where one of them is."""
    rows = [row for part in read_all(readers, outputs).values() for row in part]
    vlans, lists = of(rows, VlanRow), of(rows, ListRow)
    return Observed(
        ports=join_ports(of(rows, PortRow), vlans, of(rows, LagRow)),
        table=of(rows, TableEntry),
        neighbours=of(rows, Neighbour),
        leases=of(rows, Lease),
        vlans=frozenset(row.vlan for row in vlans),
        access_lists=MappingProxyType({row.name: row.entries for row in lists if row.entries is not None}),
        bindings=MappingProxyType({interface: row.name for row in lists for interface in sorted(row.bound)}),
        root_ports=frozenset(row.port for row in of(rows, StpRow) if row.role == "root"),
        clients=of(rows, WirelessClient),
        denied=frozenset(row.mac for row in of(rows, DeniedRow)),
        denied_by_us=frozenset(row.mac for row in of(rows, DeniedRow) if row.ours),
    )


def of(rows: Iterable[object], kind: type[Row]) -> tuple[Row, ...]:
    """The rows of one type, in their order."""
    return tuple(row for row in rows if isinstance(row, kind))


def join_ports(
    rows: Collection[PortRow], vlans: Collection[VlanRow], lags: Collection[LagRow]
) -> tuple[ObservedPort, ...]:
    """Every port that any command lists, in the order of first mention."""
    members = {port for lag in lags for port in lag.members} | {lag.lag for lag in lags}
    said: dict[str, list[PortRow]] = {}
    for row in (*rows, *_memberships(vlans)):
        said.setdefault(row.port, []).append(row)
    return tuple(_port(name, parts, name in members) for name, parts in said.items())


def _port(name: str, parts: Collection[PortRow], bundled: bool) -> ObservedPort:
    kind = PortKind.LAG_MEMBER if bundled else _agreed_kind(parts)
    numbers = {row.access_vlan for row in parts if row.access_vlan is not None}
    if kind is PortKind.ACCESS and len(numbers) != 1:
        kind = PortKind.UNKNOWN  # two commands name two VLANs, or none names any: nothing is done to such a port
    return ObservedPort(
        name=name,
        kind=kind,
        up=any(row.up for row in parts),
        access_vlan=numbers.pop() if kind is PortKind.ACCESS else None,
        description=next((row.description for row in parts if row.description), ""),
        shut=any(row.shut for row in parts),
    )


def _agreed_kind(parts: Collection[PortRow]) -> PortKind:
    """What all commands agree on; a port is an access port only where none contradicts."""
    kinds = {row.kind for row in parts if row.kind is not None}
    return kinds.pop() if len(kinds) == 1 else PortKind.UNKNOWN


def _memberships(vlans: Collection[VlanRow]) -> Iterable[PortRow]:
    """Untagged in one VLAN and tagged in none: an access port. Tagged anywhere: a trunk. Else nothing is known."""
    untagged: dict[str, list[int]] = {}
    tagged: set[str] = set()
    for row in vlans:
        tagged |= row.tagged or frozenset()
        for port in sorted(row.untagged or ()):
            untagged.setdefault(port, []).append(row.vlan)
    for port in dict.fromkeys((*untagged, *sorted(tagged))):
        numbers = untagged.get(port, [])
        if port in tagged:
            yield PortRow(port, kind=PortKind.TRUNK)
        elif len(numbers) == 1:
            yield PortRow(port, kind=PortKind.ACCESS, access_vlan=numbers[0])
        else:
            yield PortRow(port, kind=PortKind.UNKNOWN)
