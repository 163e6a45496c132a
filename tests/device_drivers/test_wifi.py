"""Networks and clients of a Catalyst 9800: switched and disconnected by lines that the simulated one obeys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from device_drivers.formats.aireos import read_denied as read_excluded
from device_drivers.formats.aruba_wifi import read_denied as read_blacklisted
from device_drivers.formats.wireless import read_wlans
from device_drivers.model import (
    DenyClient,
    Disconnect,
    Refused,
    SetAccessVlan,
    SetClientRole,
    SetSsid,
    Unreadable,
    undo,
)
from device_drivers.platforms import drivers
from device_drivers.platforms.cisco_c9800 import DRIVER, WLANS
from device_drivers.simulator.dialects.cisco_c9800 import MACHINE
from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.world import World
from inventory.model import Mac
from tests.device_drivers.school import NINE

IPAD = Mac("3c:22:fb:05:00:12")
CONFIG = ("wlan Pupils 1 Pupils", " no shutdown", "wlan Staff 2 Staff", " no shutdown")


def test_a_network_is_switched_and_a_client_disconnected_by_these_lines() -> None:
    told = DRIVER.render([SetSsid("Pupils", True, False), SetSsid("Pupils", False, True), Disconnect(IPAD)], NINE)
    assert told == (
        "wlan Pupils",
        "shutdown",
        "exit",
        "wlan Pupils",
        "no shutdown",
        "exit",
        "do wireless client mac-address 3c22.fb05.0012 deauthenticate",
    )


@pytest.mark.parametrize(
    "change",
    [
        SetSsid("Pupils\nno shutdown", True, False),
        SetSsid("Pupils 3", True, False),
        SetClientRole(IPAD, "pupil", "quarantine"),
        SetAccessVlan("Gi1/0/5", 20, 99),
    ],
)
def test_what_it_cannot_be_told_is_refused(change: SetSsid | SetClientRole | SetAccessVlan) -> None:
    with pytest.raises(Refused):
        DRIVER.render([change], NINE)


def test_a_simulated_controller_obeys_and_leaves_the_other_networks_on_the_air() -> None:
    machine = MACHINE(DeviceSite(name="wlc", dialect="cisco_c9800", password="x", config=CONFIG), World(), lambda: 0.0)
    talk = machine.login()
    assert read_wlans(talk.obey(WLANS).text) == {"Pupils": True, "Staff": True}
    talk.obey("configure terminal")
    for line in DRIVER.render([SetSsid("Pupils", True, False), Disconnect(IPAD)], NINE):
        answer = talk.obey(line)
        assert (answer.status, answer.text) == (0, ""), line
    assert "% Incomplete" in talk.obey("wlan Nobody").text
    talk.obey("end")
    assert read_wlans(talk.obey(WLANS).text) == {"Pupils": False, "Staff": True}


@pytest.mark.parametrize(
    ("platform", "kept_off", "let_on", "thrown_off"),
    [
        (
            "cisco_wlc",
            "config exclusionlist add 3c:22:fb:05:00:12 caretaker",
            "config exclusionlist delete 3c:22:fb:05:00:12",
            "config client deauthenticate 3c:22:fb:05:00:12",
        ),
        (
            "aruba_os",
            "stm add-blacklist-client 3c:22:fb:05:00:12",
            "stm remove-blacklist-client 3c:22:fb:05:00:12",
            "aaa user delete mac 3c:22:fb:05:00:12",
        ),
    ],
)
def test_who_is_kept_off_the_air_is_told_by_these_lines(
    platform: str, kept_off: str, let_on: str, thrown_off: str
) -> None:
    change = DenyClient(IPAD, was=False, becomes=True)
    told = drivers()[platform].render([change, undo(change), Disconnect(IPAD)], NINE)
    assert told == (kept_off, let_on, thrown_off)


AIREOS_LIST = (Path(__file__).parent / "data" / "cisco_wlc" / "school-hall" / "show-exclusionlist.txt").read_text()
ARUBA_LIST = (Path(__file__).parent / "data" / "aruba_os" / "school-hall" / "show-ap-blacklist-clients.txt").read_text()


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (read_excluded, AIREOS_LIST.replace("3c:22:fb:05:00:77", "somebody's tablet")),
        (read_excluded, AIREOS_LIST.partition("\n")[2]),
        (read_blacklisted, ARUBA_LIST.replace("8c:f5:a3:cc:d4:83", "somebody")),
        (read_blacklisted, ARUBA_LIST.replace("3355", "soon")),
        (read_blacklisted, ARUBA_LIST.replace("Blacklisted Clients", "Clients")),
    ],
)
def test_half_a_list_of_those_kept_off_is_no_list(read: Callable[[str], object], wrong: str) -> None:
    with pytest.raises(Unreadable):
        read(wrong)


def test_a_list_of_nobody_is_a_true_answer() -> None:
    assert read_excluded("No manually disabled clients.\n\n\nNo dynamically excluded clients.\n") == ()
    assert (
        read_blacklisted("\n".join(ARUBA_LIST.splitlines()[:5]).replace("Blacklisted Clients", "Client Denylist")) == ()
    )


GOOD = Path(__file__).parent / "data" / "cisco_c9800" / "school-hall" / "show-wlan-summary.txt"


def test_a_network_whose_name_reads_like_a_state_is_read_by_its_columns() -> None:
    assert read_wlans(GOOD.read_text()) == {"Pupils": False, "Staff": True}
    assert read_wlans("Number of WLANs: 0\n") == {}


@pytest.mark.parametrize("wrong", ["", "% Invalid input detected\n", "Number of WLANs: 2\n", "Number of WLANs: x\n"])
def test_half_a_table_is_no_table(wrong: str) -> None:
    with pytest.raises(Unreadable):
        read_wlans(wrong)
    with pytest.raises(Unreadable):
        read_wlans(GOOD.read_text().replace("2    Staff", "      Staff"))
    with pytest.raises(Unreadable):
        read_wlans("\n".join(GOOD.read_text().splitlines()[:-1]))
