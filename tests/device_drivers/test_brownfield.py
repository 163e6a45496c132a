"""A push on configurations of real networks: nothing but our own changes, and a second push has nothing to do."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.diff import Reading, in_force
from device_drivers.acl import compile_list
from device_drivers.model import Ace, Change, DenyClient, Observed, PortKind, SetAccessList, SetAccessVlan, Verb, undo
from device_drivers.platforms import drivers
from device_drivers.simulator.dialects import dialects
from device_drivers.simulator.machine import Machine
from device_drivers.simulator.site import DeviceSite, PortSite
from device_drivers.simulator.world import World
from inventory.model import Mac
from tests.shared_data import shared_data

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NETUTILS = "brownfield-configs/netutils/parser/base"
OXIDIZED = "switch-cli/oxidized-sim"
BATFISH = "brownfield-configs/batfish-testconfigs/grammar"
# Platform, where it is kept, a VLAN to move to that it has, and the routed VLAN that gets a list.
CASES = [
    ("aruba_aoscx", f"{NETUTILS}/aruba_aoscx/aoscx_full_sent.txt", 69, "vlan15"),
    ("aruba_aoscx", f"{OXIDIZED}/aoscx#6000-48G_PL.10.13.0005#output.txt", 0, ""),
    ("aruba_aoscx", f"{OXIDIZED}/aoscx#CX6000-8G_10.16.1010_environment#output.txt", 0, ""),
    ("ruckus_fastiron", f"{NETUTILS}/ruckus_fastiron/fastiron_full_sent.txt", 3995, "vlan2000"),
    ("ruckus_fastiron", f"{OXIDIZED}/ironware#ICX7150-48Z-HPOE#output.txt", 0, ""),
    ("juniper_junos", f"{BATFISH}/juniper/testconfigs/juniper-vlan-access", 0, ""),
    ("cisco_ios", f"{BATFISH}/cisco/testconfigs/ios-access-vlan", 0, ""),
    ("cisco_ios", f"{BATFISH}/cisco/testconfigs/ios_svi", 0, ""),
    ("cisco_ios", f"{NETUTILS}/cisco_ios/ios_full_sent.txt", 0, ""),
]
PUPILS = compile_list(
    "pupils",
    [
        Ace(Verb.PERMIT, "udp", "10.20.0.0/24", "10.0.0.2", 53, "names from the filter"),
        Ace(Verb.DENY, "tcp", "any", "any", 853),
        Ace(Verb.PERMIT, "ip", "any", "any"),
    ],
)


def _text(path: Path) -> str:
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes()).decode()
    return path.read_text()


def _running(platform: str, text: str) -> str:
    """The configuration itself: collectors put what else a device said before it, as comments."""
    lines = [line.rstrip() for line in text.splitlines()]
    if "Current configuration:" in lines:
        lines = lines[lines.index("Current configuration:") + 1 :]
    if platform == "juniper_junos":
        return "\n".join(line for line in lines if line.startswith("set ")) + "\n"
    return "\n".join(lines) + "\n"


def _machine(platform: str, running: str) -> Machine:
    if platform == "cisco_ios":
        names = re.findall(r"^interface ((?:Fast|Gigabit|TenGigabit)?Ethernet\d[\d/]*)$", running, re.MULTILINE)
        ports = tuple(PortSite(name=name) for name in dict.fromkeys(names))
        site = DeviceSite(name="sw", dialect=platform, password="x", config=tuple(running.splitlines()), ports=ports)
    else:
        site = DeviceSite(name="sw", dialect=platform, password="x", running=running)
    return dialects()[platform](site, World(), lambda: 0.0)


def _read(platform: str, machine: Machine) -> Observed:
    driver, talk = drivers()[platform], machine.login()
    return driver.parse({command: talk.obey(command).text for command in driver.reads})


def _tell(platform: str, machine: Machine, lines: Sequence[str]) -> None:
    talk = machine.login()
    talk.obey("configure" if platform == "juniper_junos" else "configure terminal")
    for line in lines:
        answer = talk.obey(line)
        assert answer.status == 0, (line, answer.text)
        assert not answer.text.strip().startswith(drivers()[platform].refusals), (line, answer.text)


@pytest.mark.parametrize(("platform", "path", "vlan", "routed"), CASES, ids=lambda value: str(value).rpartition("/")[2])
def test_a_push_on_a_real_configuration_changes_nothing_but_our_own(
    platform: str, path: str, vlan: int, routed: str
) -> None:
    machine = _machine(platform, _running(platform, _text(shared_data(path))))
    driver, before, seen = drivers()[platform], machine.configuration().splitlines(), _read(platform, machine)
    port = next((port for port in seen.ports if port.kind is PortKind.ACCESS), None)
    becomes = vlan or next(iter(sorted(seen.vlans - {port.access_vlan if port else None})), 0)
    changes: list[Change] = [SetAccessList(PUPILS.name, routed or "vlan1", None, PUPILS)]
    if port and becomes:
        assert port.access_vlan is not None
        changes.append(SetAccessVlan(port.name, port.access_vlan, becomes))
    _tell(platform, machine, (*driver.render(changes, NINE), *driver.commit))

    after = machine.configuration().splitlines()
    reading = Reading(_read(platform, machine), NINE)
    assert all(in_force(change, reading) for change in changes), "a second push would have something to do"
    gone = Counter(before) - Counter(after)
    moved = [line for line in gone if re.search(r"vlan access \d|access vlan|untagged ethe|vlan members", line)]
    assert sorted(gone) == sorted(moved), "a line of others is gone"
    assert sum(gone.values()) <= (1 if port else 0)
    kept = [line for line in before if line not in gone]
    rest = iter(after)
    assert all(line in rest for line in kept), "lines of others stand in another order"


WIFI = [
    ("cisco_wlc", f"{NETUTILS}/cisco_aireos/aireos_full_sent.txt"),
    ("aruba_os", f"{NETUTILS}/aruba_os/os_full_sent.txt"),
]
LOST = Mac("3c:22:fb:05:00:77")


@pytest.mark.parametrize(("platform", "path"), WIFI, ids=lambda value: str(value).rpartition("/")[2])
def test_who_is_kept_off_the_air_changes_no_line_of_a_real_controller_and_leaves_none_behind(
    platform: str, path: str
) -> None:
    machine = _machine(platform, _running(platform, _text(shared_data(path))))
    driver, before, talk = drivers()[platform], machine.configuration().splitlines(), machine.login()
    change = DenyClient(LOST, was=False, becomes=True)
    for line in driver.render([change], NINE):
        assert talk.obey(line).status == 0, line
    assert in_force(change, Reading(_read(platform, machine), NINE)), "a second push would have something to do"
    rest = iter(machine.configuration().splitlines())
    assert all(line in rest for line in before), "a line of others is gone, or stands elsewhere"
    for line in driver.render([undo(change)], NINE):
        assert talk.obey(line).status == 0, line
    assert machine.configuration().splitlines() == before
