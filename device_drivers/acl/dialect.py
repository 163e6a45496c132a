"""How a platform whose configuration is lines with indented blocks writes access lists: the words, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, ip_network
from types import MappingProxyType

from device_drivers.model import Ace, Unreadable, Verb


class Place(StrEnum):
    """How a network is written. An address alone is read in every style."""

    WILDCARD = "any | host 10.0.0.2 | 10.0.0.0 0.0.0.255"
    ONLY_WILDCARD = "0.0.0.0 255.255.255.255 | 10.0.0.2 0.0.0.0"
    PREFIX = "any | host 10.0.0.2 | 10.0.0.0/24"
    ONLY_PREFIX = "::/0 | fd00::2/128"
    MASK = "any | 10.0.0.2 | 10.0.0.0/255.255.255.0"
    BARE = "any | fd00::2 | fd00::/64"


@dataclass(frozen=True, slots=True)
class Half:
    """One family's part of a dialect. `{}` stands for the name, `words` for what the platform calls our protocols."""

    opens: str
    binds: str
    place: Place
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Dialect:
    """`interface` opens the block a list is bound in, `{}` standing for the VLAN; it is also how that block is read.

    `leaves` ends a block. `remark` begins a line of free text. `shown` are the platform's own names for port numbers,
    under which it prints what was sent as a number.
    """

    platform: str
    four: Half
    six: Half
    interface: str
    remark: str = "remark"
    quoted: bool = False
    makes_first: bool = False
    leaves: str = "exit"
    shown: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def half(self, family: int) -> Half:
        return self.six if family == 6 else self.four


def place_text(place: Place, network: str, family: int) -> str:
    """A network of the model in the platform's spelling."""
    if network == "any":
        return {
            Place.ONLY_WILDCARD: "0.0.0.0 255.255.255.255",
            Place.ONLY_PREFIX: "0.0.0.0/0" if family == 4 else "::/0",
        }.get(place, "any")
    net = ip_network(network)
    if place is Place.ONLY_WILDCARD:
        return f"{net.network_address} {net.hostmask}"
    if place is Place.ONLY_PREFIX:
        return str(net)
    if net.prefixlen == net.max_prefixlen:
        return f"{net.network_address}" if place in (Place.MASK, Place.BARE) else f"host {net.network_address}"
    if place is Place.WILDCARD:
        return f"{net.network_address} {net.hostmask}"
    return f"{net.network_address}/{net.netmask}" if place is Place.MASK else str(net)


def entry_text(dialect: Dialect, family: int, ace: Ace) -> str:
    """One normal entry of one family as a line."""
    half = dialect.half(family)
    places = (place_text(half.place, network, family) for network in (ace.source, ace.destination))
    words = [ace.verb.value, half.words.get(ace.protocol, ace.protocol), *places]
    words += ["eq", str(ace.port)] if ace.port is not None else []
    words += ["established"] if ace.established else []
    return " ".join(words)


def read_entry(dialect: Dialect, family: int, line: str, remark: str) -> Ace:
    """A line of a list back into an entry. Raises Unreadable for whatever this reader does not know."""
    words = line.split()
    try:
        half = dialect.half(family)
        verb, protocol = Verb(words.pop(0)), _protocol(half, words.pop(0))
        source, destination = _network(words, half, family), _network(words, half, family)
        port = _port(dialect, words) if words[:1] == ["eq"] else None
        established = words[:1] == ["established"]
        rest = words[established:]
        if rest and set(rest) - {"log", "count"}:
            raise ValueError(f"more than is known: {' '.join(rest)}")
        if port is not None and protocol not in ("tcp", "udp"):
            raise ValueError(f"{protocol} has no ports")
    except (ValueError, IndexError) as error:
        raise Unreadable(f"an access list entry this reader does not know: {error}", line) from error
    return Ace(verb, protocol, source, destination, port, remark, None, established)


def _protocol(half: Half, word: str) -> str:
    known = {half.words.get(name, name): name for name in ("ip", "tcp", "udp", "icmp")}
    if word not in known:
        raise ValueError(f"the protocol {word}")
    return known[word]


def _network(words: list[str], half: Half, family: int) -> str:
    """Takes one word or two, as the platform writes a network; never guesses by what a word looks like."""
    word = words.pop(0)
    if word == "any":
        return word
    if word == "host" or half.place not in (Place.WILDCARD, Place.ONLY_WILDCARD):
        net = ip_network(words.pop(0) if word == "host" else word, strict=False)
    else:
        net = _by_wildcard(word, words.pop(0))
    if net.version != family:
        raise ValueError("an address of the other family")
    return "any" if net.prefixlen == 0 else str(net)


def _by_wildcard(address: str, mask: str) -> IPv4Network:
    wild = int(IPv4Address(mask))
    if wild & (wild + 1):
        raise ValueError("a wildcard mask with holes")
    return IPv4Network((int(IPv4Address(address)) & ~wild, 32 - wild.bit_length()))


def _port(dialect: Dialect, words: list[str]) -> int:
    word = words[1]
    del words[:2]
    number = int(word) if word.isdigit() else dialect.shown.get(word)
    if number is None or number > 65535:
        raise ValueError(f"the port {word}")
    return number
