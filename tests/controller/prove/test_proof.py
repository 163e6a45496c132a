"""No pupil, guest or quarantined device gets round the filter or to staff; and where one would, the proof says how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.access_lists import access_lists, as_told
from controller.policy import Policy
from controller.prove import Gateway, Proof, prove
from controller.prove.boxes import Box
from controller.prove.walk import leaks
from device_drivers.acl import Packet, compile_list, decides
from device_drivers.model import AccessList, Ace, Verb
from device_drivers.platforms import drivers
from tests.controller.school import POLICY

FILTERS = ("10.10.0.5", "fd00:10::5")
LISTS = access_lists(POLICY, FILTERS)
PLATFORMS = ("linux_gateway", "cisco_ios")


def _gateway(platform: str, lists: Mapping[str, AccessList] = LISTS, name: str = "gateway") -> Gateway:
    told = {interface: as_told(access_list, drivers()[platform]) for interface, access_list in lists.items()}
    return Gateway(name, platform, platform == "linux_gateway", told)


def _proof(*gateways: Gateway, policy: Policy = POLICY) -> Proof:
    return prove(policy, FILTERS, gateways)


def _with(interface: str, *entries: Ace, platform: str = "linux_gateway") -> Gateway:
    gateway = _gateway(platform)
    bound = gateway.lists[interface]
    assert bound is not None
    return replace(gateway, lists={**gateway.lists, interface: replace(bound, entries=entries)})


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_the_policy_compiles_to_is_proven_on_every_line_to_the_internet(platform: str) -> None:
    proof = _proof(_gateway(platform), _gateway("cisco_ios", name="backup"))
    assert proof.broken == ()
    assert proof.holds
    assert proof.asked == 4 * 3 * 2 * 2 * 2, "segments, claims, gateways, families, own and other sources"


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("interface", ["vlan20", "vlan40", "vlan50", "vlan999"])
def test_no_denial_can_be_lost_or_turned_round_unnoticed(platform: str, interface: str) -> None:
    bound = _gateway(platform).lists[interface]
    assert bound is not None
    denials = [at for at, ace in enumerate(bound.entries) if ace.verb is Verb.DENY]
    if interface == "vlan999" and platform == "cisco_ios":
        denials = []  # the last entry says what the end of a list says anyway
    resolvers = [at for at in denials if bound.entries[at].port is None and not bound.entries[at].remark]
    for at in sorted({*denials} - {*resolvers[1:-1]} | {*resolvers[::60]}):
        lost = (*bound.entries[:at], *bound.entries[at + 1 :])
        turned = (*bound.entries[:at], replace(bound.entries[at], verb=Verb.PERMIT), *bound.entries[at + 1 :])
        for entries in (lost, turned):
            proof = _proof(_with(interface, *entries, platform=platform))
            assert proof.broken, bound.entries[at]
            assert {broken.claim.vlan for broken in proof.broken} == {int(interface[4:])}


ONCE = [
    pytest.param(Ace(Verb.PERMIT, "udp", "any", "any", 53), "names", 4, id="names anywhere"),
    pytest.param(Ace(Verb.PERMIT, "udp", "any", "any", 53, family=6), "names", 6, id="names anywhere, IPv6 only"),
    pytest.param(Ace(Verb.PERMIT, "tcp", "any", "9.9.9.9/32", 443), "resolvers", 4, id="DoH at one resolver"),
    pytest.param(Ace(Verb.PERMIT, "udp", "any", "2620:fe::fe/128", 443), "resolvers", 6, id="DoH over QUIC, IPv6"),
    pytest.param(Ace(Verb.PERMIT, "tcp", "any", "10.30.0.7/32", 443), "segments", 4, id="one staff machine"),
    pytest.param(Ace(Verb.PERMIT, "icmp", "any", "10.10.0.0/24"), "segments", 4, id="pinging the management"),
    pytest.param(Ace(Verb.PERMIT, "udp", "any", "any", 67), "segments", 4, id="an address, from anybody"),
    pytest.param(Ace(Verb.PERMIT, "ip", "10.20.3.255/32", "10.30.0.0/24"), "segments", 4, id="the last address"),
    pytest.param(Ace(Verb.PERMIT, "ip", "192.0.2.9/32", "10.30.0.0/24"), "segments", 4, id="an address of nobody's"),
]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(("hole", "kind", "family"), ONCE)
def test_one_hole_anywhere_is_found_with_a_packet_and_its_line(
    platform: str, hole: Ace, kind: str, family: int
) -> None:
    bound = _gateway(platform).lists["vlan20"]
    assert bound is not None
    proof = _proof(_with("vlan20", hole, *bound.entries, platform=platform))
    broken = [each for each in proof.broken if (each.claim.kind, each.family) == (kind, family)]
    assert broken
    assert all("entry 1:" in each.blame for each in broken)
    for each in broken:
        packet = Packet(each.packet.protocol, each.packet.source, each.packet.destination, each.packet.port)
        assert decides(AccessList("hole", (hole,)), packet) is Verb.PERMIT
    sources = {each.packet.source_class for each in broken}
    assert sources <= {"own", "other"}
    if hole.source != "any":
        assert sources == ({"own"} if hole.source.startswith("10.20") else {"other"})


def test_a_permission_moved_above_its_denial_is_found_and_below_it_is_not() -> None:
    bound = _gateway("linux_gateway").lists["vlan20"]
    assert bound is not None
    wide = Ace(Verb.PERMIT, "tcp", "any", "any", 853)
    assert _proof(_with("vlan20", *bound.entries, wide)).holds
    assert not _proof(_with("vlan20", wide, *bound.entries)).holds


def test_a_backup_line_without_lists_is_found_by_its_name() -> None:
    proof = _proof(_gateway("linux_gateway"), Gateway("backup", "cisco_ios", False, {}))
    assert {broken.gateway for broken in proof.broken} == {"backup"}
    assert "no access list is bound there" in proof.broken[0].blame
    assert str(proof.broken[0]).startswith("backup: pupils: names (53, 853) at the filter only does not hold: ")


def test_a_list_that_cannot_be_read_leaves_a_question_and_no_proof() -> None:
    gateway = _gateway("linux_gateway")
    proof = _proof(replace(gateway, lists={**gateway.lists, "vlan20": None}))
    assert not proof.broken
    assert not proof.holds
    assert "vlan20 has a list that Caretaker cannot read" in proof.open_questions[0]


@pytest.mark.parametrize(("filters", "gateways"), [((), (_gateway("cisco_ios"),)), (FILTERS, ())])
def test_where_nothing_is_known_nothing_is_proven(filters: tuple[str, ...], gateways: tuple[Gateway, ...]) -> None:
    proof = prove(POLICY, filters, gateways)
    assert (proof.asked, proof.broken, proof.holds) == (0, (), False)
    assert proof.open_questions


@pytest.mark.parametrize("grant", ["10.99.0.7", "10.99.0.0/25", "10.0.0.0/8"])
def test_a_grant_in_quarantine_is_found_wherever_it_came_from(grant: str) -> None:
    proof = _proof(replace(_gateway("linux_gateway"), grants=("10.20.0.7", grant)))
    assert [broken.blame for broken in proof.broken] == [f"the grant of {grant}"]


def test_a_filter_and_a_page_inside_other_segments_are_reached_there_and_nothing_else_is() -> None:
    policy = POLICY.model_copy(update={"dns": POLICY.dns.model_copy(update={"sinkhole": ("10.30.0.80",)})})
    filters = ("10.30.0.53",)
    lists = access_lists(policy, filters)
    told = {interface: as_told(each, drivers()["cisco_ios"]) for interface, each in lists.items()}
    assert prove(policy, filters, [Gateway("gateway", "cisco_ios", False, told)]).holds
    # The same lists do not prove a school whose filter stands elsewhere.
    assert not prove(policy, ("10.30.0.54",), [Gateway("gateway", "cisco_ios", False, told)]).holds


def test_networks_that_the_policy_adds_are_closed_and_proven() -> None:
    networks = (ip_network("203.0.113.0/24"),)
    policy = POLICY.model_copy(update={"dns": POLICY.dns.model_copy(update={"other_resolvers": networks})})
    assert _proof(_gateway("cisco_ios", access_lists(policy, FILTERS)), policy=policy).holds
    (first, *_) = _proof(_gateway("cisco_ios"), policy=policy).broken
    assert first.packet.destination == "203.0.113.7"


PLACES = ("any", "10.30.0.0/24", "10.30.0.0/25", "10.30.0.128/25", "10.0.0.0/8")
ACES = st.builds(
    Ace,
    verb=st.sampled_from(Verb),
    protocol=st.sampled_from(("ip", "tcp", "udp", "icmp")),
    source=st.sampled_from(("any", "10.20.0.0/22", "10.20.0.7/32")),
    destination=st.sampled_from(PLACES),
    port=st.none(),
)
WIRE = [
    Packet(protocol, source, destination, 443)
    for protocol in ("tcp", "udp", "icmp", "gre")
    for source in ("10.20.0.7", "10.20.0.8", "192.0.2.1")
    for destination in ("10.30.0.1", "10.30.0.200", "10.99.0.1", "192.0.2.2")
]


@given(st.lists(ACES, max_size=6))
@settings(max_examples=80, deadline=None)
def test_what_a_walk_leaves_over_is_what_gets_through_and_nothing_else(entries: list[Ace]) -> None:
    access_list = compile_list("pupils", entries)
    bits = {"tcp": 1, "udp": 2, "icmp": 4, "gre": 8}
    for packet in WIRE:
        point = _point(packet, bits[packet.protocol])
        through = next(_found(access_list, point), None) is not None
        assert through == (decides(access_list, packet) is Verb.PERMIT)


def _point(packet: Packet, protocol: int) -> Box:
    source, destination = (int.from_bytes(map(int, text.split("."))) for text in (packet.source, packet.destination))
    return Box((source, source), (destination, destination), protocol, (443, 443))


def _found(access_list: AccessList, point: Box) -> Iterator[object]:
    return leaks(access_list, 4, (point,), Verb.DENY)
