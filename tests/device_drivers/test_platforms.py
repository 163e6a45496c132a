"""Every driver: a folder of outputs it reads as expected, golden pushes, and what it says it can."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.acl import compile_list
from device_drivers.model import (
    AccessList,
    Ace,
    Capability,
    Change,
    Driver,
    GrantInternet,
    Observed,
    Refused,
    SetAccessList,
    SetAccessVlan,
    Unreadable,
    Verb,
    undo,
)
from device_drivers.platforms import drivers
from inventory.model import Mac
from tests.device_drivers.school import NINE

DATA = Path(__file__).with_name("data")
CASES = sorted(case for case in DATA.glob("*/*") if case.is_dir())
DRIVERS = list(drivers().values())


def outputs(driver: Driver, case: Path) -> dict[str, str]:
    """The texts of a case by command: `show vlan brief` stands in show-vlan-brief.txt."""
    names = {command: re.sub(r"[^a-z0-9]+", "-", command.lower()).strip("-") for command in driver.reads}
    return {command: (case / f"{name}.txt").read_text() for command, name in names.items()}


def plain(observed: Observed) -> Any:
    return json.loads(
        json.dumps({field.name: getattr(observed, field.name) for field in fields(observed)}, default=_plain)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    return {field.name: getattr(value, field.name) for field in fields(value)}


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.platform)
def test_every_driver_has_captures_and_every_capture_a_driver(driver: Driver) -> None:
    assert [case for case in CASES if case.parent.name == driver.platform], f"no captures for {driver.platform}"
    assert {case.parent.name for case in CASES} <= set(drivers())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_captured_device_is_read_as_expected(case: Path) -> None:
    driver = drivers()[case.parent.name]
    expected = {**plain(Observed()), **json.loads((case / "expected.json").read_text())}
    assert plain(driver.parse(outputs(driver, case))) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_device_whose_answers_went_wrong_is_unreadable_and_never_empty(case: Path) -> None:
    driver = drivers()[case.parent.name]
    good = outputs(driver, case)
    for command in driver.reads:
        if not driver.readers and command.startswith(("ip neigh", "cat ", "show running-config")):
            continue  # nothing at all is a true answer here
        quiet = command in driver.readers and driver.readers[command].quiet
        for wrong in ("", "% Invalid input detected at '^' marker.\n", "bash: no: command not found\n")[quiet:]:
            with pytest.raises(Unreadable):
                driver.parse({**good, command: wrong})


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.platform)
def test_a_driver_renders_what_it_says_it_can_and_refuses_the_rest(driver: Driver) -> None:
    port = SetAccessList("caretaker-ks2", "vlan20", None, PUPILS)
    asked: dict[Capability, Change] = {
        Capability.ACCESS_VLAN: SetAccessVlan("Gi1/0/5", 20, 99),
        Capability.ACCESS_LIST: port,
        Capability.LEASE: GrantInternet("10.5.0.23", None, NINE + timedelta(minutes=40)),
    }
    for capability, change in asked.items():
        if capability in driver.can:
            assert driver.render([change], NINE)
        else:
            with pytest.raises(Refused):
                driver.render([change], NINE)
    assert driver.render([], NINE) == ()
    assert bool(driver.save) == (Capability.SAVE in driver.can)
    assert driver.refusals


PUPILS = compile_list(
    "pupils",
    [
        Ace(Verb.PERMIT, "udp", "10.20.0.0/24", "10.0.0.2", 53, "names from\nthe filter?"),
        Ace(Verb.DENY, "tcp", "any", "any", 853),
        Ace(Verb.PERMIT, "ip", "any", "any"),
    ],
)


def test_a_port_moves_on_ios_by_three_lines() -> None:
    changes = [SetAccessVlan("Gi1/0/5", 20, 99), SetAccessVlan("Te1/1/1", 99, 20)]
    assert drivers()["cisco_ios"].render(changes, NINE) == (
        "interface Gi1/0/5",
        "switchport access vlan 99",
        "exit",
        "interface Te1/1/1",
        "switchport access vlan 20",
        "exit",
    )


def test_a_grant_on_the_gateway_is_one_command_with_the_seconds_the_kernel_counts() -> None:
    grant = GrantInternet("10.5.0.0/24", None, NINE + timedelta(minutes=40))
    (line,) = drivers()["linux_gateway"].render([grant], NINE)
    assert line.startswith("sudo -n nft 'add table inet caretaker; ")
    assert line.endswith(
        "add element inet caretaker granted4_nets { 10.5.0.0/24 timeout 1s }; "
        "delete element inet caretaker granted4_nets { 10.5.0.0/24 }; "
        "add element inet caretaker granted4_nets { 10.5.0.0/24 timeout 2400s }'"
    )


TIMES = st.none() | st.datetimes(min_value=NINE.replace(tzinfo=None)).map(lambda at: at.replace(tzinfo=NINE.tzinfo))
LISTS = st.none() | st.builds(AccessList, st.just("caretaker-ks2"), st.just(()))
VLANS = st.integers(1, 4094)
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(SetAccessVlan, st.just("Gi1/0/5"), VLANS, VLANS),
    st.builds(SetAccessList, st.just("caretaker-ks2"), st.just("Vlan20"), LISTS, LISTS),
    st.builds(GrantInternet, st.just("10.5.0.23"), TIMES, TIMES),
)


@given(CHANGES)
def test_undoing_twice_is_doing(change: Change) -> None:
    assert undo(undo(change)) == change
    assert (undo(change).was, undo(change).becomes) == (change.becomes, change.was)


def test_a_port_named_like_a_trunk_in_another_vlan_is_read_by_its_columns() -> None:
    driver = drivers()["cisco_ios"]
    ports = {port.name: port for port in driver.parse(outputs(driver, DATA / "cisco_ios" / "school-hall")).ports}
    assert ports["Gi1/0/4"].description == "connected 20 trunk"
    assert (ports["Gi1/0/4"].up, ports["Gi1/0/4"].access_vlan) == (False, 30)


def test_a_device_is_found_in_the_table_of_the_switch_it_is_plugged_into() -> None:
    driver = drivers()["cisco_ios"]
    table = driver.parse(outputs(driver, DATA / "cisco_ios" / "school-hall")).table
    assert [entry.port for entry in table if entry.mac == Mac("3c:22:fb:05:00:11")] == ["Gi1/0/5"]
