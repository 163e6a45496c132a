"""Linux and OpenWrt bridges: what iproute2 prints in JSON, and the one batch that moves ports."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from device_drivers.formats.linux_bridge import read_learnt, read_links, read_vlans
from device_drivers.model import PortKind, SetAccessVlan, Unreadable, undo
from device_drivers.platforms.linux_bridge import DRIVER
from tests.device_drivers.school import NINE

OUT = ["Egress Untagged"]
CASE = Path(__file__).with_name("data") / "linux_bridge" / "school-library"


def text(name: str) -> str:
    return (CASE / f"{name}.txt").read_text()


def test_a_port_moves_by_one_batch_that_never_leaves_it_without_a_vlan() -> None:
    moves = [SetAccessVlan("lan1", 30, 99), SetAccessVlan("lan2", 20, 99)]
    (line,) = DRIVER.render(moves, NINE)
    assert line == (
        "printf '%s\\n' 'vlan add dev lan1 vid 99 pvid untagged' 'vlan del dev lan1 vid 30'"
        " 'vlan add dev lan2 vid 99 pvid untagged' 'vlan del dev lan2 vid 20'"
        " | $(test $(id -u) = 0 || echo sudo -n) bridge -batch -"
    )


def test_the_shell_hands_the_batch_over_line_by_line() -> None:
    (line,) = DRIVER.render([undo(SetAccessVlan("lan1", 30, 99))], NINE)
    fed, _, told = line.partition(" | ")
    assert shlex.split(told)[-2:] == ["-batch", "-"]
    said = subprocess.run(["sh", "-c", fed], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["vlan add dev lan1 vid 30 pvid untagged", "vlan del dev lan1 vid 99"]


def test_a_bridge_that_separates_nothing_is_refused() -> None:
    nodes = json.loads(text("ip-d-j-link-show"))
    nodes[-1]["linkinfo"]["info_data"]["vlan_filtering"] = 0
    with pytest.raises(Unreadable, match="separates nothing"):
        read_links(json.dumps(nodes))


@pytest.mark.parametrize(
    ("vlans", "kind"),
    [
        ([{"vlan": 20, "flags": ["PVID", *OUT]}], PortKind.ACCESS),
        ([{"vlan": 20, "flags": ["PVID"]}], PortKind.TRUNK),
        ([{"vlan": 20}], PortKind.TRUNK),
        ([{"vlan": 20, "flags": [*OUT]}], PortKind.UNKNOWN),
        ([{"vlan": 20, "flags": ["PVID", *OUT]}, {"vlan": 30}], PortKind.TRUNK),
        ([{"vlan": 1, "flags": OUT}, {"vlan": 20, "flags": ["PVID", *OUT]}], PortKind.UNKNOWN),
        ([], PortKind.UNKNOWN),
    ],
)  # fmt: skip
def test_only_one_untagged_vlan_of_its_own_makes_an_access_port(vlans: list[object], kind: PortKind) -> None:
    first = read_vlans(json.dumps([{"ifname": "lan1", "vlans": vlans}]))[0]
    assert getattr(first, "kind", None) is kind


@pytest.mark.parametrize("reader", [read_links, read_vlans, read_learnt])
@pytest.mark.parametrize("wrong", ["", "{}", "[1]", "[{}]", "[", "[" * 100_000, "port vlan-id\n", '[{"ifname": "lan1"'])
def test_what_is_no_table_in_json_is_unreadable(reader: object, wrong: str) -> None:
    assert callable(reader)
    with pytest.raises(Unreadable):
        reader(wrong)
