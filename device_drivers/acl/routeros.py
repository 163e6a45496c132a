"""Access lists of MikroTik RouterOS: chains of our own in the raw tables, where nothing is remembered of a flow.

    prerouting    `in-interface=vlan20 action=jump jump-target=caretaker-pupils`, marked by our comment
    caretaker-…   the entries; then whoever is in the address list `caretaker-granted` passes; the rest is dropped

The raw table sees every packet before connection tracking, so the end of a grant ends established flows too, and no
fast path goes around it. Rules of others that stand before ours in prerouting decide before ours do.
Source: RouterOS documentation, "Filter", "RAW", "Address-lists" (an entry with a timeout ends by itself).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from device_drivers.acl import FAMILIES, split
from device_drivers.acl.families import Lists, gathered
from device_drivers.acl.names import is_ours, on_device, vlan_of
from device_drivers.acl.told import NOTHING
from device_drivers.encode import cli_text, vlan_id
from device_drivers.model import AccessList, Ace, Refused, SetAccessList, Unreadable, Verb

GRANTED = "caretaker-granted"
_MENU = {4: "/ip firewall raw", 6: "/ipv6 firewall raw"}
_ACTION = {Verb.PERMIT: "accept", Verb.DENY: "drop"}
_VERBS = {"accept": Verb.PERMIT, "drop": Verb.DENY}
_ICMP = {4: "icmp", 6: "icmpv6"}
_TAIL = ({"action": "accept", "src-address-list": GRANTED}, {"action": "drop"})
_GRANTS = {4: "/ip firewall address-list", 6: "/ipv6 firewall address-list"}
_LENGTH = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+):(\d+):(\d+))?")
WITHOUT_END = 10 * 365 * 86400.0
_LINE = re.compile(r"(/ip(?:v6)? firewall raw) add (.+)$")


def told(change: SetAccessList) -> tuple[str, ...]:
    """Loaded beside the chain in force, jumped to, loaded under the real name, jumped to again."""
    vlan = vlan_of(change.interface)
    if vlan is None:
        raise Refused(f"lists of this platform are bound to VLAN interfaces, not to {change.interface[:40]!r}")
    interface = f"vlan{vlan_id(vlan)}"
    return tuple(_swapped(change, change.becomes, interface) if change.becomes else _away(change, interface))


def _swapped(change: SetAccessList, becomes: AccessList, interface: str) -> Iterator[str]:
    entries = split(becomes)
    for family in FAMILIES:
        menu, own = _MENU[family], on_device(change.name, family)
        staged = on_device(change.name, family, staged=True)
        for chain in (staged, own) if change.was is not None else (own,):
            yield _cleared(menu, chain)
            yield from (f"{menu} add chain={chain} {_entry(family, ace)}" for ace in entries[family] or NOTHING)
            yield from (f"{menu} add chain={chain} {_pairs(row)}" for row in _TAIL)
            yield _jump(menu, interface, chain)
        yield _cleared(menu, staged)


def _jump(menu: str, interface: str, chain: str) -> str:
    """The one jump of this interface, made where it is missing: set at once, there is no moment without it."""
    mark = f'comment="caretaker {interface}"'
    mine = f"find chain=prerouting {mark}"
    made = f"add chain=prerouting in-interface={interface} action=jump jump-target={chain} {mark}"
    changed = f"set [{mine}] jump-target={chain}"
    return f":if ([:len [{menu} {mine}]] = 0) do={{{menu} {made}}} else={{{menu} {changed}}}"


def _cleared(menu: str, chain: str) -> str:
    return f"{menu} remove [find chain={chain}]"


def _away(change: SetAccessList, interface: str) -> Iterator[str]:
    for family in FAMILIES:
        menu = _MENU[family]
        yield f'{menu} remove [find chain=prerouting comment="caretaker {interface}"]'
        for staged in (False, True):
            yield _cleared(menu, on_device(change.name, family, staged=staged))


def _entry(family: int, ace: Ace) -> str:
    row = {"action": _ACTION[ace.verb]}
    if ace.protocol != "ip":
        row["protocol"] = _ICMP[family] if ace.protocol == "icmp" else ace.protocol
    if ace.source != "any":
        row["src-address"] = ace.source
    if ace.destination != "any":
        row["dst-address"] = ace.destination
    if ace.port is not None:
        row["dst-port"] = str(ace.port)
    if ace.established:
        row["tcp-flags"] = "ack"
    if remark := cli_text(ace.remark):
        row["comment"] = f'"{remark}"'
    return _pairs(row)


def _pairs(row: dict[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in row.items())


def grants(ends: Mapping[str, int]) -> Iterator[str]:
    """Address or network -> seconds from now; 0 closes. An entry that is there keeps its end: it goes first."""
    for source, seconds in ends.items():
        net = ip_network(source)
        address = str(net.network_address) if net.prefixlen == net.max_prefixlen else str(net)
        menu, entry = _GRANTS[net.version], f"list={GRANTED} address={address}"
        yield f"{menu} remove [find {entry}]"
        if seconds > 0:
            yield f"{menu} add {entry} timeout={seconds}s"


def read_grants(text: str) -> Mapping[str, float]:
    """Out of `/ip firewall address-list print terse` and its IPv6 twin: address -> seconds left.

    An entry without a timeout never ends: `WITHOUT_END`, to be found and closed. Raises Unreadable for another line.
    """
    found: dict[str, float] = {}
    for line in map(str.strip, text.splitlines()):
        row = _row(line)
        if row.get("list") == GRANTED and "address" in row:
            found[row["address"].removesuffix("/32").removesuffix("/128")] = _seconds(row.get("timeout"), line)
        elif line and not row:
            raise Unreadable("address-list print terse: a line that is no entry", line)
    return found


def _seconds(text: str | None, line: str) -> float:
    if text is None:
        return WITHOUT_END
    parts = _LENGTH.fullmatch(text)
    if not parts or not text:
        raise Unreadable("address-list print terse: a timeout this reader does not know", line)
    units = (604_800, 86_400, 3_600, 60, 1, 3_600, 60, 1)
    return float(sum(int(part or 0) * unit for part, unit in zip(parts.groups(), units, strict=True)))


def read_lists(text: str) -> Lists:
    """Out of `/ip firewall raw export terse` and `/ipv6 firewall raw export terse`, one after the other.

    Raises Unreadable for a rule in a chain of ours that Caretaker did not write.
    """
    chains: dict[tuple[int, str], list[dict[str, str]]] = {}
    bound: dict[str, dict[int, str]] = {}
    for line in map(str.strip, text.splitlines()):
        found = _LINE.match(line)
        row = _row(found[2]) if found else {}
        family = 6 if found and found[1] == _MENU[6] else 4
        if row.get("action") == "jump" and is_ours(row.get("jump-target", "")) and "disabled" not in row:
            bound.setdefault(row.get("in-interface", ""), {})[family] = row["jump-target"]
        elif is_ours(row.get("chain", "")):
            chains.setdefault((family, row["chain"]), []).append(row)
    return gathered({name: _chain(family, rows) for (family, name), rows in chains.items()}, bound)


def _row(text: str) -> dict[str, str]:
    try:
        return dict(word.split("=", 1) for word in shlex.split(text) if "=" in word)
    except ValueError as error:
        raise Unreadable(f"firewall raw export: {error}", text) from error


def _chain(family: int, rows: list[dict[str, str]]) -> tuple[Ace, ...]:
    """The entries before the tail every chain of ours ends with."""
    tail = tuple({key: value for key, value in row.items() if key != "chain"} for row in rows[-len(_TAIL) :])
    if tail != _TAIL:
        raise Unreadable("a chain of ours that does not end as ours do", str(rows[-1]))
    return tuple(_ace(family, dict(row)) for row in rows[: -len(_TAIL)])


def _ace(family: int, row: dict[str, str]) -> Ace:
    shown = str(row)
    row.pop("chain")
    try:
        protocol, port = row.pop("protocol", "ip"), row.pop("dst-port", None)
        ace = Ace(
            _VERBS[row.pop("action")],
            "icmp" if protocol == _ICMP[family] else protocol,
            _network(row.pop("src-address", "any")),
            _network(row.pop("dst-address", "any")),
            None if port is None else int(port),
            row.pop("comment", ""),
            established=row.pop("tcp-flags", "") == "ack",
        )
    except (KeyError, ValueError) as error:
        raise Unreadable(f"a rule of ours this reader does not know: {error}", shown) from error
    if row or ace.protocol not in ("ip", "tcp", "udp", "icmp"):
        raise Unreadable(f"a rule of ours with more than is known: {', '.join(row)}", shown)
    return ace


def _network(text: str) -> str:
    """RouterOS prints a single IPv4 address without its length."""
    return text if text == "any" or "/" in text else f"{text}/{128 if ':' in text else 32}"
