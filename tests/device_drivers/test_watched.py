"""Switches that are looked at and told nothing: TP-Link JetStream and Netgear."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from device_drivers.formats.hybrid import JETSTREAM, JETSTREAM_CONFIG, read_hybrid
from device_drivers.model import PortKind, Refused, SetAccessVlan, Unreadable
from device_drivers.platforms import drivers
from device_drivers.reading import read
from device_drivers.rows import PortRow
from tests.device_drivers.school import NINE
from tests.shared_data import shared_data

WATCHED = ["tplink_jetstream", "netgear_prosafe"]
ALONE = """ switchport general allowed vlan 20 untagged
 switchport pvid 20
 no switchport general allowed vlan 1
"""
PORT = "interface gigabitEthernet 1/0/1\n"


def test_the_public_dialogue_of_a_netgear_gives_its_two_access_ports() -> None:
    path = shared_data("switch-cli/oxidized-sim") / "netgear#GS752TPP_6.0.10.14#simulation.yaml"
    steps = YAML(typ="safe").load(path.read_text())["commands"]
    answer = next(text for step in steps for command, text in step.items() if command.startswith("show running-config"))
    text = "\n".join(answer.splitlines()[1:-1])
    assert read(drivers()["netgear_prosafe"], "show running-config", text) == (
        PortRow("g17", kind=PortKind.ACCESS, access_vlan=111),
        PortRow("g18", kind=PortKind.ACCESS, access_vlan=111),
    )


@pytest.mark.parametrize(
    ("lines", "kind", "vlan"),
    [
        ("", PortKind.ACCESS, 1),
        (" switchport general allowed vlan 20 untagged\n switchport pvid 20\n", PortKind.UNKNOWN, None),
        (
            ALONE,
            PortKind.ACCESS,
            20,
        ),
        (" switchport general allowed vlan 20,30-31 tagged\n", PortKind.TRUNK, None),
        (' description "switchport general allowed vlan 20 tagged"\n', PortKind.ACCESS, 1),
    ],
)
def test_a_port_is_an_access_port_only_where_it_is_in_one_vlan(lines: str, kind: PortKind, vlan: int | None) -> None:
    (port,) = read_hybrid(PORT + lines + "#\n", JETSTREAM_CONFIG, JETSTREAM)
    assert (port.kind, port.access_vlan) == (kind, vlan)


@pytest.mark.parametrize(
    "text", ["", "Error: Bad command\n", "hostname sw\n", PORT + " switchport general allowed vlan all tagged\n"]
)
@pytest.mark.parametrize("platform", WATCHED)
def test_what_is_no_configuration_is_unreadable(platform: str, text: str) -> None:
    with pytest.raises(Unreadable):
        read(drivers()[platform], "show running-config", text)


@pytest.mark.parametrize("platform", WATCHED)
def test_they_are_told_nothing_and_say_why(platform: str) -> None:
    driver = drivers()[platform]
    assert not driver.can
    assert driver.observes
    assert driver.render([], NINE) == ()
    with pytest.raises(Refused, match="only observes"):
        driver.render([SetAccessVlan("g17", 111, 99)], NINE)
