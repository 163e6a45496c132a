"""What the gateway is told: one nftables transaction, in the language of nft(8).

The table `inet caretaker` is ours alone; nothing else on the gateway is read or written.

    forward (hook)      replies to flows others began pass; the rest goes by its input interface
    bound (map)         interface -> its chain `if-<interface>`, which jumps to the access list in force there
    caretaker-… (list)  the entries; then whoever is in a `granted` set passes; the rest is dropped

Every packet of a flow that began inside passes its list, so the end of a grant ends established flows too. The kernel
counts the seconds of a grant (element timeouts), whether or not anybody is left to close it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network

from device_drivers.acl import family, normal
from device_drivers.encode import cli_name
from device_drivers.model import AccessList, Ace, Refused

TABLE = "inet caretaker"
SETS = {4: ("granted4", "granted4_nets"), 6: ("granted6", "granted6_nets")}
_INTERFACE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,14}")
_VERDICTS = {"permit": "accept", "deny": "drop"}
LONGEST = 366 * 86400
"""Seconds. A grant is a lease; one longer than a year is a mistake."""
SHORTEST = 0.1
"""Seconds. The kernel counts in ticks, and what it would round to none of them it might never end."""


def skeleton() -> Iterator[str]:
    """Makes what is missing and restores what is ours; applied twice it changes nothing."""
    yield f"add table {TABLE}"
    for version, (addresses, networks) in SETS.items():
        yield f"add set {TABLE} {addresses} {{ type ipv{version}_addr; flags timeout; }}"
        yield f"add set {TABLE} {networks} {{ type ipv{version}_addr; flags interval,timeout; }}"
    yield f"add map {TABLE} bound {{ type ifname : verdict; }}"
    yield f"add chain {TABLE} forward {{ type filter hook forward priority -5; policy accept; }}"
    yield f"flush chain {TABLE} forward"
    yield f"add rule {TABLE} forward ct state established,related ct direction reply accept"
    yield f"add rule {TABLE} forward iifname vmap @bound"


def put_list(access_list: AccessList, name: str, interface: str) -> Iterator[str]:
    """Fill the list and bind it to its interface, as a whole."""
    name, chain = cli_name(name), f"if-{interface_name(interface)}"
    yield f"add chain {TABLE} {name}"
    yield f"flush chain {TABLE} {name}"
    for ace in access_list.entries:
        yield f"add rule {TABLE} {name} {rule(normal(ace))}"
    for version, sets in SETS.items():
        yield from (f"add rule {TABLE} {name} {_family(version)} saddr @{known} accept" for known in sets)
    yield f"add rule {TABLE} {name} drop"
    yield f"add chain {TABLE} {chain}"
    yield f"flush chain {TABLE} {chain}"
    yield f"add rule {TABLE} {chain} jump {name}"
    yield f'add element {TABLE} bound {{ "{interface}" : jump {chain} }}'


def drop_list(name: str, interface: str) -> Iterator[str]:
    """Take the list away from its interface. Adding first makes it safe where there was none."""
    name, chain = cli_name(name), f"if-{interface_name(interface)}"
    yield f"add chain {TABLE} {name}"
    yield f"add chain {TABLE} {chain}"
    yield f'add element {TABLE} bound {{ "{interface}" : jump {chain} }}'
    yield f'delete element {TABLE} bound {{ "{interface}" }}'
    for gone in (chain, name):
        yield f"flush chain {TABLE} {gone}"
    for gone in (chain, name):
        yield f"delete chain {TABLE} {gone}"


def grants(ends: Mapping[str, float]) -> Iterator[str]:
    """Address or network -> seconds from now; 0 closes. Added again, an element keeps its old end: it goes first."""
    by_set: dict[str, dict[str, float]] = {}
    for source, seconds in ends.items():
        known, element = _element(source)
        by_set.setdefault(known, {})[element] = min(seconds, LONGEST)
    for known, elements in by_set.items():
        yield f"add element {TABLE} {known} {{ {', '.join(f'{each} timeout 1s' for each in elements)} }}"
        yield f"delete element {TABLE} {known} {{ {', '.join(elements)} }}"
        opened = [f"{each} timeout {_counted(seconds)}" for each, seconds in elements.items() if seconds >= SHORTEST]
        if opened:
            yield f"add element {TABLE} {known} {{ {', '.join(opened)} }}"


def _counted(seconds: float) -> str:
    """To the thousandth: in whole seconds it would end before the bell, or after it."""
    whole, rest = divmod(math.ceil(seconds * 1000), 1000)
    return f"{whole}s{rest}ms" if rest else f"{whole}s"


def rule(ace: Ace) -> str:
    """One normal entry as matches, verdict and comment."""
    if ace.established:
        raise Refused("a gateway that knows conversations lets replies pass by itself")
    versions = {family(text) for text in (ace.source, ace.destination)} - {None}
    sides = (("saddr", ace.source), ("daddr", ace.destination))
    words = [f"{_family(family(net))} {side} {net}" for side, net in sides if net != "any"]
    words += [f"meta nfproto ipv{ace.family}"] if ace.family and not versions else []
    words += _protocol(ace, versions or {ace.family})
    words.append(_VERDICTS[ace.verb])
    if ace.remark:
        words.append(f'comment "{ace.remark}"')
    return " ".join(words)


def interface_name(text: str) -> str:
    """A Linux interface (at most 15 characters), or Refused."""
    if not _INTERFACE.fullmatch(text):
        raise Refused(f"not an interface of this gateway: {text[:40]!r}")
    return text


def _protocol(ace: Ace, versions: Iterable[int | None]) -> list[str]:
    if ace.port is not None:
        return [f"{ace.protocol} dport {ace.port}"]
    if ace.protocol == "ip":
        return []
    if ace.protocol == "icmp":
        names = ["icmp"] if 4 in versions else ["ipv6-icmp"] if 6 in versions else ["icmp", "ipv6-icmp"]
        return ["meta l4proto " + (names[0] if len(names) == 1 else f"{{ {', '.join(names)} }}")]
    return [f"meta l4proto {ace.protocol}"]


def _element(source: str) -> tuple[str, str]:
    """(set, element). A network and an address inside it may both be granted, so they live in two sets."""
    try:
        net = ip_network(source, strict=False)
    except ValueError as error:
        raise Refused(f"not an address or network: {source[:60]!r}") from error
    addresses, networks = SETS[net.version]
    single = net.prefixlen == net.max_prefixlen
    return (addresses, str(net.network_address)) if single else (networks, str(net))


def _family(version: int | None) -> str:
    return "ip6" if version == 6 else "ip"
