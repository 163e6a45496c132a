"""The statements of nft(8) that Caretaker writes, as steps of a transaction; anything else is a syntax error."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import ip_network
from typing import Any

from device_drivers.simulator.nft_model import Nft, NftError

Step = Callable[[Nft], None]
_NAME = r"([A-Za-z][\w/.-]*)"
_TABLE = rf"(inet|ip|ip6) {_NAME}"
_STATEMENTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern + "$"), act)
    for pattern, act in (
        (rf"add table {_TABLE}", "table"),
        (rf"delete table {_TABLE}", "no_table"),
        (rf"add set {_TABLE} {_NAME} {{ type (\w+); flags ([\w,]+); }}", "set"),
        (rf"add map {_TABLE} {_NAME} {{ type (\w+) : verdict; }}", "map"),
        (rf"add chain {_TABLE} {_NAME}", "chain"),
        (rf"add chain {_TABLE} {_NAME} {{ type (\w+) hook (\w+) priority (-?\d+); policy (\w+); }}", "chain"),
        (rf"flush chain {_TABLE} {_NAME}", "flush"),
        (rf"delete chain {_TABLE} {_NAME}", "no_chain"),
        (rf"add rule {_TABLE} {_NAME} (.+)", "rule"),
        (rf'add element {_TABLE} {_NAME} {{ "(\S+)" : jump {_NAME} }}', "bind"),
        (rf'delete element {_TABLE} {_NAME} {{ "(\S+)" }}', "unbind"),
        (rf"add element {_TABLE} {_NAME} {{ (.+) }}", "element"),
        (rf"delete element {_TABLE} {_NAME} {{ (.+) }}", "no_element"),
    )
)
_ELEMENT = re.compile(r"([0-9a-f.:]+(?:/\d+)?)(?: timeout (\d+)s(?:(\d+)ms)?)?$")
_BRACES = re.compile(r"{[^{}\"]*}")


def steps(script: str) -> list[Step]:
    """Raises NftError at the first statement that is none."""
    return [step for statement in statements(script) for step in _steps(statement)]


def statements(script: str) -> Iterator[str]:
    """Cut at semicolons and newlines outside braces and quotes."""
    depth, quoted, start = 0, False, 0
    for at, sign in enumerate(script + ";"):
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign == "{") - (sign == "}")
            if sign in ";\n" and depth == 0:
                if statement := script[start:at].strip():
                    yield statement
                start = at + 1


def _steps(statement: str) -> Iterator[Step]:
    for pattern, act in _STATEMENTS:
        if match := pattern.match(statement):
            family, table, *rest = match.groups()
            yield from _ACTS[act](f"{family} {table}", *rest)
            return
    word = statement.split(maxsplit=1)[0]
    raise NftError(f"Error: syntax error, unexpected string\n{statement}\n{'^' * len(word)}")


def _one(method: Callable[..., None]) -> Callable[..., Iterator[Step]]:
    def act(*values: str) -> Iterator[Step]:
        yield lambda nft: method(nft, *values)

    return act


def _set(table: str, name: str, kind: str, flags: str) -> Iterator[Step]:
    yield lambda nft: nft.add_set(table, name, kind, flags.split(","))


def _chain(table: str, name: str, *hook: str) -> Iterator[Step]:
    known = dict(zip(("type", "hook", "prio", "policy"), hook, strict=False))
    typed: dict[str, Any] = {**known, "prio": int(known["prio"])} if known else {}
    yield lambda nft: nft.add_chain(table, name, typed)


def _rule(table: str, chain: str, text: str) -> Iterator[Step]:
    rule = read_rule(text)
    yield lambda nft: nft.add_rule(table, chain, rule)


def _elements(table: str, name: str, text: str) -> Iterator[Step]:
    for element, timeout in _each(text):
        yield partial(Nft.add_element, table=table, name=name, element=element, timeout=timeout)


def _no_elements(table: str, name: str, text: str) -> Iterator[Step]:
    for element, _ in _each(text):
        yield partial(Nft.drop_element, table=table, name=name, element=element)


def _each(text: str) -> Iterator[tuple[str, float | None]]:
    for part in text.split(", "):
        match = _ELEMENT.match(part)
        if not match:
            raise NftError(f"Error: syntax error, unexpected string\n{text}")
        element, seconds, thousandths = match.groups()
        timeout = int(seconds) + int(thousandths or 0) / 1000 if seconds else None
        yield str(ip_network(element)) if "/" in element else element, timeout


_ACTS: dict[str, Callable[..., Iterator[Step]]] = {
    "table": _one(Nft.add_table),
    "no_table": _one(Nft.drop_table),
    "set": _set,
    "map": _one(Nft.add_map),
    "chain": _chain,
    "flush": _one(Nft.flush_chain),
    "no_chain": _one(Nft.drop_chain),
    "rule": _rule,
    "bind": _one(Nft.bind),
    "unbind": _one(Nft.unbind),
    "element": _elements,
    "no_element": _no_elements,
}


def read_rule(text: str) -> dict[str, Any]:
    """A rule as libnftables-json(5) writes it: expressions, and the comment beside them."""
    words = shlex.split(_BRACES.sub(lambda braces: braces[0].replace(" ", ""), text))
    rule: dict[str, Any] = {"expr": []}
    while words:
        match words:
            case ["comment", comment, *words]:
                rule["comment"] = comment
                continue
            case [("accept" | "drop") as verdict, *words]:
                step: dict[str, Any] = {verdict: None}
            case ["jump", target, *words]:
                step = {"jump": {"target": target}}
            case ["iifname", "vmap", name, *words]:
                step = {"vmap": {"key": {"meta": {"key": "iifname"}}, "data": name}}
            case ["ct", "state", states, *words]:
                step = _match({"ct": {"key": "state"}}, states.split(","), "in")
            case ["ct", key, value, *words]:
                step = _match({"ct": {"key": key}}, value)
            case ["meta", key, value, *words]:
                step = _match({"meta": {"key": key}}, _value(value))
            case [("ip" | "ip6" | "tcp" | "udp") as protocol, field, value, *words]:
                step = _match({"payload": {"protocol": protocol, "field": field}}, _value(value))
            case _:
                raise NftError(f"Error: syntax error, unexpected string\n{text}")
        rule["expr"].append(step)
    return rule


def _match(left: dict[str, Any], right: object, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def _value(text: str) -> object:
    if text.startswith("{"):
        return {"set": text.strip("{}").split(",")}
    if "/" in text:
        net = ip_network(text)
        if net.prefixlen == net.max_prefixlen:
            return str(net.network_address)
        return {"prefix": {"addr": str(net.network_address), "len": net.prefixlen}}
    return int(text) if text.isdigit() else text
