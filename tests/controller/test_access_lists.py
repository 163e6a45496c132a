"""Access lists of a school: what every segment gets, what a gateway is told, and whose place no list takes."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from controller.access_lists import access_lists, as_told
from controller.brakes import foreign_list, held_by
from controller.diff import Reading
from controller.known_resolvers import GATHERED, KNOWN_RESOLVERS, SOURCES
from controller.model import Because, Brake, PlannedChange
from controller.policy.file import PolicyError, parse
from controller.situation import Situation
from device_drivers.acl import Packet, decides
from device_drivers.model import Observed, SetAccessList, Verb
from device_drivers.platforms import drivers
from inventory.model import Inventory, Mode, Purpose, Switch, SwitchName
from tests.controller.school import NINE, POLICY, TEXT

LISTS = access_lists(POLICY, ("10.10.0.5", "fd00:10::5"))
IPAD, IPAD6, SOMEWHERE = "10.20.0.7", "fd00:20::7", "192.0.2.80"


@pytest.mark.parametrize(("packet", "verb"), [
    (Packet("udp", IPAD, "10.10.0.5", 53), Verb.PERMIT),
    (Packet("tcp", IPAD6, "fd00:10::5", 853), Verb.PERMIT),
    (Packet("udp", IPAD, "10.10.0.5", 161), Verb.DENY),
    (Packet("udp", IPAD, "8.8.8.8", 53), Verb.DENY),
    (Packet("udp", IPAD6, "2001:db8::53", 853), Verb.DENY),
    (Packet("tcp", IPAD, "9.9.9.9", 443), Verb.DENY),
    (Packet("udp", IPAD6, "2606:4700:4700::1111", 443), Verb.DENY),
    (Packet("tcp", IPAD, "10.30.0.9", 443), Verb.DENY),
    (Packet("tcp", IPAD, "10.30.0.9", 50123, reply=True), Verb.PERMIT),
    (Packet("udp", "0.0.0.0", "255.255.255.255", 67), Verb.PERMIT),
    (Packet("udp", IPAD, "10.30.0.9", 67), Verb.DENY),
    (Packet("udp", "fe80::7", "ff02::1:2", 547), Verb.PERMIT),
    (Packet("icmp", "fe80::7", "ff02::2"), Verb.PERMIT),
    (Packet("icmp", IPAD6, "fd00:20::1"), Verb.PERMIT),
    (Packet("icmp", IPAD, "10.10.0.5"), Verb.DENY),
    (Packet("tcp", IPAD, SOMEWHERE, 443), Verb.PERMIT),
])  # fmt: skip
def test_a_pupil_behind_a_switch_reaches_the_filter_and_the_world_and_nothing_between(
    packet: Packet, verb: Verb
) -> None:
    assert decides(as_told(LISTS["vlan20"], drivers()["cisco_ios"]), packet) is verb


@pytest.mark.parametrize(("packet", "verb"), [
    (Packet("udp", "10.99.0.7", "10.10.0.5", 53), Verb.PERMIT),
    (Packet("udp", "0.0.0.0", "255.255.255.255", 67), Verb.PERMIT),
    (Packet("tcp", "10.99.0.7", SOMEWHERE, 443), Verb.DENY),
    (Packet("tcp", "10.99.0.7", "10.20.0.7", 443), Verb.DENY),
])  # fmt: skip
@pytest.mark.parametrize("platform", ["cisco_ios", "linux_gateway", "mikrotik_gateway"])
def test_quarantine_is_closed_on_every_kind_of_gateway(platform: str, packet: Packet, verb: Verb) -> None:
    assert decides(as_told(LISTS["vlan999"], drivers()[platform]), packet) is verb


def test_replies_are_said_only_to_gateways_that_remember_no_conversations() -> None:
    said = {name: any(a.established for a in as_told(LISTS["vlan40"], d).entries) for name, d in drivers().items()}
    assert said["cisco_ios"]
    assert said["mikrotik_gateway"]
    assert not said["linux_gateway"]


def test_a_way_out_at_the_end_is_told_only_where_nothing_can_be_leased() -> None:
    last = {name: as_told(LISTS["vlan20"], drivers()[name]).entries[-1] for name in ("cisco_ios", "mikrotik_gateway")}
    assert (last["cisco_ios"].verb, last["cisco_ios"].destination) == (Verb.PERMIT, "any")
    assert last["mikrotik_gateway"].verb is Verb.DENY


def test_known_resolvers_are_networks_of_others_with_a_source_and_a_day() -> None:
    networks = [ip_network(text) for text in KNOWN_RESOLVERS]
    assert all(net.is_global for net in networks)
    assert {net.version for net in networks} == {4, 6}
    assert len(SOURCES) == len(set(SOURCES)) > 15
    assert all(source.startswith("https://") for source in SOURCES)
    assert len(GATHERED) == len("2026-11-20")


def test_a_school_adds_networks_of_its_own_and_a_word_is_no_network() -> None:
    policy = parse(TEXT + 'dns: {other_resolvers: [203.0.113.0/24, "2001:db8:53::/48"]}\n', "school.yaml").policy
    entries = access_lists(policy, ("10.10.0.5",))["vlan20"].entries
    denied = {ace.destination for ace in entries if ace.verb is Verb.DENY}
    assert {"203.0.113.0/24", "2001:db8:53::/48"} <= denied
    with pytest.raises(PolicyError):
        parse(TEXT + "dns: {other_resolvers: [resolver.example]}\n", "school.yaml")


def test_a_resolver_inside_the_school_is_a_matter_of_its_segment() -> None:
    policy = parse(TEXT + "dns: {other_resolvers: [10.20.0.0/16]}\n", "school.yaml").policy
    told = as_told(access_lists(policy, ("10.10.0.5",))["vlan30"], drivers()["cisco_ios"])
    assert decides(told, Packet("tcp", "10.30.0.7", "10.20.0.9", 443)) is Verb.PERMIT


@pytest.mark.parametrize(
    ("bound", "brake"),
    [
        ({}, None),
        ({"vlan20": "caretaker-pupils"}, None),
        ({"vlan20": "cctv"}, Brake.PROTECTED),
        ({"vlan30": "cctv"}, None),
    ],
)
def test_a_list_that_somebody_else_bound_there_keeps_its_place(bound: dict[str, str], brake: Brake | None) -> None:
    gateway = Switch(SwitchName("gw"), "127.0.0.1", 22, "linux_gateway", Purpose.GATEWAY, Mode.ENFORCE)
    change = SetAccessList("caretaker-pupils", "vlan20", None, LISTS["vlan20"])
    planned = PlannedChange(gateway.name, change, Because("segments", "why"))
    reading = Reading(Observed(bindings=bound), NINE)
    inventory = Inventory(switches={gateway.name: gateway})
    situation = Situation(inventory, {gateway.name: reading}, drivers(), POLICY.brakes, quarantine_vlan=999)
    found = held_by(planned, situation)
    assert (found and found.brake) == brake
    assert foreign_list(planned, replace(situation, readings={})) is None
