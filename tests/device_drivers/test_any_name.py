"""Laws of names, for every platform: what a person or a device can be called never becomes a second command."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.acl import compile_list
from device_drivers.model import (
    Ace,
    Bounce,
    Capability,
    Change,
    Driver,
    GrantInternet,
    Refused,
    SetAccessList,
    SetAccessVlan,
    SetShutdown,
    Verb,
)
from device_drivers.platforms import drivers
from tests.device_drivers.school import NINE

# Letters of all scripts, and what ends a line, a string or a command somewhere.
SIGNS = ("\n", "\r", "\x1b[A", ";", "|", "$(", "`", "'", '"', "?", "!", "#", " -- ", "{", "]", "p1", "Gi1/0/5", "%")
NAMES = st.text(max_size=60) | st.lists(st.sampled_from(SIGNS), max_size=6).map("".join)
DRIVERS = [pytest.param(driver, id=driver.platform) for driver in drivers().values()]


def told(driver: Driver, change: Change) -> tuple[str, ...]:
    """The lines, or none where the name is refused."""
    try:
        return driver.render([change], NINE)
    except Refused:
        return ()


def one_line_each(lines: tuple[str, ...]) -> bool:
    return all(unicodedata.category(sign) not in ("Cc", "Zl", "Zp") for line in lines for sign in line)


@pytest.mark.parametrize("driver", DRIVERS)
@given(name=NAMES)
def test_a_port_is_told_by_its_own_name_or_not_at_all(driver: Driver, name: str) -> None:
    asked: dict[Capability, Change] = {
        Capability.ACCESS_VLAN: SetAccessVlan(name, 20, 99),
        Capability.SHUT: SetShutdown(name, was=False, becomes=True),
        Capability.BOUNCE: Bounce(name),
    }
    for capability, change in asked.items():
        lines = told(driver, change) if capability in driver.can else ()
        assert one_line_each(lines)
        if lines:
            plain = type(change)(**{**{key: getattr(change, key) for key in change.__slots__}, "port": "Gi1/0/5"})
            assert len(lines) == len(driver.render([plain], NINE))
            assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/.:_- ")


@pytest.mark.parametrize("driver", [each for each in DRIVERS if Capability.ACCESS_LIST in each.values[0].can])
@given(name=NAMES, remark=NAMES)
def test_a_remark_says_what_it_can_in_one_line_and_no_more(driver: Driver, name: str, remark: str) -> None:
    try:
        listed = compile_list(name, [Ace(Verb.PERMIT, "udp", "10.20.0.0/24", "10.0.0.2/32", 53, remark)])
    except Refused:
        return
    plain = compile_list(
        "pupils", [Ace(Verb.PERMIT, "udp", "10.20.0.0/24", "10.0.0.2/32", 53, "x" if listed.entries[0].remark else "")]
    )
    lines = told(driver, SetAccessList(listed.name, "vlan20", None, listed))
    assert one_line_each(lines)
    assert len(lines) in (0, len(driver.render([SetAccessList(plain.name, "vlan20", None, plain)], NINE)))


@pytest.mark.parametrize("driver", [each for each in DRIVERS if Capability.LEASE in each.values[0].can])
@given(source=NAMES)
def test_a_way_out_is_opened_for_an_address_or_not_at_all(driver: Driver, source: str) -> None:
    lines = told(driver, GrantInternet(source, None, NINE + timedelta(minutes=40)))
    assert one_line_each(lines)
    assert not lines or set(source) <= set("0123456789abcdefABCDEF.:/%")
