"""`nft -j list table` of the small nftables, as libnftables 1.0.6 prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from device_drivers.simulator.nft_model import Nft


def listing(nft: Nft, name: str) -> dict[str, Any]:
    """Raises NftError where there is no such table."""
    family, _, short = name.partition(" ")
    table = nft.table(name)
    place = {"family": family, "table": short}
    meta = {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}
    nodes: list[dict[str, Any]] = [{"metainfo": meta}, {"table": {"family": family, "name": short, "handle": 1}}]
    for set_name, found in table.sets.items():
        elements = [_element(key, end) for key, end in nft.left(found).items()]
        node = {**place, "name": set_name, "type": found.kind, "handle": 0, "flags": found.flags}
        nodes.append({"set": {**node, "elem": elements} if elements else node})
    for map_name, bound in table.maps.items():
        pairs = [[key, {"jump": {"target": chain}}] for key, chain in bound.items()]
        node = {**place, "name": map_name, "type": table.map_kinds[map_name], "handle": 0, "map": "verdict"}
        nodes.append({"map": {**node, "elem": pairs} if pairs else node})
    nodes.extend({"chain": {**place, "name": chain, "handle": 0, **kept.hook}} for chain, kept in table.chains.items())
    for chain, kept in table.chains.items():
        nodes.extend({"rule": {**place, "chain": chain, "handle": 0, **rule}} for rule in kept.rules)
    return {"nftables": list(_with_handles(nodes))}


def _element(key: str, end: tuple[int, int] | None) -> object:
    address, slash, length = key.partition("/")
    value: object = {"prefix": {"addr": address, "len": int(length)}} if slash else address
    return {"elem": {"val": value, "timeout": end[0], "expires": end[1]}} if end else value


def _with_handles(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, node in enumerate(nodes):
        for inner in node.values():
            if "handle" in inner:
                inner["handle"] = number
        yield node
