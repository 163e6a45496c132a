"""A command line that nobody here wrote: FRRouting's vtysh behind a real sshd, driven as a Cisco IOS switch is.

It has routes and lists, no VLANs: what is tried is the session, not the driver's tables.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from device_drivers.model import Refused, Session
from device_drivers.platforms.cisco_ios import DRIVER
from tests.device_drivers.shell_box import Box, box, let_in
from tests.waiting import until

pytestmark = [
    pytest.mark.needs("vtysh", "sshd", "openssl", "ip", root=True, namespaces=True),
    pytest.mark.xdist_group("vtysh"),
]

FRR = "/run/frr"
LIST = "access-list caretaker-pupils seq 5 permit 10.20.0.0/22"
CONFIG = ("hostname core", "service integrated-vtysh-config", "interface eth9", " description Uplink")
# What FRRouting says where IOS says "% Incomplete command."
ROUTER = replace(DRIVER, refusals=(*DRIVER.refusals, "% Command incomplete"))


@contextmanager
def zebra(made: Box) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon behind vtysh. It reads what was saved, like a router that starts."""
    made.must(f"chown -R frr:frr {FRR}")
    ways = ("-i", f"{FRR}/pid", "--vty_socket", FRR, "-z", f"{FRR}/api", "-P", "0")
    words = made.words("/usr/lib/frr/zebra", "-f", f"{FRR}/frr.conf", *ways)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        until(lambda: made.run(f"test -S {FRR}/zebra.vty")[0] == 0)
        try:
            yield daemon
        finally:
            daemon.terminate()
            daemon.wait(10)
            made.must(f"rm -f {FRR}/*.vty {FRR}/api")


@contextmanager
def router(folder: Path) -> Iterator[Box]:
    with box(folder) as made:
        lines = "\\n".join(CONFIG)
        made.must(f"mkdir -p {FRR}", f"printf '{lines}\\n' > {FRR}/frr.conf", f"chmod 640 {FRR}/frr.conf")
        yield made


@contextmanager
def signed_in(made: Box) -> Iterator[Session]:
    with let_in(made):
        config = made.directory / "sshd_config"
        force = f"ForceCommand /usr/bin/vtysh --vty_socket {FRR} --config_dir {FRR}\n"
        config.write_text(config.read_text() + force)
        with made.session(ROUTER) as session:
            yield session


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Box]:
    with router(tmp_path / "router") as found:
        yield found


def test_it_is_connected_to_read_told_and_saved(made: Box) -> None:
    with zebra(made), signed_in(made) as session:
        said = session.read(("show version", "show running-config"))
        assert said["show version"].startswith("FRRouting ")
        assert "description Uplink" in said["show running-config"]
        session.send((LIST,), config=True)
        assert LIST in session.read(("show running-config",))["show running-config"]
        session.save(DRIVER.save)
        kept = made.run(f"cat {FRR}/frr.conf")[1]
        assert LIST in kept
        assert "description Uplink" in kept, "what is not ours is kept as it was"


def test_what_was_saved_survives_its_restart_and_what_was_not_is_gone(made: Box) -> None:
    unsaved = LIST.replace("pupils", "staff")
    with zebra(made), signed_in(made) as session:
        session.send((LIST,), config=True)
        session.save(DRIVER.save)
        session.send((unsaved,), config=True)
    # The accounts of the box lie over the machine's; the daemon's own account is among the machine's.
    made.must("umount /etc/passwd", "umount /etc/shadow")
    with zebra(made):
        told = made.run(f"vtysh --vty_socket {FRR} --config_dir {FRR} -c 'show running-config'")[1]
        assert LIST in told
        assert unsaved not in told


@pytest.mark.parametrize("line", ["switchport access vlan 999", "access-list caretaker-pupils", "no such thing"])
def test_a_refusal_is_noticed_and_nothing_after_it_is_sent(made: Box, line: str) -> None:
    with zebra(made), signed_in(made) as session:
        with pytest.raises(Refused, match=line.partition(" ")[0]):
            session.send((line, LIST), config=True)
        assert LIST not in session.read(("show running-config",))["show running-config"]
