"""Which ports feed something with power: read as the collectors of the captures read it, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_drivers.model import Unreadable
from device_drivers.platforms import drivers
from device_drivers.power import fed_ports
from tests.device_drivers.captures import NTC, captures
from tests.shared_data import shared_cases, shared_data

IOS = drivers()["cisco_ios"]
HEAD = "Interface Admin  Oper       Power   Device              Class Max\n"


@pytest.mark.parametrize("path", shared_cases(NTC, "cisco_ios/show_power_inline/*.raw"))
def test_the_ports_that_feed_are_those_the_collectors_found(path: Path) -> None:
    (capture,) = [each for each in captures(shared_data(NTC)) if each.path == path]
    if "6880-X" in path.name:
        with pytest.raises(Unreadable):
            fed_ports(IOS, path.read_text())
        return
    if "6807-XL" in path.name:  # it has no power to give, and says so
        assert fed_ports(IOS, path.read_text()) == frozenset()
        return
    expected = {row["interface"] for row in capture.expected if row["operational_status"] != "off"}
    assert fed_ports(IOS, path.read_text()) == expected


@pytest.mark.parametrize("said", ["% Invalid input detected at '^' marker.\n", "%No inline power card on switch\n"])
def test_a_switch_that_knows_no_such_power_feeds_nothing(said: str) -> None:
    assert fed_ports(IOS, said) == frozenset()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "nothing at all",
        HEAD + "Gi1/0/1   auto   maybe      6.3     n/a",
        HEAD + "the lift  auto   on         6.3     n/a",
    ],
)
def test_what_cannot_be_read_is_not_taken_for_nothing(said: str) -> None:
    with pytest.raises(Unreadable):
        fed_ports(IOS, said)
