"""MikroTik RouterOS: exports and terse prints, what strangers write into them, and a simulated switch."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from device_drivers.acl import compile_list, same
from device_drivers.formats.routeros_export import read_export, read_interfaces
from device_drivers.formats.routeros_print import read_arp, read_hosts, read_leases, read_links, read_neighbours
from device_drivers.model import (
    Ace,
    Bounce,
    GrantInternet,
    NeighbourKind,
    ObservedPort,
    PortKind,
    Refused,
    SetAccessList,
    SetAccessVlan,
    SetShutdown,
    Unreadable,
    Verb,
    undo,
)
from device_drivers.platforms.mikrotik_gateway import DRIVER as GATEWAY
from device_drivers.platforms.mikrotik_routeros import DRIVER
from device_drivers.rows import LagRow, PortRow, VlanRow
from inventory.model import Mac
from tests.device_drivers.school import NINE
from tests.device_drivers.simulated import IPAD, simulated, six_ports
from tests.shared_data import shared_data

NTC = "switch-cli/ntc-templates/mikrotik_routeros"
HEADER = "# 2026-11-23 09:00:00 by RouterOS 7.16\n"
PORTS = six_ports(["ether2", "ether3", "ether4", "ether5", "sfp1", "sfp2"])


def capture(command: str, name: str) -> str:
    return (shared_data(NTC) / command / f"{name}.raw").read_text()


def test_links_of_a_real_router_are_read() -> None:
    command = "interface_print_terse_without-paging"
    assert [(port.port, port.up) for port in read_links(capture(command, f"mikrotik_routeros_{command}"))] == [
        ("ether1", False),
        ("ether2_UniFi2", True),
        ("ether3 UniFi1", False),
    ]


def test_a_capture_with_invented_group_addresses_is_refused() -> None:
    command = "interface_bridge_host_print_terse_without-paging"
    with pytest.raises(Unreadable, match="group address"):
        read_hosts(capture(command, command))


def test_the_same_table_with_addresses_of_devices_names_what_was_learnt() -> None:
    command = "interface_bridge_host_print_terse_without-paging"
    text = capture(command, command).replace("=11:22:33", "=10:22:33")
    assert [(entry.mac[-2:], entry.vlan, entry.port) for entry in read_hosts(text)] == [
        ("01", 1, "ether4"),
        ("02", 1, "ether3"),
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mikrotik_routeros_ip_neighbor_print_detail", [("ether1", "MikroTik-Dev", NeighbourKind.ACCESS_POINT)]),
        (
            "mikrotik_routeros_ip_neighbor_print_detail_ipv6",
            [("ether10", "CLEAR", NeighbourKind.ROUTER), ("bridge_255_mgmt", "CLEAR", NeighbourKind.ROUTER)],
        ),
    ],
)
def test_neighbours_of_a_real_router_are_read(name: str, found: list[tuple[str, str, NeighbourKind]]) -> None:
    neighbours = read_neighbours(capture("ip_neighbor_print_detail", name))
    assert [(each.port, each.name, each.kind) for each in neighbours] == found


def test_leases_of_a_real_router_are_read_and_an_address_in_conflict_is_nobodys() -> None:
    command = "ip_dhcp-server_lease_print_terse_without-paging"
    (lease,) = read_leases(capture(command, f"mikrotik_routeros_{command}"))
    assert (lease.mac, lease.address, lease.hostname) == (Mac("30:07:4d:f5:07:49"), "172.16.16.120", "Galaxy-S8")


def test_a_real_export_gives_its_bundle() -> None:
    """`/interface export terse` prints this part of it; the rest of the box is another menu."""
    whole = (
        shared_data("brownfield-configs/netutils") / "parser/base/mikrotik_routeros/routeros_full_sent.txt"
    ).read_text()
    part = "\n".join(line for line in whole.splitlines() if line.startswith(("/interface ", "# by")))
    assert read_interfaces(part) == (LagRow("Po1", frozenset({"sfp-sfpplus1", "sfp-sfpplus2"})),)
    with pytest.raises(Unreadable, match="no command of its own"):
        read_export(whole)


@pytest.mark.parametrize(
    ("line", "kind", "vlan"),
    [
        ("bridge=br interface=ether2 pvid=20", PortKind.ACCESS, 20),
        ("bridge=br interface=ether2", PortKind.ACCESS, 1),
        ("bridge=br frame-types=admit-only-untagged-and-priority-tagged interface=ether2 pvid=20", PortKind.ACCESS, 20),
        ("bridge=br frame-types=admit-only-vlan-tagged interface=ether2", PortKind.TRUNK, None),
        ("bridge=br interface=ether7 pvid=20", PortKind.TRUNK, None),
        ("bridge=br interface=ether8 pvid=20", PortKind.UNKNOWN, None),
        ("bridge=flat interface=ether2 pvid=20", PortKind.UNKNOWN, None),
        ('bridge=br comment="connected pvid=99 trunk" interface=ether2 pvid=20', PortKind.ACCESS, 20),
    ],
)
def test_a_port_is_what_its_bridge_makes_of_it(line: str, kind: PortKind, vlan: int | None) -> None:
    text = (
        f"{HEADER}/interface bridge add name=br vlan-filtering=yes\n/interface bridge add name=flat\n"
        f"/interface bridge port add {line}\n"
        "/interface bridge vlan add bridge=br tagged=br,ether7 untagged=ether8 vlan-ids=20,30-32\n"
    )
    port, *vlans = read_interfaces(text)
    assert isinstance(port, PortRow)
    assert (port.kind, port.access_vlan) == (kind, vlan)
    assert {VlanRow(20), VlanRow(30), VlanRow(31), VlanRow(32)} <= set(vlans)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bad command name export (line 1 column 1)\n",
        "/interface bridge add name=br\n",
        f"{HEADER}/interface bridge port\nadd bridge=br interface=ether2\n",
        f"{HEADER}/interface bridge port add bridge=br interface=ether2 pvid=20 pvid=30\n",
        f'{HEADER}/interface bridge port add bridge=br comment="half\n',
        f"{HEADER}/interface bridge vlan add bridge=br vlan-ids=pupils\n",
    ],
)
def test_what_is_no_terse_export_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_interfaces(text)


def test_a_comment_that_pretends_to_be_a_link_is_not_believed() -> None:
    row = " 1 R   comment=hall name=ether9 type=ether mtu=1 name=ether2 default-name=ether2 type=ether mtu=1500\n"
    with pytest.raises(Unreadable, match="not clear"):
        read_links(row)


def test_a_client_that_calls_itself_a_neighbours_word_stays_one_client() -> None:
    row = (
        ' 0 interface=ether2 mac-address=02:00:5E:00:00:01 identity="x\\" system-caps-enabled=telephone" platform=""\n'
    )
    (neighbour,) = read_neighbours(row)
    assert (neighbour.port, neighbour.kind) == ("ether2", NeighbourKind.OTHER)


def test_a_log_line_in_the_middle_of_a_table_is_left_out() -> None:
    text = " 0 DC address=10.5.0.11 mac-address=3C:22:FB:05:00:11 interface=vlan20\n"
    log = "17:20:06 echo: system,error,critical login failure for user admin from 10.9.0.1 via ssh\n"
    assert read_arp(log + text) == read_arp(text)
    assert read_arp(text)[0].vlan == 20


def test_a_move_names_where_the_port_was_so_that_a_stale_one_does_nothing() -> None:
    changes = [SetAccessVlan("ether2", 20, 99), SetShutdown("ether3", False, True), Bounce("ether4")]
    assert DRIVER.render(changes, NINE) == (
        '/interface bridge port set [find interface="ether2" pvid=20] pvid=99',
        '/interface disable "ether3"',
        '/interface disable "ether4"; :delay 3s; /interface enable "ether4"',
    )


def test_a_simulated_switch_is_read_moved_and_read_back(tmp_path: Path) -> None:
    with simulated("mikrotik_routeros", PORTS, tmp_path) as there, there.session() as live:
        before = there.observe(live)
        assert [(port.name, port.kind, port.access_vlan) for port in before.ports] == [
            ("ether2", PortKind.ACCESS, 20),
            ("ether3", PortKind.ACCESS, 30),
            ("ether4", PortKind.ACCESS, 99),
            ("ether5", PortKind.TRUNK, None),
            ("sfp1", PortKind.LAG_MEMBER, None),
            ("sfp2", PortKind.LAG_MEMBER, None),
        ]
        assert before.ports[1] == ObservedPort("ether3", PortKind.ACCESS, False, 30, "connected 20 trunk")
        assert before.ports[2].shut
        assert before.vlans == {1, 10, 20, 30, 99}
        assert [(entry.mac, entry.vlan, entry.port) for entry in before.table] == [(IPAD, 20, "ether2")]
        assert [(each.port, each.kind) for each in before.neighbours] == [("ether5", NeighbourKind.BRIDGE)]
        move, shut = SetAccessVlan("ether2", 20, 99), SetShutdown("ether3", False, True)
        there.push(live, move, shut, Bounce("ether2"))
        assert there.port(live, "ether2").access_vlan == 99
        assert there.port(live, "ether3").shut
        there.push(live, undo(move), undo(shut))
        assert there.observe(live) == before


def test_a_stale_move_and_one_of_nothing_change_nothing_and_nonsense_is_refused(tmp_path: Path) -> None:
    with simulated("mikrotik_routeros", PORTS, tmp_path) as there, there.session() as live:
        before = there.configuration()
        there.push(live, SetAccessVlan("ether2", 30, 99), SetAccessVlan("ether2", 99, 20))
        assert there.configuration() == before
        with pytest.raises(Refused, match="bad command name"):
            live.send(["/switchport access vlan 99"], config=False)


def test_a_push_on_a_real_configuration_leaves_every_other_line_as_it_was(tmp_path: Path) -> None:
    whole = (
        shared_data("brownfield-configs/netutils") / "parser/base/mikrotik_routeros/routeros_full_sent.txt"
    ).read_text()
    ours = [
        "/interface bridge add name=hall vlan-filtering=yes",
        "/interface bridge port add bridge=hall interface=ether5",
    ]
    running = "\n".join((*(line for line in whole.splitlines() if line.startswith("/interface ")), *ours))
    with simulated("mikrotik_routeros", (), tmp_path, running=running) as there, there.session() as live:
        before = there.configuration().splitlines()
        there.push(live, SetAccessVlan("ether5", 1, 99))
        after = there.configuration().splitlines()
        assert [line for line in before if line not in after] == ours[1:]
        assert [line for line in after if line not in before] == [f"{ours[1]} pvid=99"]
        there.push(live, SetAccessVlan("ether5", 1, 99))
        assert there.configuration().splitlines() == after


LIST = compile_list(
    "ks2",
    [
        Ace(Verb.PERMIT, "udp", "any", "10.0.0.2", 53, "names from the filter"),
        Ace(Verb.DENY, "udp", "any", "any", 53),
        Ace(Verb.PERMIT, "tcp", "10.20.0.0/24", "10.30.0.0/16", 443),
        Ace(Verb.DENY, "ip", "any", "fd00::/8"),
        Ace(Verb.PERMIT, "ip", "any", "any"),
    ],
)


def test_lists_of_both_families_are_put_in_force_swapped_and_taken_away(tmp_path: Path) -> None:
    with simulated("mikrotik_gateway", PORTS, tmp_path, dialect="mikrotik_routeros") as there, there.session() as live:
        before = there.configuration()
        there.push(live, SetAccessList(LIST.name, "vlan20", None, LIST))
        seen = there.observe(live)
        assert seen.bindings == {"vlan20": LIST.name}
        assert same(seen.access_lists[LIST.name], LIST)
        once = sorted(there.configuration().splitlines())
        there.push(live, SetAccessList(LIST.name, "vlan20", LIST, LIST))
        assert sorted(there.configuration().splitlines()) == once
        there.push(live, SetAccessList(LIST.name, "vlan20", LIST, None))
        assert there.configuration() == before


def test_a_grant_of_either_family_ends_on_the_router_and_does_not_outlive_a_reboot(tmp_path: Path) -> None:
    end = NINE + timedelta(minutes=40)
    grants = [GrantInternet("10.5.0.23", None, end), GrantInternet("fd00:5::/64", None, end)]
    with simulated("mikrotik_gateway", PORTS, tmp_path, dialect="mikrotik_routeros") as there, there.session() as live:
        there.push(live, *grants)
        left = there.observe(live).grants
        assert set(left) == {"10.5.0.23", "fd00:5::/64"}
        assert all(0 < seconds <= 2400 for seconds in left.values()), left
        there.push(live, *map(undo, grants))
        assert there.observe(live).grants == {}
        there.push(live, *grants)
        there.reboot()
        assert there.observe(live).grants == {}


@pytest.mark.parametrize("command", [command for command in GATEWAY.reads if "firewall" in command])
def test_a_router_that_shows_no_firewall_is_unreadable_and_not_without_lists(command: str, tmp_path: Path) -> None:
    with simulated("mikrotik_gateway", PORTS, tmp_path, dialect="mikrotik_routeros") as there, there.session() as live:
        outputs = dict(live.read(GATEWAY.reads))
    assert GATEWAY.parse(outputs).bindings == {}
    with pytest.raises(Unreadable):
        GATEWAY.parse({**outputs, command: "bad command name firewall (line 1 column 5)\n"})


def test_a_switch_is_given_no_lists_and_no_ways_out() -> None:
    for change in (SetAccessList(LIST.name, "vlan20", None, LIST), GrantInternet("10.5.0.23", None, NINE)):
        with pytest.raises(Refused, match="mikrotik_gateway"):
            DRIVER.render([change], NINE)
