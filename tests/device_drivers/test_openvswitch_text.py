"""What Open vSwitch prints, read without one: modes of ports, spanning tree, forwarding tables, and nonsense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from device_drivers.formats.linux_shell import SUDO
from device_drivers.formats.openvswitch import read_interfaces, read_learnt, read_ports
from device_drivers.model import Bounce, PortKind, Refused, SetAccessVlan, SetShutdown, Unreadable
from device_drivers.platforms.ovs_linux import DRIVER
from device_drivers.rows import PortRow, StpRow
from tests.device_drivers.school import NINE

NONE: list[object] = ["set", []]
EMPTY: list[object] = ["map", []]
ONE, TWO = ["uuid", "a"], ["set", [["uuid", "a"], ["uuid", "b"]]]
HEADINGS = ["name", "interfaces", "tag", "trunks", "vlan_mode", "status", "rstp_status"]
LEARNT_TEXT = next((Path(__file__).parent / "data" / "ovs_linux" / "school-hall").glob("*fdb-show*.txt")).read_text()


def table(*cells: object) -> str:
    return json.dumps({"headings": HEADINGS, "data": [list(cells)]})


@pytest.mark.parametrize(
    ("interfaces", "tag", "trunks", "mode", "kind"),
    [
        (ONE, 20, NONE, NONE, PortKind.ACCESS),
        (ONE, 20, NONE, "access", PortKind.ACCESS),
        (ONE, NONE, NONE, NONE, PortKind.TRUNK),
        (ONE, NONE, ["set", [10, 20]], NONE, PortKind.TRUNK),
        (ONE, 20, NONE, "native-untagged", PortKind.TRUNK),
        (ONE, 20, NONE, "dot1q-tunnel", PortKind.TRUNK),
        (ONE, 20, 30, NONE, PortKind.UNKNOWN),
        (ONE, 0, NONE, NONE, PortKind.UNKNOWN),
        (ONE, NONE, NONE, "access", PortKind.UNKNOWN),
        (TWO, 20, NONE, NONE, PortKind.LAG_MEMBER),
    ],
)
def test_a_port_is_an_access_port_by_its_tag_alone(
    interfaces: object, tag: object, trunks: object, mode: object, kind: PortKind
) -> None:
    (port,) = read_ports(table("p1", interfaces, tag, trunks, mode, EMPTY, EMPTY))
    assert isinstance(port, PortRow)
    assert (port.kind, port.access_vlan) == (kind, 20 if kind is PortKind.ACCESS else None)


@pytest.mark.parametrize(
    ("stp", "rstp"),
    [(["map", [["stp_role", "root"]]], EMPTY), (EMPTY, ["map", [["rstp_port_role", "Root"]]])],
)
def test_the_port_towards_the_root_of_the_spanning_tree_is_named(stp: object, rstp: object) -> None:
    assert StpRow("p24", "root") in read_ports(table("p24", ONE, 20, NONE, NONE, stp, rstp))


@pytest.mark.parametrize("reader", [read_ports, read_interfaces])
@pytest.mark.parametrize(
    "text",
    ["", "ovs-vsctl: unix:/run/db.sock: database connection failed\n", "{}", "[]", '{"headings": ["name"], "data": []}',
     '{"headings": ["name"], "data": [["p1"]]}', '{"headings": ["name", "tag"], "data": [["p1"]]}', "[" * 100_000,
     '{"headings": ["name"], "data": [[["uuid", "x"]]]}'],
)  # fmt: skip
def test_what_is_no_table_is_unreadable(reader: object, text: str) -> None:
    assert callable(reader)
    with pytest.raises(Unreadable):
        reader(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        LEARNT_TEXT.replace("bridge br0\n", ""),
        LEARNT_TEXT.replace(" port  VLAN  MAC                Age\n", ""),
        LEARNT_TEXT.replace("    7    20  ", "   77    20  "),
        LEARNT_TEXT.replace("02:1a:22:dd:a5:db", "03:1a:22:dd:a5:db"),
        LEARNT_TEXT.replace("netdev@ovs-netdev: hit:0 missed:4", "Connection refused"),
        LEARNT_TEXT + "bridge br1\novs-appctl: no bridge\n",
    ],
)
def test_half_a_forwarding_table_is_unreadable(text: str) -> None:
    assert len(read_learnt(LEARNT_TEXT)) == 2
    with pytest.raises(Unreadable):
        read_learnt(text)


def test_a_port_of_the_same_number_on_another_bridge_is_another_port() -> None:
    text = (
        "netdev@ovs-netdev: hit:0 missed:4\n  br0:\n    p1 1/1: (system)\n  br1:\n    q1 1/2: (system)\n"
        "bridge br0\n port  VLAN  MAC                Age\n    1    20  3c:22:fb:05:00:11    0\n"
        "bridge br1\n port  VLAN  MAC                Age\nLOCAL    30  3c:22:fb:05:00:12    0\n"
        "    1    30  3c:22:fb:05:00:13    0\n"
    )
    assert [(entry.mac[-2:], entry.port) for entry in read_learnt(text)] == [("11", "p1"), ("13", "q1")]


def test_all_moves_are_one_command_and_links_follow() -> None:
    changes = [SetAccessVlan("p1", 20, 99), SetShutdown("p3", was=False, becomes=True), SetAccessVlan("p2", 20, 99)]
    assert DRIVER.render([*changes, Bounce("p4")], NINE) == (
        f"{SUDO} ovs-vsctl set Port p1 tag=99 -- set Port p2 tag=99",
        f"{SUDO} ip link set dev p3 down",
        f"{SUDO} ip link set dev p4 down; sleep 3; {SUDO} ip link set dev p4 up",
    )


@pytest.mark.parametrize("port", ["p1; reboot", "p1 tag=1 -- del-br br0", "$(reboot)", "`x`", "p1\n", "-p", ""])
def test_no_name_of_a_port_is_more_than_a_name(port: str) -> None:
    for change in (SetAccessVlan(port, 20, 99), SetShutdown(port, was=False, becomes=True), Bounce(port)):
        with pytest.raises(Refused):
            DRIVER.render([change], NINE)
