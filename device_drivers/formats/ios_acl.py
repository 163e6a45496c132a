"""Access lists of IOS: entries as it takes them, and the running configuration as it prints them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network

from device_drivers.encode import cli_text
from device_drivers.formats.ios_ports import short_port
from device_drivers.model import AccessList, Ace, Refused, Unreadable, Verb

# What IOS prints for the numbers it has names for (IP Services command reference, access-list (extended)).
_NAMES = {
    "tcp": {"ftp-data": 20, "ftp": 21, "telnet": 23, "smtp": 25, "domain": 53, "www": 80, "pop3": 110, "sunrpc": 111,
            "ident": 113, "nntp": 119, "bgp": 179, "irc": 194, "exec": 512, "login": 513, "cmd": 514, "lpd": 515},
    "udp": {"domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69, "sunrpc": 111, "ntp": 123, "netbios-ns": 137,
            "netbios-dgm": 138, "netbios-ss": 139, "snmp": 161, "snmptrap": 162, "isakmp": 500, "syslog": 514,
            "rip": 520, "non500-isakmp": 4500},
}  # fmt: skip
_LIST = re.compile(r"ip access-list extended (\S+)$")
_GROUP = re.compile(r" ip access-group (\S+) in$")
_SECTION = re.compile(r"interface (\S+(?: \d\S*)?)$")
_REMARK = re.compile(r" (?:\d+ )?remark (.*)$")
_ENTRY = re.compile(r" (?:\d+ )?(permit|deny) (\S+) (.+)$")
_PLACE = r"(any|host \S+|\d\S* \d\S*)"
_PLACES = re.compile(rf"{_PLACE} {_PLACE}(?: eq (\S+))?(?: log(?:-input)?)?$")


@dataclass(frozen=True, slots=True)
class Lists:
    """`foreign` names lists of others that hold entries Caretaker cannot say; they are never touched."""

    lists: Mapping[str, AccessList]
    bindings: Mapping[str, str]
    foreign: frozenset[str]


def ace_lines(ace: Ace) -> tuple[str, ...]:
    """The remark, then the entry. Raises Refused for IPv6: these are IPv4 lists."""
    port = "" if ace.port is None else f" eq {ace.port}"
    entry = f"{ace.verb} {ace.protocol} {_place(ace.source)} {_place(ace.destination)}{port}"
    remark = cli_text(ace.remark)
    return (f"remark {remark}", entry) if remark else (entry,)


def port_word(protocol: str, port: int) -> str:
    """How IOS prints a port: by its name where it has one."""
    return next((name for name, number in _NAMES.get(protocol, {}).items() if number == port), str(port))


def read_lists(text: str, own: str) -> Lists:
    """Lists and inbound bindings of a running configuration (whole, or its sections).

    Raises Unreadable for an entry in a list of our own (its name begins with `own`) that cannot be read: somebody
    edited it by hand, and guessing at it would be worse than saying so.
    """
    lists: dict[str, AccessList] = {}
    bindings: dict[str, str] = {}
    foreign: set[str] = set()
    for header, lines in _sections(text):
        if name := _LIST.match(header):
            try:
                lists[name[1]] = AccessList(name[1], tuple(_entries(lines)))
            except Unreadable:
                if name[1].startswith(own):
                    raise
                foreign.add(name[1])
        elif interface := _SECTION.match(header):
            groups = [match[1] for line in lines if (match := _GROUP.match(line))]
            bindings.update((short_port(interface[1]), group) for group in groups)
    return Lists(lists, bindings, frozenset(foreign))


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    header, lines = "", list[str]()
    for line in map(str.rstrip, text.splitlines()):
        if line.startswith(" "):
            lines.append(line)
        else:
            if header:
                yield header, lines
            header, lines = line, []
    if header:
        yield header, lines


def _entries(lines: list[str]) -> Iterator[Ace]:
    remark = ""
    for line in lines:
        if spoken := _REMARK.match(line):
            remark = spoken[1]
            continue
        entry = _ENTRY.match(line)
        places = _PLACES.match(entry[3]) if entry else None
        if not entry or not places or entry[2] not in ("ip", "tcp", "udp", "icmp"):
            raise Unreadable("an access list entry this reader does not know", line)
        port = None if places[3] is None else _port(entry[2], places[3], line)
        yield Ace(Verb(entry[1]), entry[2], _network(places[1], line), _network(places[2], line), port, remark)
        remark = ""


def _place(network: str) -> str:
    if network == "any":
        return network
    net = ip_network(network, strict=False)
    if not isinstance(net, IPv4Network):
        raise Refused(f"this platform's lists are IPv4 only, not {network}")
    return f"host {net.network_address}" if net.prefixlen == 32 else f"{net.network_address} {net.hostmask}"


def _network(text: str, line: str) -> str:
    """`any`, `host 10.0.0.2` or an address with its wildcard mask -> `any` or CIDR."""
    if text == "any":
        return text
    first, second = text.split()
    address, mask = (second, "") if first == "host" else (first, second)
    try:
        wild = int(IPv4Address(mask)) if mask else 0
        if wild & (wild + 1):
            raise ValueError("a wildcard mask with holes")
        return str(IPv4Network((int(IPv4Address(address)) & ~wild, 32 - wild.bit_length())))
    except ValueError as error:
        raise Unreadable(f"an access list entry this reader does not know: {error}", line) from error


def _port(protocol: str, word: str, line: str) -> int:
    number = int(word) if word.isdigit() else _NAMES.get(protocol, {}).get(word)
    if number is None or number > 65535:
        raise Unreadable("an access list entry with a port this reader does not know", line)
    return number
