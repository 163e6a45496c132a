"""A real hostapd (without a radio) behind a real sshd: who is kept off the air is told by our lines and read back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_drivers.formats.hostapd import read_air
from device_drivers.model import DenyClient, Disconnect, Refused, SetClientRole, Unreadable
from device_drivers.platforms.linux_hostapd import DRIVER
from inventory.model import Mac
from tests.device_drivers.school import NINE
from tests.device_drivers.shell_box import Box, box, let_in
from tests.waiting import until

LOST, GUEST = Mac("3c:22:fb:05:00:77"), Mac("aa:bb:cc:dd:ee:ff")
RADIOS = ("phy0-ap0", "phy1-ap0")


@contextmanager
def access_point(at: Box) -> Iterator[None]:
    """Two networks of one box, each an interface of its own; ended by their own word."""
    for name in RADIOS:
        at.must(f"ip link add dev {name} type veth peer name {name}x", f"ip link set {name} up")
        config = at.directory / f"{name}.conf"
        config.write_text(f"interface={name}\ndriver=none\nctrl_interface=/var/run/hostapd\nssid=Pupils\n")
        at.must(f"hostapd -B -P {at.directory}/{name}.pid {config} >{at.directory}/{name}.log")
    try:
        yield
    finally:
        for name in RADIOS:
            pid = (at.directory / f"{name}.pid").read_text().strip()
            at.must(f"kill {pid}")
            until(lambda pid=pid: not Path(f"/proc/{pid}").exists())  # type: ignore[misc]


@pytest.mark.needs("hostapd", "hostapd_cli", "sshd", "ssh", "openssl", "ip", root=True, namespaces=True)
def test_a_lost_tablet_is_kept_off_every_network_and_an_entry_of_others_stays(tmp_path: Path) -> None:
    with box(tmp_path / "ap") as ap, access_point(ap), let_in(ap), ap.session(DRIVER) as live:

        def seen() -> tuple[frozenset[Mac], frozenset[Mac]]:
            observed = DRIVER.parse(live.read(DRIVER.reads))
            assert observed.clients == ()
            return observed.denied, observed.denied_by_us

        ap.must(f"hostapd_cli -i phy0-ap0 deny_acl ADD_MAC {GUEST}")
        assert seen() == ({GUEST}, frozenset())
        live.send(DRIVER.render([DenyClient(LOST, was=False, becomes=True)], NINE), config=False)
        assert seen() == ({GUEST, LOST}, {LOST})
        assert all(LOST in ap.must(f"hostapd_cli -i {name} deny_acl SHOW") for name in RADIOS)
        live.send(DRIVER.render([Disconnect(LOST)], NINE), config=False)
        live.send(DRIVER.render([DenyClient(LOST, was=True, becomes=False)], NINE), config=False)
        assert seen() == ({GUEST}, frozenset())


@pytest.mark.needs("hostapd", "hostapd_cli", "sshd", "ssh", "openssl", "ip", root=True, namespaces=True)
def test_a_hostapd_that_does_not_run_is_unreadable_and_never_a_network_without_anybody(tmp_path: Path) -> None:
    with box(tmp_path / "ap") as ap, let_in(ap), ap.session(DRIVER) as live, pytest.raises(Unreadable):
        DRIVER.parse(live.read(DRIVER.reads))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Failed to connect to hostapd - wpa_ctrl_open: No such file or directory\n",
        f"interface a\n{LOST}\nthis is nothing of a client\ndenied\n",
        f"interface a\ndenied\n{LOST}\n",
        "interface a\nflags=[AUTH]\ndenied\n",
        "interface a\ndenied\nFAIL\n",
    ],
)
def test_half_an_answer_is_no_answer(text: str) -> None:
    with pytest.raises(Unreadable):
        read_air(text)


def test_it_is_told_no_role() -> None:
    with pytest.raises(Refused):
        DRIVER.render([SetClientRole(LOST, "pupils", "quarantine")], NINE)
