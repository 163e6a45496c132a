"""Readers against texts somebody wrote to mislead them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.acl.families import Lists
from device_drivers.formats.ios_acl import read_lists
from device_drivers.formats.ios_neighbours import read_cdp, read_lag_members, read_lldp
from device_drivers.formats.ios_ports import read_status, read_switchport, short_port
from device_drivers.formats.leases import read_leases, read_neighbours
from device_drivers.formats.mac_table import read_mac_table
from device_drivers.formats.nft_json import read_table
from device_drivers.formats.wireless import read_clients, read_tracking
from device_drivers.model import Neighbour, NeighbourKind, Unreadable
from device_drivers.simulator import ios_show
from device_drivers.simulator.ios_ports import Port


def _read_lists(text: str) -> Lists:
    return read_lists(text)


READERS: list[Callable[[str], object]] = [
    read_status, read_switchport, read_mac_table, read_cdp, read_lldp, read_lag_members, read_leases,
    read_neighbours, read_table, read_clients, read_tracking, _read_lists,
]  # fmt: skip
STATUS = "Port      Name               Status       Vlan       Duplex  Speed Type\n"
CDP = "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID\n"


@given(st.text(max_size=300), st.sampled_from(range(len(READERS))))
def test_any_text_is_read_or_unreadable_and_never_an_accident(text: str, at: int) -> None:
    try:
        READERS[at](text)
    except Unreadable:
        return


PRINTED = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@given(PRINTED, st.booleans(), st.integers(1, 4094))
def test_whatever_a_port_is_called_its_state_and_vlan_are_read_right(name: str, up: bool, vlan: int) -> None:
    port = Port("Gi1/0/5", "GigabitEthernet1/0/5", name, "static access", vlan, None, None, False, None, up)
    (row,) = read_status(ios_show.status([port]))
    assert (row.port, row.up, row.vlan, row.name) == ("Gi1/0/5", up, vlan, name[:18].strip())
    (block,) = read_switchport(ios_show.switchport([port], {vlan: name}))
    assert (block.access_vlan, block.wanted) == (vlan, "static access")


@pytest.mark.parametrize(
    "row",
    [
        "Gi1/0/5 connected 20 a-full notconnect   20           auto   auto 10/100/1000BaseTX",
        "Gi1/0/5   Year 5 trolley     connected",
        "Gi1/0/5   Year 5 trolley     connected    99999x     a-full a-1000 10/100/1000BaseTX",
        "          Year 5 trolley     connected    20         a-full a-1000 10/100/1000BaseTX",
        "% Connection lost",
    ],
)
def test_a_status_row_outside_its_columns_makes_the_whole_table_unreadable(row: str) -> None:
    good = "Gi1/0/4   Year 5 trolley     connected    20         a-full a-1000 10/100/1000BaseTX\n"
    with pytest.raises(Unreadable) as refused:
        read_status(STATUS + good + row + "\n")
    assert refused.value.line == row


def test_a_neighbour_with_a_long_name_of_many_words_belongs_to_the_port_on_the_next_line() -> None:
    text = CDP + (
        "Switch of the old hall (do not move)\n"
        "                 Gig 1/0/47        155        S I         WS-C2960X Gi1/0/1\n"
        "SEP00AA          Gig 1/0/3         155        H P M       IP Phone  Port 1\n"
    )
    assert read_cdp(text) == (
        Neighbour("Gi1/0/47", "Switch of the old hall (do not move)", NeighbourKind.BRIDGE),
        Neighbour("Gi1/0/3", "SEP00AA", NeighbourKind.PHONE),
    )


@pytest.mark.parametrize("text", [CDP + "core\n", CDP + "core             hall              155        S I\n"])
def test_a_neighbour_without_a_port_makes_the_table_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_cdp(text)


def test_a_protocol_that_is_switched_off_has_no_neighbours() -> None:
    assert read_cdp("% CDP is not enabled\n") == ()
    assert read_lldp("% LLDP is not enabled\n") == ()


def test_the_members_of_a_bundle_are_found_on_every_line_and_in_every_state() -> None:
    text = (
        "Number of channel-groups in use: 2\nNumber of aggregators:           2\n\n"
        "Group  Port-channel  Protocol    Ports\n------+-------------+-----------+-----\n"
        "1      Po1(SU)         LACP      Gi1/0/45(P)     Gi1/0/46(s)\n"
        "                                 Gi1/0/47(D)\n"
        "2      Po2(SD)          -\n"
    )
    assert read_lag_members(text) == {"Gi1/0/45", "Gi1/0/46", "Gi1/0/47"}
    assert read_lag_members("Number of channel-groups in use: 0\nNumber of aggregators:           0\n") == frozenset()


def test_a_list_of_others_may_hold_what_we_cannot_say_and_ours_may_not() -> None:
    section = "ip access-list extended {}\n permit tcp any range 1000 2000 any established\n"
    lists = read_lists(section.format("legacy") + "interface Vlan20\n ip access-group legacy in\n")
    assert lists == Lists({}, {"vlan20": "legacy"}, frozenset({"legacy"}))
    with pytest.raises(Unreadable, match="does not know"):
        read_lists(section.format("caretaker-ks2"))


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("GigabitEthernet1/0/5", "Gi1/0/5"),
        ("Gig 1/0/5", "Gi1/0/5"),
        ("TenGigabitEthernet1/1/1", "Te1/1/1"),
        ("Port-channel1", "Po1"),
        ("Gi1/0/5", "Gi1/0/5"),
        ("Vlan20", "Vlan20"),
        ("Ethernet", "Ethernet"),
    ],
)
def test_a_port_has_one_short_name(long: str, short: str) -> None:
    assert short_port(long) == short


def test_fewer_wireless_clients_than_announced_is_unreadable() -> None:
    head = "Number of Clients: 2\n\n"
    titles = "MAC Address    AP Name       Type ID   State  Protocol Method  Role\n"
    row = "3c22.fb05.0011 AP-Hall       WLAN 1    Run    11ac     Dot1x   Local\n"
    with pytest.raises(Unreadable, match="2 clients announced, 1 listed"):
        read_clients(head + titles + row)
    assert len(read_clients(head.replace("2", "1") + titles + row)) == 1


def test_ip_neigh_without_a_mac_is_nobody_and_ipv6_leases_name_none() -> None:
    assert read_neighbours("10.5.0.9 dev vlan20 FAILED\n") == ()
    assert read_leases("duid 00:01:02\n1790000000 123 fd00::5 ipad 00:01\n") == ()
    assert read_leases("cat: /var/lib/misc/dnsmasq.leases: No such file or directory\n") == ()
