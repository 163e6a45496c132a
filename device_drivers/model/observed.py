"""What a device says of itself: ports, tables, lists, leases, clients on the air."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from device_drivers.model.access_list import AccessList
from inventory.model import Mac


class PortKind(StrEnum):
    """UNKNOWN counts as an uplink: it is never touched."""

    ACCESS = "access"
    TRUNK = "trunk"
    LAG_MEMBER = "lag-member"
    ROUTED = "routed"
    UNKNOWN = "unknown"


class NeighbourKind(StrEnum):
    BRIDGE = "bridge"
    ACCESS_POINT = "access-point"
    PHONE = "phone"
    ROUTER = "router"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ObservedPort:
    """One port as the device describes it. `access_vlan` is None where it has none (trunk, routed)."""

    name: str
    kind: PortKind
    up: bool
    access_vlan: int | None = None
    description: str = ""
    shut: bool = False
    """Switched off by somebody, not merely without a cable. False where the platform does not say."""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A row of the forwarding (MAC address) table."""

    mac: Mac
    vlan: int
    port: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An LLDP or CDP neighbour behind a port."""

    port: str
    name: str
    kind: NeighbourKind


@dataclass(frozen=True, slots=True)
class Lease:
    """A DHCP lease or an ARP entry: which MAC has which address."""

    mac: Mac
    address: str
    hostname: str | None = None
    vlan: int | None = None


@dataclass(frozen=True, slots=True)
class WirelessClient:
    """A client on the air. `role` and `vlan` are what the platform says is in force, where it says so."""

    mac: Mac
    access_point: str = ""
    role: str = ""
    vlan: int | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """All that was read from one device in one go. A driver leaves empty what its platform has not."""

    ports: tuple[ObservedPort, ...] = ()
    table: tuple[TableEntry, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    leases: tuple[Lease, ...] = ()
    vlans: frozenset[int] = frozenset()
    access_lists: Mapping[str, AccessList] = field(default_factory=lambda: MappingProxyType({}))
    bindings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Interface or segment -> name of the access list in force there."""
    grants: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Address or subnet with a leased way out -> seconds left, as the gateway itself counts them."""
    root_ports: frozenset[str] = frozenset()
    """Ports towards the root of the spanning tree: uplinks, whatever else they look like."""
    clients: tuple[WirelessClient, ...] = ()
    denied: frozenset[Mac] = frozenset()
    """Clients that are kept off the air, whoever said so."""
    denied_by_us: frozenset[Mac] = frozenset()
    """Of these, the ones that carry our mark. Where a platform has no room for a mark: none."""
    ssids: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    """Wi-Fi network by the name it has on the controller -> is it on the air?"""
