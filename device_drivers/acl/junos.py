"""Access lists of Junos (EX with `irb` interfaces): firewall filters as `set` lines, swapped by one commit.

Source: Junos OS "Routing Policies, Firewall Filters, and Traffic Policers User Guide". Everything between two commits
is put in force at once, so a filter is deleted and written anew under its own name. What no term matches is discarded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from device_drivers.acl import FAMILIES, split
from device_drivers.acl.families import Lists, gathered
from device_drivers.acl.names import is_ours, on_device, vlan_of
from device_drivers.acl.told import NOTHING
from device_drivers.encode import vlan_id
from device_drivers.model import AccessList, Ace, Refused, SetAccessList, Unreadable, Verb

_INET = {4: "inet", 6: "inet6"}
_THEN = {Verb.PERMIT: "accept", Verb.DENY: "discard"}
_VERBS = {"accept": Verb.PERMIT, "discard": Verb.DENY, "reject": Verb.DENY}
_TERM = re.compile(r"set firewall family (inet6?) filter (\S+) term (\S+) (from|then) (.+)$")
_BOUND = re.compile(r"set interfaces (irb|vlan) unit (\d+) family (inet6?) filter input (\S+)$")
_NAMES = {"domain": 53, "bootps": 67, "dhcp": 67, "http": 80, "https": 443, "ntp": 123, "ssh": 22}


def told(change: SetAccessList) -> tuple[str, ...]:
    """`set` and `delete` lines of one change, to be followed by the driver's commit."""
    return tuple(_filters(change, change.becomes) if change.becomes else _without(change))


def _filters(change: SetAccessList, becomes: AccessList) -> Iterator[str]:
    for family, entries in split(becomes).items():
        name = on_device(change.name, family)
        yield f"delete firewall family {_INET[family]} filter {name}"
        for number, ace in enumerate(entries or NOTHING, 1):
            term = f"set firewall family {_INET[family]} filter {name} term {number}"
            yield from (f"{term} {words}" for words in _term(family, ace))
        yield f"set {_bind(change.interface, family)} {name}"


def _without(change: SetAccessList) -> Iterator[str]:
    for family in FAMILIES:
        yield f"delete {_bind(change.interface, family)}"
        yield f"delete firewall family {_INET[family]} filter {on_device(change.name, family)}"


def _bind(interface: str, family: int) -> str:
    vlan = vlan_of(interface)
    if vlan is None:
        raise Refused(f"lists of this platform are bound to routed VLANs, not to {interface[:40]!r}")
    return f"interfaces irb unit {vlan_id(vlan)} family {_INET[family]} filter input"


def _term(family: int, ace: Ace) -> Iterator[str]:
    if ace.source != "any":
        yield f"from source-address {ace.source}"
    if ace.destination != "any":
        yield f"from destination-address {ace.destination}"
    if ace.protocol != "ip":
        word = "icmp6" if family == 6 and ace.protocol == "icmp" else ace.protocol
        yield f"from {'next-header' if family == 6 else 'protocol'} {word}"
    if ace.port is not None:
        yield f"from destination-port {ace.port}"
    if ace.established:
        yield "from tcp-established"
    yield f"then {_THEN[ace.verb]}"


def read_lists(text: str) -> Lists:
    """Out of `show configuration | display set`. Raises Unreadable for a term of ours that Caretaker did not write."""
    terms: dict[tuple[str, str], dict[str, list[str]]] = {}
    bound: dict[str, dict[int, str]] = {}
    for line in map(str.strip, text.splitlines()):
        if found := _TERM.match(line):
            terms.setdefault((found[1], found[2]), {}).setdefault(found[3], []).append(f"{found[4]} {found[5]}")
        elif found := _BOUND.match(line):
            bound.setdefault(f"vlan{found[2]}", {})[6 if found[3] == "inet6" else 4] = found[4]
    lists: dict[str, tuple[Ace, ...]] = {}
    foreign: set[str] = set()
    for (inet, name), rows in terms.items():
        try:
            lists[name] = tuple(_read_term(inet, words) for words in rows.values())
        except Unreadable:
            if is_ours(name):
                raise
            foreign.add(name)
    joined = gathered(lists, bound)
    return Lists(joined.lists, joined.bindings, frozenset(foreign))


def _read_term(inet: str, rows: list[str]) -> Ace:
    known: dict[str, str] = {}
    for row in rows:
        key, _, value = row.removeprefix("from ").partition(" ")
        if key in known or (key == "then" and value not in _VERBS):
            raise Unreadable("a term of a filter this reader does not know", row)
        known[key] = value
    verb = known.pop("then", "accept")
    try:
        return _ace(inet, verb, known)
    except (KeyError, ValueError) as error:
        raise Unreadable(f"a term of a filter this reader does not know: {error}", "; ".join(rows)) from error


def _ace(inet: str, verb: str, known: Mapping[str, str]) -> Ace:
    rest = dict(known)
    protocol = rest.pop("next-header" if inet == "inet6" else "protocol", "ip")
    port = rest.pop("destination-port", None)
    ace = Ace(
        _VERBS[verb],
        {"icmp6": "icmp"}.get(protocol, protocol),
        rest.pop("source-address", "any"),
        rest.pop("destination-address", "any"),
        None if port is None else _NAMES.get(port) or int(port),
        established=rest.pop("tcp-established", None) is not None,
    )
    if rest or ace.protocol not in ("ip", "tcp", "udp", "icmp"):
        raise ValueError(f"{protocol} {' '.join(rest)}")
    return ace
