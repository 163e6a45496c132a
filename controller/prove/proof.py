"""The proof of segregation: every claim, at every gateway and so on every internet line, or a packet that breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from controller.policy import Policy
from controller.prove.boxes import ICMP, TCP, UDP, Box, address, everything, interval
from controller.prove.claims import Claim, claims
from controller.prove.walk import Entries, Leak, boxes_of, entries_of, through
from controller.prove.words import line_of
from device_drivers.model import AccessList, Verb

Spread = Mapping[str, AccessList | None]


@dataclass(frozen=True, slots=True)
class Gateway:
    """One way out: a gateway with its lists by interface (`vlan20`); None where a list is bound that cannot be read.

    `leases`: what no entry matches passes for whoever has a grant. `grants`: addresses and networks that have one.
    """

    name: str
    platform: str
    leases: bool
    lists: Spread
    grants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Packet:
    """A counter-example: the first packet of a conversation. `source_class`: `own` or `other` addresses."""

    protocol: str
    source: str
    destination: str
    port: int | None
    source_class: str

    def __str__(self) -> str:
        port = "" if self.port is None else f" port {self.port}"
        return f"{self.protocol} from {self.source} to {self.destination}{port}"


@dataclass(frozen=True, slots=True)
class Broken:
    """A claim that does not hold. `blame` is the line of the configuration that lets the packet through."""

    claim: Claim
    gateway: str
    family: int
    packet: Packet
    blame: str

    def __str__(self) -> str:
        return f"{self.gateway}: {self.claim.title} does not hold: {self.packet} passes by {self.blame}"


@dataclass(frozen=True, slots=True)
class Proof:
    """`asked`: how many (claim, gateway, family, class of source) were decided. Proven when nothing is broken or open.

    `open_questions`: what cannot be decided, and why. `notes`: what the question did not cover.
    """

    asked: int
    broken: tuple[Broken, ...] = ()
    open_questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.broken and not self.open_questions


def prove(policy: Policy, filters: Sequence[str], gateways: Iterable[Gateway]) -> Proof:
    """Pure. Without a filter's address or without a gateway nothing can be proven, and that is what is said."""
    ways = tuple(gateways)
    if not filters:
        return Proof(0, (), ("no address of the DNS filter is set (`dns.listen`): no list can name it",))
    if not ways:
        return Proof(0, (), ("no gateway is in the inventory: nothing is known of the ways out",))
    asked, broken, questions, walks = 0, list[Broken](), list[str](), _Walks()
    for claim in claims(policy, filters):
        own = tuple(map(str, policy.segments[claim.segment].subnets))
        for way in ways:
            bound = way.lists.get(f"vlan{claim.vlan}", NO_LIST)
            if bound is None:
                questions.append(f"{way.name}: vlan{claim.vlan} has a list that Caretaker cannot read ({claim.title})")
                continue
            for family, forbidden in claim.forbidden:
                asked += 2
                found = walks.first_leaks(bound, family, forbidden, _end_of(bound, way), own)
                broken += [_broken(claim, way, bound, family, leak, own) for leak in found]
    return Proof(asked, (*broken, *_granted(policy, ways)), tuple(dict.fromkeys(questions)))


NO_LIST = AccessList("", ())
"""Where no list is bound: everything passes."""


def _end_of(bound: AccessList, way: Gateway) -> Verb:
    return Verb.PERMIT if bound is NO_LIST or way.leases else Verb.DENY


class _Walks:
    """What was asked already in this proof: gateways often share a list, and comparing lists takes long, so each one is
    looked up once and known by its number from then on."""

    def __init__(self) -> None:
        self._known: dict[AccessList, int] = {}
        self._boxes: dict[tuple[int, int], Entries] = {}
        self._found: dict[tuple[int, int, int, Verb], tuple[Leak, ...]] = {}

    def first_leaks(
        self, bound: AccessList, family: int, forbidden: tuple[Box, ...], end: Verb, own: tuple[str, ...]
    ) -> tuple[Leak, ...]:
        """The first leak from the segment's own addresses, and the first from any other."""
        number = self._known.setdefault(bound, len(self._known))
        question = (number, family, id(forbidden), end)
        if question not in self._found:
            if (number, family) not in self._boxes:
                self._boxes[number, family] = boxes_of(bound, family)
            self._found[question] = _first_leaks(self._boxes[number, family], family, forbidden, end, own)
        return self._found[question]


def _first_leaks(
    entries: Entries, family: int, forbidden: tuple[Box, ...], end: Verb, own: tuple[str, ...]
) -> tuple[Leak, ...]:
    if next(through(entries, forbidden, end), None) is None:
        return ()
    home = [Box(spread, box.destination, box.protocols, box.ports) for box in forbidden for spread in _own(own, family)]
    others = forbidden if not home else _strangers(forbidden, own, family)
    found = (next(through(entries, boxes, end), None) for boxes in (home, others))
    return tuple(leak for leak in found if leak is not None)


def _somewhere(family: int) -> tuple[int, int]:
    """A documentation address (RFC 5737, RFC 3849): somewhere on the internet."""
    found = interval("192.0.2.0/24" if family == 4 else "2001:db8::/32", family)
    assert found is not None
    return found


def _own(own: Iterable[str], family: int) -> list[tuple[int, int]]:
    return [spread for place in own if (spread := interval(place, family))]


def _strangers(forbidden: Iterable[Box], own: Iterable[str], family: int) -> tuple[Box, ...]:
    left = [everything(family).source]
    for taken in _own(own, family):
        left = [part for whole in left for part in _cut(whole, taken)]
    return tuple(box._replace(source=source) for box in forbidden for source in left)


def _cut(whole: tuple[int, int], taken: tuple[int, int]) -> Iterator[tuple[int, int]]:
    if taken[1] < whole[0] or whole[1] < taken[0]:
        yield whole
        return
    if whole[0] < taken[0]:
        yield whole[0], taken[0] - 1
    if taken[1] < whole[1]:
        yield taken[1] + 1, whole[1]


def _broken(claim: Claim, way: Gateway, bound: AccessList, family: int, leak: Leak, own: tuple[str, ...]) -> Broken:
    inside = any(spread[0] <= leak.box.source[0] <= spread[1] for spread in _own(own, family))
    packet = _packet(leak.box, family, "own" if inside else "other")
    return Broken(claim, way.name, family, packet, _blame(claim, way, bound, family, leak))


def _packet(box: Box, family: int, source_class: str) -> Packet:
    """One packet of a box: a usual protocol before a rare one, a host before the address of the network itself."""
    names = {TCP: "tcp", UDP: "udp", ICMP: "icmp"}
    protocol = next((name for bit, name in names.items() if box.protocols & bit), "ip protocol 47")
    source, destination = _one_of(box.source, family, _STRANGERS), _one_of(box.destination, family, _RESOLVERS)
    port = box.ports[0] if protocol in ("tcp", "udp") else None
    if port is not None and box.ports[0] <= 443 <= box.ports[1]:
        port = 443
    return Packet(protocol, address(source, family), address(destination, family), port, source_class)


_STRANGERS = (ip_address("203.0.113.7"), ip_address("2001:db8::7"))
_RESOLVERS = (ip_address("8.8.8.8"), ip_address("2001:4860:4860::8888"), *_STRANGERS)


def _one_of(spread: tuple[int, int], family: int, liked: Iterable[IPv4Address | IPv6Address]) -> int:
    """One that people know when they see it where it is among them, else the first host."""
    inside = (int(each) for each in liked if each.version == family and spread[0] <= int(each) <= spread[1])
    return next(inside, spread[0] + (spread[0] < spread[1]))


def _blame(claim: Claim, way: Gateway, bound: AccessList, family: int, leak: Leak) -> str:
    if bound is NO_LIST:
        return f"vlan{claim.vlan} of {way.name}: no access list is bound there"
    if leak.entry is None:
        return f"the end of {bound.name}, which a grant opens"
    entry = entries_of(bound, family)[leak.entry]
    return f"{bound.name} (IPv{family}), entry {leak.entry + 1}: {line_of(way.platform, family, entry)}"


def _granted(policy: Policy, ways: Iterable[Gateway]) -> Iterator[Broken]:
    """Nobody in quarantine has a way out, whatever its list says."""
    resting = policy.segment_for("quarantine")
    if resting is None:
        return
    name, segment = resting
    for way in ways:
        for grant in way.grants:
            net = ip_network(grant, strict=False)
            if any(net.version == own.version and net.overlaps(own) for own in segment.subnets):
                claim = Claim(
                    name, segment.vlan, "quarantine", "grants", f"{name}: nobody there has a grant", ("D1",), ()
                )
                box = Box((int(net[0]), int(net[0])), (0, 0), TCP, (443, 443))
                packet = _packet(box._replace(destination=_somewhere(net.version)), net.version, "own")
                yield Broken(claim, way.name, net.version, packet, f"the grant of {grant}")
