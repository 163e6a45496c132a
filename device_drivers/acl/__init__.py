"""Access lists: intent -> ordered, merged, shadow-free entries that decide every packet as the intent did.

The first entry that matches decides; what no entry matches is denied. A denial at the end is kept although it says
nothing more on a switch: on the gateway a grant opens what *no* entry matches, and never what an entry denies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from device_drivers.encode import cli_name, cli_text
from device_drivers.model import AccessList, Ace, Refused, Verb

Network = IPv4Network | IPv6Network
PREFIX = "caretaker-"
NAME_LENGTH = 28
"""Of a list's name. Platforms take 31 or 32 signs, and ours grow by two while they are swapped (`names.py`)."""
PROTOCOLS = ("ip", "tcp", "udp", "icmp")
FAMILIES = (4, 6)


@dataclass(frozen=True, slots=True)
class Packet:
    """What an access list looks at. `port` is the destination port, None where the protocol has none.

    `reply`: of a TCP conversation the other side began.
    """

    protocol: str
    source: str
    destination: str
    port: int | None = None
    reply: bool = False


def decides(access_list: AccessList, packet: Packet) -> Verb:
    """What becomes of a packet."""
    return next((ace.verb for ace in access_list.entries if matches(ace, packet)), Verb.DENY)


def matches(ace: Ace, packet: Packet) -> bool:
    return (
        ace.protocol in ("ip", packet.protocol)
        and _holds(ace.source, packet.source)
        and _holds(ace.destination, packet.destination)
        and ace.port in (None, packet.port)
        and ace.family in (None, ip_address(packet.source).version)
        and (packet.reply or not ace.established)
    )


def compile_list(name: str, entries: Iterable[Ace]) -> AccessList:
    """The same decisions in fewer entries, with names and remarks as a device will print them back.

    What comes back from a device after this list was pushed is equal to it. Raises Refused for an entry
    no access list can hold.
    """
    shorter, longer = _shortened(_by_family([normal(ace) for ace in entries])), None
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


def _by_family(entries: Sequence[Ace]) -> list[Ace]:
    """Between two entries of both families those of IPv4 first: no packet is of both, so nothing else changes."""
    ordered: list[Ace] = []
    run: list[Ace] = []
    for ace in entries:
        if family_of(ace) is None:
            ordered += [*sorted(run, key=lambda each: family_of(each) or 0), ace]
            run = []
        else:
            run.append(ace)
    return ordered + sorted(run, key=lambda each: family_of(each) or 0)


@lru_cache(maxsize=16384)
def normal(ace: Ace) -> Ace:
    """The one spelling of an entry. Raises Refused where it cannot be written down."""
    if ace.protocol not in PROTOCOLS:
        raise Refused(f"access lists know {', '.join(PROTOCOLS)}, not {ace.protocol[:20]!r}")
    if ace.port is not None and (ace.protocol not in ("tcp", "udp") or not 0 <= ace.port <= 65535):
        raise Refused(f"no such destination port: {ace.protocol} {ace.port}")
    if ace.established and (ace.protocol != "tcp" or ace.port is not None):
        raise Refused("only TCP has replies that can be told from the rest, and to no port in particular")
    source, destination = network_text(ace.source), network_text(ace.destination)
    said = {family(text) for text in (source, destination)} - {None}
    if len(said | ({ace.family} - {None})) == 2:
        raise Refused(f"an entry from {source} to {destination} matches nothing: two families")
    spoken = None if said else ace.family
    return replace(ace, source=source, destination=destination, remark=cli_text(ace.remark), family=spoken)


def network_text(text: str) -> str:
    """`any`, or CIDR with the host bits gone; a single address always carries its length. Raises Refused."""
    if text == "any":
        return text
    try:
        net = _net(text)
    except ValueError as error:
        raise Refused(f"not a network: {text[:60]!r}") from error
    if net.prefixlen == 0:
        # Devices print it as `any`, which is both families: what was written would never be read back.
        raise Refused(f"write `any` instead of {text}")
    return str(net)


def family(text: str) -> int | None:
    """4 or 6; None for `any`."""
    return None if text == "any" else _net(text).version


@lru_cache(maxsize=4096)
def _net(text: str) -> Network:
    """Lists name the same networks again and again, and reading one takes longer than all else done with it."""
    return ip_network(text, strict=False)


def family_of(ace: Ace) -> int | None:
    """4 or 6; None for an entry of both."""
    return ace.family or family(ace.source) or family(ace.destination)


def split(access_list: AccessList) -> dict[int, tuple[Ace, ...]]:
    """The normal entries of each family: switches keep them in two lists."""
    entries = [normal(ace) for ace in access_list.entries]
    return {
        version: tuple(
            ace if ace.family is None else replace(ace, family=None)
            for ace in entries
            if family_of(ace) in (None, version)
        )
        for version in FAMILIES
    }


def covers(wide: Ace, narrow: Ace) -> bool:
    """Does every packet of `narrow` match `wide` too?"""
    return (
        wide.family in (None, family_of(narrow))
        and (narrow.established or not wide.established)
        and wide.protocol in ("ip", narrow.protocol)
        and wide.port in (None, narrow.port)
        and _inside(narrow.source, wide.source)
        and _inside(narrow.destination, wide.destination)
    )


def same(one: AccessList | None, other: AccessList | None) -> bool:
    """Do two lists say the same, family by family and entry by entry? Remarks are for people and do not count."""
    if one is None or other is None:
        return one is other
    return _spoken(one) == _spoken(other)


def _spoken(access_list: AccessList) -> list[list[Ace]]:
    families = split(access_list).values()
    return [[] if denies_all(each) else [replace(ace, remark="") for ace in each] for each in families]


def denies_all(entries: Sequence[Ace]) -> bool:
    """A family of which nothing passes is written as one denial: to a switch a list without entries permits all."""
    return len(entries) == 1 and replace(entries[0], remark="", family=None) == Ace(Verb.DENY, "ip", "any", "any")


def _own_name(name: str) -> str:
    """Long names are cut, and two of them must not become one: a cut name ends in a digest of the whole."""
    whole = PREFIX + cli_name(name.removeprefix(PREFIX), 255)
    if len(whole) <= NAME_LENGTH:
        return whole
    return f"{whole[: NAME_LENGTH - 5]}-{hashlib.sha256(whole.encode()).hexdigest()[:4]}"


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
    first, second = _net(one), _net(other)
    if first.version != second.version or first.prefixlen != second.prefixlen or first.prefixlen == 0:
        return None
    return str(first.supernet()) if first.supernet() == second.supernet() else None


def _holds(network: str, address: str) -> bool:
    return network == "any" or ip_address(address) in _net(network)


def _inside(narrow: str, wide: str) -> bool:
    if wide == "any" or narrow == "any":
        return wide == "any"
    inner, outer = _net(narrow), _net(wide)
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False
