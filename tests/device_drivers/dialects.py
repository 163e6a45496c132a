"""One simulated switch of each dialect, in the same small school: the names of its ports differ, its facts do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from device_drivers.model import Driver, Session
from device_drivers.platforms import drivers
from device_drivers.session import Target, connect, enrol, remember
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import DeviceSite, NeighbourSite, PlugSite, PortSite, Site

PASSWORD = "gate-key-7"
IPAD = "3c:22:fb:05:00:11"
VLANS = {"20": "pupils", "30": "staff", "99": "quarantine"}
# Platform -> the names of: a teacher's port, a pupil's port, an empty port, the uplink, and two of a bundle.
PORTS: Mapping[str, tuple[str, str, str, str, str, str]] = MappingProxyType(
    {
        "cisco_s300": ("gi4", "gi5", "gi6", "gi24", "gi27", "gi28"),
        "hp_procurve": ("4", "5", "6", "24", "47", "48"),
        "aruba_osswitch": ("1/4", "1/5", "1/6", "1/24", "1/47", "1/48"),
        "aruba_aoscx": ("1/1/4", "1/1/5", "1/1/6", "1/1/24", "1/1/27", "1/1/28"),
        "ruckus_fastiron": ("1/1/4", "1/1/5", "1/1/6", "1/1/24", "1/2/1", "1/2/2"),
        "juniper_junos": ("ge-0/0/4", "ge-0/0/5", "ge-0/0/6", "ge-0/0/24", "xe-0/2/0", "xe-0/2/1"),
        "cisco_ios": ("Gi1/0/4", "Gi1/0/5", "Gi1/0/6", "Gi1/0/24", "Gi1/0/47", "Gi1/0/48"),
    }
)


def device(
    platform: str, *, running: str = "", name: str = "sw-hall", said: Mapping[str, str] | None = None
) -> DeviceSite:
    """The switch of the hall in this dialect."""
    staff, pupil, empty, uplink, *bundle = PORTS[platform]
    seen = NeighbourSite(name="core-switch-of-the-hall", protocol="lldp", port="1")
    ports = (
        PortSite(name=staff, vlan=30, description="connected 20"),
        PortSite(name=pupil, vlan=20, description="Year 5"),
        PortSite(name=empty, vlan=99),
        PortSite(name=uplink, kind="trunk", neighbour=seen),
        *(PortSite(name=each, kind="trunk", lag=1) for each in bundle),
    )
    return DeviceSite(
        name=name, dialect=platform, password=PASSWORD, vlans=VLANS, ports=ports, running=running, said=dict(said or {})
    )


@dataclass(frozen=True)
class Hall:
    """The switch while it runs, its key enrolled."""

    simulator: Simulator
    directory: Path
    platform: str

    @property
    def driver(self) -> Driver:
        return drivers()[self.platform]

    def target(self) -> Target:
        running = self.simulator.devices["sw-hall"]
        return Target(
            name="sw-hall",
            host="127.0.0.1",
            ssh_port=running.port,
            netmiko_type=self.driver.netmiko_type,
            username="caretaker",
            password=PASSWORD,
            known_hosts=self.directory / "known_hosts",
            refusals=self.driver.refusals,
            prompt=self.driver.prompt,
            answers=self.driver.answers,
            deadline=15.0,
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        session = connect(self.target())
        try:
            yield session
        finally:
            session.close()

    def configuration(self) -> str:
        return self.simulator.devices["sw-hall"].machine.configuration()

    def journal(self) -> tuple[str, ...]:
        return self.simulator.devices["sw-hall"].journal.lines()


@contextmanager
def open_hall(directory: Path, platform: str, site: DeviceSite | None = None) -> Iterator[Hall]:
    """One device of this dialect, with a pupil's device plugged in."""
    plug = PlugSite(mac=IPAD, switch="sw-hall", port=PORTS[platform][1], address="127.5.0.11", hostname="y5-ipad-11")
    simulator = Simulator(Site(devices=(site or device(platform),), world=(plug,), directory=str(directory)))
    simulator.start()
    try:
        hall = Hall(simulator, directory, platform)
        remember(directory / "known_hosts", enrol("127.0.0.1", simulator.devices["sw-hall"].port))
        yield hall
    finally:
        simulator.stop()
