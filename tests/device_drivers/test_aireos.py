"""Cisco AireOS controllers: client tables of every width, and a client thrown off the air."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_drivers.formats.aireos import read_clients
from device_drivers.model import Disconnect, PortKind, Refused, SetAccessVlan, Unreadable
from device_drivers.platforms.cisco_wlc import DRIVER
from device_drivers.simulator.site import PortSite
from inventory.model import Mac
from tests.device_drivers.school import NINE
from tests.device_drivers.simulated import IPAD, simulated

NARROW = """
Number of Clients................................ 2

MAC Address       AP Name           Status        WLAN  Auth Protocol         Port
----------------- ----------------- ------------- ----- ---- ---------------- ----
3c:22:fb:05:00:11 ap hall 2         Associated    1     Yes  802.11ac(5 GHz)  1
3c:22:fb:05:00:12 ap-library        Probing       2     No   802.11n(2.4 GHz) 1

"""


def test_a_table_of_an_older_version_is_cut_by_its_own_dashes() -> None:
    clients = read_clients(NARROW)
    assert [(client.mac[-2:], client.access_point) for client in clients] == [("11", "ap hall 2"), ("12", "ap-library")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Incorrect usage.\n",
        NARROW.replace(" 2\n", " 3\n", 1),
        NARROW[: NARROW.index("3c:22:fb:05:00:12")],
        NARROW[: NARROW.index("MAC Address")],
        NARROW.replace("ap hall 2         Associated", "ap-with-a-name-far-too-long Associated"),
    ],
)
def test_half_a_table_is_no_table(text: str) -> None:
    with pytest.raises(Unreadable):
        read_clients(text)


def test_nobody_on_the_air_is_a_true_answer() -> None:
    assert read_clients("Number of Clients................................ 0\n") == ()


def test_a_client_is_seen_disconnected_and_gone_and_a_stranger_is_refused(tmp_path: Path) -> None:
    point = PortSite(name="ap-hall")
    with simulated("cisco_wlc", (point,), tmp_path) as there, there.session() as live:
        (client,) = there.observe(live).clients
        assert (client.mac, client.access_point) == (IPAD, "ap-hall")
        there.push(live, Disconnect(Mac(IPAD)))
        assert there.observe(live).clients == ()
        with pytest.raises(Refused, match="unknown"):
            there.push(live, Disconnect(Mac("3c:22:fb:05:00:99")))


def test_it_is_told_nothing_else() -> None:
    assert DRIVER.observes
    assert PortKind.ACCESS not in {port.kind for port in DRIVER.parse({}).ports}
    with pytest.raises(Refused):
        DRIVER.render([SetAccessVlan("1", 20, 99)], NINE)
