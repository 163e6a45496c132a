"""Bridges of the Linux kernel, as iproute2 prints them in JSON: `ip -d link`, `bridge vlan`, `bridge fdb`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from device_drivers.model import PortKind, TableEntry, Unreadable
from device_drivers.rows import LagRow, PortRow, StpRow, VlanRow
from inventory.model import parse_mac

Node = Mapping[str, Any]


def read_links(text: str) -> tuple[PortRow | LagRow | StpRow, ...]:
    """Links of ports; bonds with their members; bridge ports towards the root. Other interfaces are no ports.

    Raises Unreadable for a bridge that does not separate VLANs: whatever it says of them is not so.
    """
    nodes = [(node, node.get("linkinfo", {})) for node in _nodes(text, "ip -d -j link", "ifname")]
    bridges = {node["ifname"]: info.get("info_data", {}) for node, info in nodes if info.get("info_kind") == "bridge"}
    # A bridge stands in its own table of VLANs, like a port; it is the machine itself.
    rows: list[PortRow | LagRow | StpRow] = [PortRow(name, kind=PortKind.UNKNOWN) for name in bridges]
    for node, info in nodes:
        master = node.get("master", "")
        if info.get("info_slave_kind") == "bond":
            rows.append(LagRow(master, frozenset({node["ifname"]})))
        if info.get("info_slave_kind") == "bridge":
            if not bridges.get(master, {}).get("vlan_filtering"):
                raise Unreadable("a bridge without vlan_filtering separates nothing", f"{node['ifname']} of {master}")
            rows.append(_port(node, info))
            rows.extend(_root(node, info, bridges[master]))
    return tuple(rows)


def _port(node: Node, info: Node) -> PortRow:
    """A bond, a tunnel, a Wi-Fi or another virtual interface in a bridge is no socket in a wall."""
    virtual = info.get("info_kind") not in (None, "dsa", "veth")
    return PortRow(
        node["ifname"],
        up=node.get("operstate") == "UP",
        kind=PortKind.UNKNOWN if virtual else None,
        description=node.get("ifalias", ""),
        shut="UP" not in node["flags"],
    )


def _root(node: Node, info: Node, bridge: Node) -> Iterator[StpRow]:
    """`root_port` of a bridge is the number of the port in it, 0 where the bridge is the root itself."""
    number = info.get("info_slave_data", {}).get("no")
    if number is not None and int(str(number), 0) == bridge.get("root_port", 0):
        yield StpRow(node["ifname"], "root")


def read_vlans(text: str) -> tuple[VlanRow | PortRow, ...]:
    """`bridge -j vlan show`. A port is an access port where one VLAN is its own, untagged, and it has no other."""
    rows = list[VlanRow | PortRow]()
    numbers = set[int]()
    for node in _nodes(text, "bridge -j vlan show", "ifname", "vlans"):
        entries = [(vlan, tuple(entry.get("flags", ()))) for entry in node["vlans"] for vlan in _range(entry)]
        numbers.update(vlan for vlan, _ in entries)
        rows.append(_mode(node["ifname"], entries))
    return (*rows, *map(VlanRow, sorted(numbers)))


def _range(entry: Node) -> range:
    return range(entry["vlan"], entry.get("vlanEnd", entry["vlan"]) + 1)


def _mode(port: str, entries: Sequence[tuple[int, tuple[str, ...]]]) -> PortRow:
    match entries:
        case [(vlan, flags)] if {"PVID", "Egress Untagged"} <= set(flags):
            return PortRow(port, kind=PortKind.ACCESS, access_vlan=vlan)
        case [_, *_] if any("Egress Untagged" not in flags for _, flags in entries):
            return PortRow(port, kind=PortKind.TRUNK)
        case _:
            return PortRow(port, kind=PortKind.UNKNOWN)


def read_learnt(text: str) -> tuple[TableEntry, ...]:
    """`bridge -j fdb show`: what was learnt. Permanent entries are the machine's own addresses and groups."""
    return tuple(_learnt(_nodes(text, "bridge -j fdb show", "ifname", "mac")))


def _learnt(nodes: Sequence[Node]) -> Iterator[TableEntry]:
    for node in nodes:
        if "vlan" in node and node.get("state") not in ("permanent", "static") and "master" in node:
            try:
                yield TableEntry(parse_mac(node["mac"]), node["vlan"], node["ifname"])
            except ValueError as error:
                raise Unreadable("bridge -j fdb show: no device's address", str(dict(node))) from error


def _nodes(text: str, what: str, *keys: str) -> Sequence[Node]:
    """A list of objects with these keys, or Unreadable. An older iproute2 prints nothing instead of an empty list."""
    first = text.strip().partition("\n")[0]
    try:
        nodes = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{what}: not JSON", first) from error
    if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
        raise Unreadable(f"{what}: not a list", first)
    nodes = [node for node in nodes if node]  # `ip` prints {} in place of a link it was not asked for
    if not nodes or not all(key in node for node in nodes for key in keys):
        raise Unreadable(f"{what}: not a list of objects with {', '.join(keys)}", first)
    return nodes
