"""Access lists: intent -> ordered, merged, shadow-free entries that decide every packet as the intent did.

The first entry that matches decides; what no entry matches is denied. A denial at the end is kept although it says
nothing more on a switch: on the gateway a grant opens what *no* entry matches, and never what an entry denies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from device_drivers.encode import cli_name, cli_text
from device_drivers.model import AccessList, Ace, Refused, Verb

Network = IPv4Network | IPv6Network
PREFIX = "caretaker-"
PROTOCOLS = ("ip", "tcp", "udp", "icmp")


@dataclass(frozen=True, slots=True)
class Packet:
    """What an access list looks at. `port` is the destination port, None where the protocol has none."""

    protocol: str
    source: str
    destination: str
    port: int | None = None


def decides(access_list: AccessList, packet: Packet) -> Verb:
    """What becomes of a packet."""
    return next((ace.verb for ace in access_list.entries if matches(ace, packet)), Verb.DENY)


def matches(ace: Ace, packet: Packet) -> bool:
    return (
        ace.protocol in ("ip", packet.protocol)
        and _holds(ace.source, packet.source)
        and _holds(ace.destination, packet.destination)
        and ace.port in (None, packet.port)
    )


def compile_list(name: str, entries: Iterable[Ace]) -> AccessList:
    """The same decisions in fewer entries, with names and remarks as a device will print them back.

    What comes back from a device after this list was pushed is equal to it. Raises Refused for an entry
    no access list can hold.
    """
    shorter, longer = _shortened([normal(ace) for ace in entries]), None
    while shorter != longer:
        shorter, longer = _shortened(shorter), shorter
    return AccessList(_own_name(name), tuple(shorter))


def _shortened(entries: Sequence[Ace]) -> list[Ace]:
    """Without the entries an earlier one hides, and with neighbouring halves made whole."""
    kept: list[Ace] = []
    for ace in entries:
        if not any(covers(earlier, ace) for earlier in kept):
            kept.append(ace)
    return _merged(kept)


def normal(ace: Ace) -> Ace:
    """The one spelling of an entry. Raises Refused where it cannot be written down."""
    if ace.protocol not in PROTOCOLS:
        raise Refused(f"access lists know {', '.join(PROTOCOLS)}, not {ace.protocol[:20]!r}")
    if ace.port is not None and (ace.protocol not in ("tcp", "udp") or not 0 <= ace.port <= 65535):
        raise Refused(f"no such destination port: {ace.protocol} {ace.port}")
    source, destination = network_text(ace.source), network_text(ace.destination)
    if len({family(text) for text in (source, destination)} - {None}) == 2:
        raise Refused(f"an entry from {source} to {destination} matches nothing: two families")
    return replace(ace, source=source, destination=destination, remark=cli_text(ace.remark))


def network_text(text: str) -> str:
    """`any`, or CIDR with the host bits gone; a single address always carries its length. Raises Refused."""
    if text == "any":
        return text
    try:
        net = ip_network(text, strict=False)
    except ValueError as error:
        raise Refused(f"not a network: {text[:60]!r}") from error
    if net.prefixlen == 0:
        # Devices print it as `any`, which is both families: what was written would never be read back.
        raise Refused(f"write `any` instead of {text}")
    return str(net)


def family(text: str) -> int | None:
    """4 or 6; None for `any`."""
    return None if text == "any" else ip_network(text).version


def covers(wide: Ace, narrow: Ace) -> bool:
    """Does every packet of `narrow` match `wide` too?"""
    return (
        wide.protocol in ("ip", narrow.protocol)
        and wide.port in (None, narrow.port)
        and _inside(narrow.source, wide.source)
        and _inside(narrow.destination, wide.destination)
    )


def same(one: AccessList | None, other: AccessList | None) -> bool:
    """Do two lists say the same, entry by entry? Remarks are for people and do not count."""
    if one is None or other is None:
        return one is other
    return _spoken(one.entries) == _spoken(other.entries)


def _spoken(entries: Sequence[Ace]) -> list[Ace]:
    return [replace(normal(ace), remark="") for ace in entries]


def _own_name(name: str) -> str:
    return cli_name(PREFIX + cli_name(name.removeprefix(PREFIX)))


def _merged(entries: Sequence[Ace]) -> list[Ace]:
    """Two neighbouring halves of a network with the same verdict become the whole; repeated until none is left."""
    merged: list[Ace] = []
    for ace in entries:
        candidate = ace
        while merged and (both := _join(merged[-1], candidate)):
            merged.pop()
            candidate = both
        merged.append(candidate)
    return merged


def _join(first: Ace, second: Ace) -> Ace | None:
    """One entry for two that stand next to each other, so no third can decide between them."""
    if replace(second, source=first.source) == first:
        whole = _whole(first.source, second.source)
        return replace(first, source=whole) if whole else None
    if replace(second, destination=first.destination) == first:
        whole = _whole(first.destination, second.destination)
        return replace(first, destination=whole) if whole else None
    return None


def _whole(one: str, other: str) -> str | None:
    if "any" in (one, other) or one == other:
        return None
    first, second = ip_network(one), ip_network(other)
    if first.version != second.version or first.prefixlen != second.prefixlen or first.prefixlen == 0:
        return None
    return str(first.supernet()) if first.supernet() == second.supernet() else None


def _holds(network: str, address: str) -> bool:
    return network == "any" or ip_address(address) in ip_network(network, strict=False)


def _inside(narrow: str, wide: str) -> bool:
    if wide == "any" or narrow == "any":
        return wide == "any"
    inner, outer = ip_network(narrow), ip_network(wide)
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False
