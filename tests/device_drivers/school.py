"""A small school for these tests: a switch in the hall, a gateway and a Wi-Fi controller, simulated on free ports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from device_drivers.model import Driver, Session
from device_drivers.platforms import drivers
from device_drivers.session import Target, connect, enrol, remember
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import DeviceSite, NeighbourSite, PlugSite, PortSite, Site

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "gate-key-7"
IPAD = PlugSite(mac="3c:22:fb:05:00:11", switch="sw-hall", port="Gi1/0/5", address="127.5.0.11", hostname="y5-ipad-11")
PHONE = PlugSite(mac="3c:22:fb:05:00:12", switch="wlc", port="AP-Hall", address="127.5.0.12", vlan=20)
PORTS = (
    PortSite(name="Gi1/0/4", vlan=30, description="connected 20 trunk"),
    PortSite(name="Gi1/0/5", vlan=20, description="Year 5 trolley"),
    PortSite(name="Gi1/0/6", vlan=99),
    PortSite(name="Gi1/0/7", kind="dynamic", vlan=20),
    PortSite(name="Gi1/0/45", kind="trunk", neighbour=NeighbourSite(name="ap-hall", kind="access-point")),
    PortSite(name="Gi1/0/46", kind="trunk", neighbour=NeighbourSite(name="core-switch-of-the-hall", protocol="lldp")),
    PortSite(name="Gi1/0/47", kind="trunk", lag=1, neighbour=NeighbourSite(name="core")),
    PortSite(name="Gi1/0/48", kind="routed"),
)
VLANS = {"10": "management", "20": "pupils", "30": "staff", "99": "quarantine"}
FOREIGN = ("spanning-tree mode rapid-pvst", "interface Vlan20", " ip address 10.20.0.1 255.255.255.0")
PLATFORMS = {"sw-hall": "cisco_ios", "gateway": "linux_gateway", "wlc": "cisco_c9800"}


def site(directory: Path) -> Site:
    return Site(
        devices=(
            DeviceSite(
                name="sw-hall", dialect="cisco_ios", password=PASSWORD, vlans=VLANS, ports=PORTS, config=FOREIGN
            ),
            DeviceSite(name="gateway", dialect="linux", password=PASSWORD),
            DeviceSite(name="wlc", dialect="cisco_c9800", password=PASSWORD),
        ),
        world=(IPAD, PHONE),
        directory=str(directory),
        control="control.sock",
    )


@dataclass(frozen=True)
class School:
    """The simulator while it runs, with every host key enrolled."""

    simulator: Simulator
    directory: Path

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    def enrol_all(self) -> None:
        for device in self.simulator.devices.values():
            remember(self.known_hosts, enrol(device.site.host, device.port))

    def driver(self, name: str) -> Driver:
        return drivers()[PLATFORMS[name]]

    def target(self, name: str, *, password: str = PASSWORD, deadline: float = 20.0) -> Target:
        device, driver = self.simulator.devices[name], self.driver(name)
        return Target(
            name=name,
            host=device.site.host,
            ssh_port=device.port,
            netmiko_type=driver.netmiko_type,
            username="caretaker",
            password=password,
            known_hosts=self.known_hosts,
            refusals=driver.refusals,
            prompt=driver.prompt,
            answers=driver.answers,
            deadline=deadline,
        )

    @contextmanager
    def session(self, name: str, *, deadline: float = 20.0) -> Iterator[Session]:
        session = connect(self.target(name, deadline=deadline))
        try:
            yield session
        finally:
            session.close()

    def journal(self, name: str) -> tuple[str, ...]:
        return self.simulator.devices[name].journal.lines()

    def configuration(self, name: str) -> str:
        return self.simulator.devices[name].machine.configuration()

    def fault(self, name: str, **fault: object) -> None:
        self.simulator.answer({"do": "fault", "device": name, **fault})


@contextmanager
def open_school(directory: Path) -> Iterator[School]:
    simulator = Simulator(site(directory))
    simulator.start()
    try:
        school = School(simulator, directory)
        school.enrol_all()
        yield school
    finally:
        simulator.stop()
