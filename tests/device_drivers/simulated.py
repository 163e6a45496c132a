"""One simulated device of a dialect on a free port, and a session of our own to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from device_drivers.model import Change, Driver, Observed, ObservedPort, Session
from device_drivers.platforms import drivers
from device_drivers.session import Target, connect, enrol, remember
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import DeviceSite, NeighbourSite, PlugSite, PortSite, Site
from tests.device_drivers.school import NINE

PASSWORD = "gate-key-7"
IPAD = "3c:22:fb:05:00:11"
VLANS = {"10": "management", "20": "pupils", "30": "staff", "99": "quarantine"}


def six_ports(names: Sequence[str]) -> tuple[PortSite, ...]:
    """A pupils' socket with an iPad, one with a lying name, one in quarantine, one to a bridge, and a bundle of two."""
    first, second, third, fourth, *bundle = names
    return (
        PortSite(name=first, vlan=20, description="Year 5 trolley"),
        PortSite(name=second, vlan=30, description="connected 20 trunk"),
        PortSite(name=third, vlan=99, shutdown=True),
        PortSite(name=fourth, kind="trunk", neighbour=NeighbourSite(name="core", protocol="lldp")),
        *(PortSite(name=name, kind="trunk", lag=1) for name in bundle),
    )


@dataclass(frozen=True)
class Simulated:
    driver: Driver
    simulator: Simulator
    target: Target

    @contextmanager
    def session(self) -> Iterator[Session]:
        live = connect(self.target)
        try:
            yield live
        finally:
            live.close()

    def observe(self, live: Session) -> Observed:
        return self.driver.parse(live.read(self.driver.reads))

    def port(self, live: Session, name: str) -> ObservedPort:
        return next(port for port in self.observe(live).ports if port.name == name)

    def push(self, live: Session, *changes: Change) -> None:
        live.send(self.driver.render(changes, NINE), config=self.driver.config)

    def configuration(self) -> str:
        return self.simulator.devices["switch"].machine.configuration()

    def reboot(self) -> None:
        self.simulator.devices["switch"].machine.reboot()


def way_to(name: str, driver: Driver, simulator: Simulator, directory: Path) -> Target:
    """How a device of this simulator is reached; its key is enrolled."""
    port, known_hosts = simulator.devices[name].port, directory / "known_hosts"
    remember(known_hosts, enrol("127.0.0.1", port))
    return Target(
        name=name,
        host="127.0.0.1",
        ssh_port=port,
        netmiko_type=driver.netmiko_type,
        username="caretaker",
        password=PASSWORD,
        known_hosts=known_hosts,
        refusals=driver.refusals,
        prompt=driver.prompt,
        answers=driver.answers,
    )


@contextmanager
def simulated(
    platform: str, ports: Sequence[PortSite], directory: Path, *, running: str = "", dialect: str = ""
) -> Iterator[Simulated]:
    """A device of this platform; its dialect has the same name unless another is given."""
    driver = drivers()[platform]
    device = DeviceSite(
        name="switch", dialect=dialect or platform, password=PASSWORD, vlans=VLANS, ports=tuple(ports), running=running
    )
    plugs = (PlugSite(mac=IPAD, switch="switch", port=ports[0].name, address="127.5.0.11"),) if ports else ()
    simulator = Simulator(Site(devices=(device,), world=plugs, directory=str(directory), control="control.sock"))
    simulator.start()
    try:
        yield Simulated(driver, simulator, way_to("switch", driver, simulator, directory))
    finally:
        simulator.stop()
