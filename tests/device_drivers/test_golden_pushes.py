"""What is sent, line by line, as the manuals have it; and what no port, VLAN or platform is ever told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from device_drivers.model import (
    Bounce,
    Capability,
    Change,
    DenyClient,
    Disconnect,
    GrantInternet,
    Refused,
    SetAccessVlan,
    SetClientRole,
    SetShutdown,
)
from device_drivers.platforms import drivers
from inventory.model import Mac
from tests.device_drivers.dialects import PORTS

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OFF, ON = SetShutdown("P", was=False, becomes=True), SetShutdown("P", was=True, becomes=False)
# `P` stands for the port by its name on the platform.
GOLDEN: dict[tuple[str, Change], tuple[str, ...]] = {
    ("cisco_ios", SetAccessVlan("P", 20, 99)): ("interface P", "switchport access vlan 99", "exit"),
    ("cisco_ios", OFF): ("interface P", "shutdown", "exit"),
    ("cisco_ios", Bounce("P")): ("interface P", "shutdown", "no shutdown", "exit"),
    ("cisco_s300", SetAccessVlan("P", 20, 99)): ("interface P", "switchport access vlan 99", "exit"),
    ("cisco_s300", ON): ("interface P", "no shutdown", "exit"),
    ("hp_procurve", SetAccessVlan("P", 20, 99)): ("vlan 99", "untagged P", "exit"),
    ("hp_procurve", OFF): ("interface P", "disable", "exit"),
    ("aruba_osswitch", SetAccessVlan("P", 99, 20)): ("vlan 20", "untagged P", "exit"),
    ("aruba_osswitch", Bounce("P")): ("interface P", "disable", "enable", "exit"),
    ("aruba_aoscx", SetAccessVlan("P", 20, 99)): ("interface P", "vlan access 99", "exit"),
    ("aruba_aoscx", Bounce("P")): ("interface P", "shutdown", "no shutdown", "exit"),
    ("ruckus_fastiron", SetAccessVlan("P", 20, 99)): (
        "vlan 20", "no untagged ethernet P", "exit", "vlan 99", "untagged ethernet P", "exit",
    ),
    ("ruckus_fastiron", SetAccessVlan("P", 1, 99)): ("vlan 99", "untagged ethernet P", "exit"),
    ("ruckus_fastiron", SetAccessVlan("P", 20, 1)): ("vlan 20", "no untagged ethernet P", "exit"),
    ("ruckus_fastiron", ON): ("interface ethernet P", "enable", "exit"),
    ("juniper_junos", SetAccessVlan("P", 20, 99)): (
        "delete interfaces P unit 0 family ethernet-switching vlan",
        "set interfaces P unit 0 family ethernet-switching vlan members 99",
    ),
    ("juniper_junos", OFF): ("set interfaces P disable",),
    ("juniper_junos", ON): ("delete interfaces P disable",),
    ("juniper_junos", Bounce("P")): ("set interfaces P disable", "commit", "delete interfaces P disable"),
}  # fmt: skip


def _named(change: Change, port: str) -> Change:
    match change:
        case SetAccessVlan(_, was, becomes):
            return SetAccessVlan(port, was, becomes)
        case SetShutdown(_, was, becomes):
            return SetShutdown(port, was, becomes)
        case Bounce():
            return Bounce(port)
    return change


@pytest.mark.parametrize(("platform", "change"), GOLDEN, ids=lambda value: getattr(value, "port", value) and str(value))
def test_a_push_is_line_for_line_what_the_manual_says(platform: str, change: Change) -> None:
    port = PORTS[platform][1]
    lines = tuple(line.replace("P", port) for line in GOLDEN[platform, change])
    assert drivers()[platform].render([_named(change, port)], NINE) == lines


@pytest.mark.parametrize("platform", PORTS)
def test_every_switch_has_its_golden_pushes(platform: str) -> None:
    assert [change for known, change in GOLDEN if known == platform and isinstance(change, SetAccessVlan)]


CLIENT = Mac("3c:22:fb:05:00:11")
OTHERS: tuple[tuple[Capability, Change], ...] = (
    (Capability.LEASE, GrantInternet("10.5.0.23", None, NINE)),
    (Capability.CLIENT_ROLE, SetClientRole(CLIENT, "pupils", "quarantine")),
    (Capability.DISCONNECT, Disconnect(CLIENT)),
    (Capability.DENY, DenyClient(CLIENT, was=False, becomes=True)),
    (Capability.ACCESS_VLAN, SetAccessVlan("Gi1/0/5", 20, 99)),
    (Capability.SHUT, SetShutdown("Gi1/0/5", was=False, becomes=True)),
    (Capability.BOUNCE, Bounce("Gi1/0/5")),
)


@pytest.mark.parametrize("platform", drivers())
def test_what_a_driver_does_not_claim_it_refuses_and_never_leaves_out(platform: str) -> None:
    driver = drivers()[platform]
    for capability, change in OTHERS:
        if capability in driver.can:
            assert driver.render([change], NINE)
        else:
            with pytest.raises(Refused):
                driver.render([change], NINE)


@pytest.mark.parametrize("platform", PORTS)
@pytest.mark.parametrize("port", ["", "5\nvlan 1", "5 ; reload", "5?", "range 1-48", "1/1/5 to 1/1/9", "a" * 41])
def test_a_port_that_is_no_name_is_never_told_anything(platform: str, port: str) -> None:
    for change in (SetAccessVlan(port, 20, 99), Bounce(port), SetShutdown(port, was=False, becomes=True)):
        with pytest.raises(Refused, match="not a port name"):
            drivers()[platform].render([change], NINE)


@pytest.mark.parametrize("platform", PORTS)
@pytest.mark.parametrize("vlan", [0, -1, 4095, 1002, 1005])
def test_a_vlan_that_is_none_is_never_told(platform: str, vlan: int) -> None:
    with pytest.raises(Refused, match="not a VLAN"):
        drivers()[platform].render([SetAccessVlan(PORTS[platform][1], 20, vlan)], NINE)
