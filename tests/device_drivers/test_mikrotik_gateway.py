"""RouterOS as a gateway: what it is told, what it says of itself, and a grant that ends without us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.access_lists import access_lists, as_told
from controller.diff import Reading
from controller.prove.ask import of_running
from device_drivers.acl import same
from device_drivers.model import GrantInternet, Refused, SetAccessList, SetAccessVlan, Unreadable
from device_drivers.platforms import drivers
from device_drivers.platforms.mikrotik_gateway import DRIVER, GRANTS, LEASES, RAW
from inventory.model import Inventory, Mode, Purpose, Switch, SwitchName
from tests.controller.school import NINE, POLICY
from tests.device_drivers.acl_devices import RouterOs

HEAD = "# 2026-11-23 09:00:00 by RouterOS 7.16\n"
LISTS = access_lists(POLICY, ("10.10.0.5", "fd00:10::5"))
SILENT = dict.fromkeys(DRIVER.reads, "")


def test_a_grant_is_told_in_seconds_and_closing_takes_it_away() -> None:
    opened = DRIVER.render([GrantInternet("10.20.0.7", None, NINE + timedelta(minutes=40))], NINE)
    assert opened == (
        "/ip firewall address-list remove [find list=caretaker-granted address=10.20.0.7]",
        "/ip firewall address-list add list=caretaker-granted address=10.20.0.7 timeout=2400s",
    )
    assert DRIVER.render([GrantInternet("10.20.0.7", NINE, None)], NINE) == opened[:1]


@pytest.mark.parametrize("change", [
    SetAccessVlan("ether1", 20, 99),
    GrantInternet("the hall; /system reset", None, NINE),
    SetAccessList("caretaker-pupils", "ether1", None, LISTS["vlan20"]),
])  # fmt: skip
def test_what_it_cannot_be_told_is_refused(change: SetAccessVlan | GrantInternet | SetAccessList) -> None:
    with pytest.raises(Refused):
        DRIVER.render([change], NINE)


def test_a_whole_school_is_told_read_back_and_proven() -> None:
    device = RouterOs()
    told = {at: as_told(each, DRIVER) for at, each in LISTS.items()}
    for at, each in told.items():
        device.tell(SetAccessList(each.name, at, None, each))
    read = DRIVER.parse({**SILENT, RAW: device.printed()})
    assert read.bindings == {at: each.name for at, each in told.items()}
    assert all(same(read.access_lists[each.name], each) for each in told.values())
    gateway = Switch(SwitchName("gw"), "127.0.0.1", 22, DRIVER.platform, Purpose.GATEWAY, Mode.ENFORCE)
    inventory = Inventory(switches={gateway.name: gateway})
    proof = of_running(POLICY, inventory, drivers(), ("10.10.0.5", "fd00:10::5"), {gateway.name: Reading(read, NINE)})
    assert proof.broken == ()
    assert proof.holds


def test_a_jump_that_somebody_took_out_is_a_list_that_is_not_bound() -> None:
    device = RouterOs()
    device.tell(SetAccessList("caretaker-pupils", "vlan20", None, LISTS["vlan20"]))
    without = "\n".join(line for line in device.printed().splitlines() if "action=jump" not in line)
    assert DRIVER.parse({**SILENT, RAW: without}).bindings == {}
    disabled = device.printed().replace("action=jump", "action=jump disabled=yes")
    assert DRIVER.parse({**SILENT, RAW: disabled}).bindings == {}


@pytest.mark.parametrize(("command", "wrong"), [
    (RAW, ""),
    (RAW, "bad command name ipv6 (line 1 column 2)\n"),
    (RAW, HEAD + "/ip firewall raw add action=accept chain=caretaker-pupils src-mac-address=00:11:22:33:44:55\n"),
    (GRANTS[0], "bad command name\n"),
    (GRANTS[1], " 0 D list=caretaker-granted address=fd00:20::7/128 timeout=soon\n"),
    (LEASES, "failure: no such menu\n"),
])  # fmt: skip
def test_what_it_never_says_is_unreadable(command: str, wrong: str) -> None:
    assert DRIVER.parse({**SILENT, RAW: HEAD}).grants == {}
    with pytest.raises(Unreadable):
        DRIVER.parse({**SILENT, RAW: HEAD, command: wrong})
