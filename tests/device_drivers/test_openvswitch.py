"""A real Open vSwitch (userspace datapath) with a real sshd, driven by our own session: packets prove what it did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from device_drivers.model import Bounce, ObservedPort, PortKind, Refused, Session, SetAccessVlan, SetShutdown, undo
from device_drivers.platforms.ovs_linux import DRIVER
from tests.device_drivers.school import NINE
from tests.device_drivers.shell_box import Box, box, let_in
from tests.waiting import until as wait_until

until = partial(wait_until, seconds=30.0)
"""A switch in user space shares two cores with whatever else runs here."""

needs_all = pytest.mark.needs("ovs-vsctl", "sshd", "ssh", "openssl", "ip", "ping", root=True, namespaces=True)
TOOLS = "/run/openvswitch"
DAEMON = "--pidfile --detach --no-chdir"
# p1 and p2 are pupils' sockets, p3 rests in quarantine, p24 leads to another switch, lag1 is a bundle.
PORTS = (
    "ovs-vsctl add-br br0 -- set Bridge br0 datapath_type=netdev"
    " -- add-port br0 p1 tag=20 -- add-port br0 p2 tag=20 -- add-port br0 p3 tag=99"
    " -- add-port br0 p24 -- set Port p24 trunks=10,20,99 -- add-bond br0 lag1 p21 p22"
    " -- add-port br0 mgmt tag=10 -- set Interface mgmt type=internal"
)


@dataclass(frozen=True)
class Hall:
    """A switch and what is plugged into it: two trolleys of pupils, and a stranger in quarantine."""

    switch: Box
    one: Box
    two: Box
    stranger: Box


@contextmanager
def open_vswitch(at: Box) -> Iterator[None]:
    """The two daemons of one instance, in the foreground of nobody; ended by their own word."""
    at.must(
        f"mkdir -p {TOOLS}",
        f"ovsdb-tool create {TOOLS}/conf.db /usr/share/openvswitch/vswitch.ovsschema",
        f"ovsdb-server {TOOLS}/conf.db --remote=punix:{TOOLS}/db.sock {DAEMON} --log-file={TOOLS}/db.log",
        "ovs-vsctl --no-wait init",
        f"ovs-vswitchd {DAEMON} --log-file={TOOLS}/switch.log",
    )
    pids = [int(at.must(f"cat {TOOLS}/{name}.pid")) for name in ("ovs-vswitchd", "ovsdb-server")]
    try:
        yield
    finally:
        at.run("ovs-appctl exit")
        at.run("ovs-appctl -t ovsdb-server exit")
        until(lambda: not any(_runs(pid) for pid in pids))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    directory = tmp_path_factory.mktemp("hall")
    with ExitStack() as stack:
        names = ("switch", "one", "two", "stranger")
        switch, one, two, stranger = (stack.enter_context(box(directory / name)) for name in names)
        for port, there, address in (("p1", one, 1), ("p2", two, 2), ("p3", stranger, 3)):
            switch.wire(port, there, "eth0", f"10.20.0.{address}/24")
        for port in ("p21", "p22", "p24"):
            switch.must(f"ip link add dev {port} type veth peer name {port}x", f"ip link set {port} up")
        stack.enter_context(open_vswitch(switch))
        switch.must(PORTS)
        stack.enter_context(let_in(switch))
        yield Hall(switch, one, two, stranger)


def hears(sender: Box, address: str) -> bool:
    return sender.run(f"ping -n -q -c 1 -W 1 {address}")[0] == 0


def ports(hall: Hall) -> dict[str, ObservedPort]:
    with hall.switch.session(DRIVER) as session:
        return read(session)


def read(session: Session) -> dict[str, ObservedPort]:
    return {port.name: port for port in DRIVER.parse(session.read(DRIVER.reads)).ports}


def places(session: Session, mac: str) -> list[tuple[int, str]]:
    """Where the switch has seen an address: VLAN and port."""
    table = DRIVER.parse(session.read(DRIVER.reads)).table
    return [(entry.vlan, entry.port) for entry in table if entry.mac == mac]


@needs_all
@pytest.mark.xdist_group("openvswitch")
def test_ports_modes_and_links_are_read_as_they_are(hall: Hall) -> None:
    found = ports(hall)
    assert {name: (port.kind, port.access_vlan) for name, port in found.items()} == {
        "p1": (PortKind.ACCESS, 20),
        "p2": (PortKind.ACCESS, 20),
        "p3": (PortKind.ACCESS, 99),
        "p24": (PortKind.TRUNK, None),
        "lag1": (PortKind.LAG_MEMBER, None),
        "p21": (PortKind.UNKNOWN, None),
        "p22": (PortKind.UNKNOWN, None),
        "mgmt": (PortKind.UNKNOWN, None),
        "br0": (PortKind.UNKNOWN, None),
    }
    assert found["p1"].up
    assert not found["p24"].up


@needs_all
@pytest.mark.xdist_group("openvswitch")
def test_a_port_moves_to_quarantine_and_back_and_packets_prove_it(hall: Hall) -> None:
    until(lambda: hears(hall.one, "10.20.0.2"))
    away = SetAccessVlan("p1", 20, 99)
    with hall.switch.session(DRIVER) as session:
        session.send(DRIVER.render([away], NINE), config=DRIVER.config)
        assert read(session)["p1"].access_vlan == 99
        # The switch says it at once; the flows of its datapath follow when its threads get their turn.
        until(lambda: not hears(hall.one, "10.20.0.2"))
        until(lambda: hears(hall.one, "10.20.0.3"))
        until(lambda: not hears(hall.one, "10.20.0.2"))
        mac = hall.one.must("cat /sys/class/net/eth0/address").strip()
        until(lambda: places(session, mac) == [(99, "p1")])
        session.send(DRIVER.render([undo(away)], NINE), config=DRIVER.config)
        until(lambda: hears(hall.one, "10.20.0.2"))
        until(lambda: not hears(hall.one, "10.20.0.3"))
    assert ports(hall)["p1"].access_vlan == 20


@needs_all
@pytest.mark.xdist_group("openvswitch")
def test_one_impossible_move_among_several_moves_nothing(hall: Hall) -> None:
    before = ports(hall)
    with hall.switch.session(DRIVER) as session, pytest.raises(Refused, match='no row "p9"'):
        session.send(DRIVER.render([SetAccessVlan("p2", 20, 99), SetAccessVlan("p9", 20, 99)], NINE), config=False)
    assert ports(hall) == before


@needs_all
@pytest.mark.xdist_group("openvswitch")
def test_a_port_that_is_shut_is_read_as_shut_and_its_device_loses_the_link(hall: Hall) -> None:
    shut = SetShutdown("p2", was=False, becomes=True)
    with hall.switch.session(DRIVER) as session:
        session.send(DRIVER.render([shut], NINE), config=False)
        until(lambda: read(session)["p2"].shut)
        until(lambda: hall.two.must("cat /sys/class/net/eth0/operstate").strip() != "up")
        session.send(DRIVER.render([undo(shut)], NINE), config=False)
        until(lambda: read(session)["p2"].up)
    until(lambda: hears(hall.one, "10.20.0.2"))


@needs_all
@pytest.mark.xdist_group("openvswitch")
def test_a_bounced_port_was_down_and_is_up_again(hall: Hall) -> None:
    before = links_changed(hall.two)
    with hall.switch.session(DRIVER) as session:
        session.send(DRIVER.render([Bounce("p2")], NINE), config=False)
        until(lambda: links_changed(hall.two) >= before + 2)
        until(lambda: read(session)["p2"].up)


def links_changed(there: Box) -> int:
    return int(there.must("cat /sys/class/net/eth0/carrier_changes"))
