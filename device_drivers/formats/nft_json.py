"""What the gateway says: `nft -j list table inet caretaker` (libnftables-json(5)) back into lists, bindings, grants."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, summarize_address_range
from typing import Any

from device_drivers.acl import PREFIX
from device_drivers.model import AccessList, Ace, Unreadable, Verb

Node = Mapping[str, Any]
WITHOUT_END = 10 * 365 * 86400.0
"""Seconds left of an element without a timeout. Nobody but a person's hand makes one; it is to be found and closed."""
_SETS = frozenset({"granted4", "granted4_nets", "granted6", "granted6_nets"})
_VERBS = {"accept": Verb.PERMIT, "drop": Verb.DENY}
_MOST = 4_000_000


@dataclass(frozen=True, slots=True)
class GatewayTable:
    access_lists: Mapping[str, AccessList]
    bindings: Mapping[str, str]
    grants: Mapping[str, float]
    """Address, or network in CIDR -> seconds left."""


def read_table(text: str) -> GatewayTable:
    """A missing table is nothing of ours yet. Raises Unreadable for any other complaint, and for a list of ours
    that holds what Caretaker did not write."""
    first = text.lstrip().partition("\n")[0]
    if first.startswith("Error: No such file or directory"):
        return GatewayTable({}, {}, {})
    nodes = _nodes(text, first)
    try:
        return _table(nodes)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Unreadable(f"nft -j list table: not what this reader knows ({error!r})", first) from error


def _table(nodes: Sequence[Node]) -> GatewayTable:
    rules: dict[str, list[Node]] = {node["name"]: [] for node in _of(nodes, "chain")}
    for node in _of(nodes, "rule"):
        rules.setdefault(node["chain"], []).append(node)
    bindings, grants = dict[str, str](), dict[str, float]()
    for node in _of(nodes, "map"):
        for interface, verdict in node.get("elem", ()) if node["name"] == "bound" else ():
            target = _jump(rules.get(verdict["jump"]["target"], ()))
            bindings.update({interface: target} if target else {})
    for node in _of(nodes, "set"):
        grants.update(_grants(node.get("elem", ())) if node["name"] in _SETS else ())
    lists = {name: _list(name, rows) for name, rows in rules.items() if name.startswith(PREFIX)}
    return GatewayTable(lists, bindings, grants)


def _nodes(text: str, first: str) -> Sequence[Node]:
    try:
        nodes = json.loads(text)["nftables"] if len(text) <= _MOST else None
    except (ValueError, KeyError, TypeError):
        nodes = None
    if not isinstance(nodes, list) or not any("table" in node for node in nodes):
        raise Unreadable("nft -j list table: not the table inet caretaker", first)
    return nodes


def _of(nodes: Iterable[Node], kind: str) -> Iterator[Any]:
    return (node[kind] for node in nodes if kind in node)


def _jump(rules: Sequence[Node]) -> str | None:
    targets = [step["jump"]["target"] for node in rules for step in node["expr"] if "jump" in step]
    return targets[0] if targets else None


def _grants(elements: Iterable[Any]) -> Iterator[tuple[str, float]]:
    for element in elements:
        inner = element.get("elem", {}) if isinstance(element, dict) else {}
        left = float(inner.get("expires", WITHOUT_END))
        yield from ((source, left) for source in _sources(inner.get("val", element)))


def _sources(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif "prefix" in value:
        yield _prefix(value)
    else:
        first, last = map(ip_address, value["range"])
        yield from map(str, summarize_address_range(first, last))


def _prefix(value: Node) -> str:
    return f"{value['prefix']['addr']}/{value['prefix']['len']}"


def _list(name: str, rules: Sequence[Node]) -> AccessList:
    """The entries before the tail every list of ours ends with: the granted sets, then drop."""
    tail = rules[-(len(_SETS) + 1) :]
    asked = {_right(rule, 0) for rule in tail[:-1]}
    if rules and (asked != {f"@{known}" for known in _SETS} or tail[-1]["expr"] != [{"drop": None}]):
        raise Unreadable("nft: a list of ours that does not end as ours do", _shown(rules[-1]))
    return AccessList(name, tuple(_ace(rule) for rule in rules[: -len(tail)]))


def _right(rule: Node, step: int) -> object:
    match rule["expr"][step]:
        case {"match": {"right": str() as right}}:
            return right
    return None


def _ace(rule: Node) -> Ace:
    source = destination = "any"
    protocol, port, family = "ip", None, None
    *matches, verdict = (step for step in rule["expr"] if "counter" not in step)
    for step in matches:
        match step:
            case {"match": {"op": "==", "left": {"payload": {"field": "saddr"}}, "right": right}}:
                source = _place(right, rule)
            case {"match": {"op": "==", "left": {"payload": {"field": "daddr"}}, "right": right}}:
                destination = _place(right, rule)
            case {
                "match": {"op": "==", "left": {"payload": {"protocol": name, "field": "dport"}}, "right": int(right)}
            }:
                protocol, port = name, right
            case {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": right}}:
                protocol = _protocol(right, rule)
            case {"match": {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": ("ipv4" | "ipv6") as right}}:
                family = int(right[3:])
            case _:
                raise Unreadable("nft: a rule Caretaker did not write", _shown(rule))
    verb = next((_VERBS[word] for word in verdict if word in _VERBS), None)
    if verb is None:
        raise Unreadable("nft: a rule Caretaker did not write", _shown(rule))
    return Ace(verb, protocol, source, destination, port, rule.get("comment", ""), family)


def _place(right: Any, rule: Node) -> str:
    if isinstance(right, dict) and "prefix" in right:
        return _prefix(right)
    if isinstance(right, str) and not right.startswith("@"):
        return f"{right}/{ip_address(right).max_prefixlen}"
    raise Unreadable("nft: a rule Caretaker did not write", _shown(rule))


def _protocol(right: Any, rule: Node) -> str:
    names = set(right["set"]) if isinstance(right, dict) and "set" in right else {right}
    if names <= {"icmp", "ipv6-icmp"}:
        return "icmp"
    if names in ({"tcp"}, {"udp"}):
        return str(right)
    raise Unreadable("nft: a rule Caretaker did not write", _shown(rule))


def _shown(rule: Node) -> str:
    return json.dumps(rule.get("expr", rule))
