"""What people can name lies to no reader: a port called `connected 20`, a line like a page or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.model import PortKind, Unreadable
from device_drivers.platforms import drivers
from device_drivers.reading import guarded
from device_drivers.simulator.dialects import dialects
from device_drivers.simulator.site import DeviceSite, NeighbourSite, PortSite
from device_drivers.simulator.world import World
from tests.device_drivers.dialects import PORTS, VLANS

PLATFORMS = [platform for platform in PORTS if platform != "cisco_ios"]
# What encode.cli_text lets through, and what a person at the console can type besides.
TYPED = st.text(st.sampled_from("abcdeXYZ 0123456789.,:/()+=@-_%*|"), min_size=1, max_size=30).map(
    lambda text: " ".join(text.split()) or "x"
)


def _observed(platform: str, name: str, vlan: int, *, up: bool) -> tuple[PortKind, int | None, bool]:
    staff, pupil, *_ = PORTS[platform]
    seen = NeighbourSite(name="phone", kind="phone", protocol="lldp") if up else None
    ports = (PortSite(name=staff, vlan=30), PortSite(name=pupil, vlan=vlan, description=name, neighbour=seen))
    site = DeviceSite(name="sw", dialect=platform, password="x", vlans=VLANS, ports=ports)
    driver, talk = drivers()[platform], dialects()[platform](site, World(), lambda: 0.0).login()
    if talk.prompt().startswith("Press"):
        talk.obey("")
    found = driver.parse({command: talk.obey(command).text for command in driver.reads})
    port = next(port for port in found.ports if port.name == pupil)
    return port.kind, port.access_vlan, port.up


@pytest.mark.parametrize("platform", PLATFORMS)
@given(name=TYPED, vlan=st.sampled_from([20, 99]), up=st.booleans())
@settings(max_examples=30, deadline=None)
def test_whatever_a_port_is_called_its_vlan_and_state_are_read_right_or_refused(
    platform: str, name: str, vlan: int, up: bool
) -> None:
    try:
        assert _observed(platform, name, vlan, up=up) == (PortKind.ACCESS, vlan, up)
    except Unreadable:
        return


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "name", ["connected 20", "Up 99", "trunk multi 1", "Down  Auto", "No 20", "1/1/5 Up", "vlan 99"]
)
def test_a_port_named_like_a_state_or_a_vlan_is_read_by_its_columns(platform: str, name: str) -> None:
    assert _observed(platform, name, 20, up=False) == (PortKind.ACCESS, 20, False)


READERS = [
    pytest.param(reader.read, id=f"{platform}-{command}")
    for platform in PLATFORMS
    for command, reader in drivers()[platform].readers.items()
]


@pytest.mark.parametrize("reader", READERS)
@given(text=st.text(max_size=200))
@settings(max_examples=25, deadline=None)
def test_any_text_is_read_or_unreadable_and_never_an_accident(reader: Callable[[str], object], text: str) -> None:
    try:
        reader(text)
    except Unreadable:
        return


@pytest.mark.parametrize(
    "line",
    [" --More-- ", "-- MORE --, next page: Space", "---(more)---", "% Invalid input detected at '^' marker.",
     "a\x1b[2Jb", "Invalid input: frob", "bash: show: command not found", "a\x00b", "\x08\x08\x08gi1"],
)  # fmt: skip
def test_a_line_that_is_none_of_the_answer_makes_it_unreadable_and_is_named(line: str) -> None:
    with pytest.raises(Unreadable) as refused:
        guarded(f"Port  Name\n1     hall\n{line}\n2     library\n", "show ports")
    assert refused.value.line.strip(" '").replace("\\x1b", "\x1b")[:3].strip() != ""


def test_a_flood_is_refused_before_it_is_looked_at(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="more than"):
        guarded("x" * 8_000_001, "show mac-address")
    assert not list(tmp_path.iterdir())
