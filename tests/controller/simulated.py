"""A small network that obeys over SSH, and a controller's side of it: loop, network and store, at nine o'clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from controller.accounts import SYSTEM
from controller.clock import FixedClock
from controller.home import Home
from controller.loop import Loop, World
from controller.model import EnforcementPoint
from controller.network import Network
from controller.policy.source import PolicySource
from controller.store import Store
from device_drivers.session import enrol, remember
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import DeviceSite, NeighbourSite, PlugSite, PortSite, Site
from inventory.model import Mode, Purpose, Switch, SwitchName
from inventory.roster import write_switches
from tests.controller.school import DEVICES, HEAD, IPAD, NINE, STRANGER, TEXT
from tests.waiting import until

USERNAME, PASSWORD = "caretaker", "gate-key-7"
POLL = 15.0
VLANS = {"10": "management", "20": "pupils", "30": "staff", "40": "things", "50": "guest", "999": "quarantine"}
PORTS = (
    *(PortSite(name=f"Gi1/0/{number}", vlan=20) for number in (5, 7)),
    PortSite(name="Gi1/0/8", vlan=999),
    PortSite(name="Gi1/0/48", kind="trunk", neighbour=NeighbourSite(name="core")),
)
PLUGS = (
    PlugSite(mac=IPAD, switch="sw-1", port="Gi1/0/5", address="10.20.0.11", hostname="ipad-11"),
    PlugSite(mac=STRANGER, switch="sw-1", port="Gi1/0/7", address="10.20.0.99", hostname="\x1b[31mlaptop"),
)
PLATFORMS = {"sw-1": ("cisco_ios", Purpose.ACCESS), "gw": ("linux_gateway", Purpose.GATEWAY)}


def site(folder: Path) -> Site:
    devices = (
        DeviceSite(name="sw-1", dialect="cisco_ios", password=PASSWORD, vlans=VLANS, ports=PORTS),
        DeviceSite(name="gw", dialect="linux", password=PASSWORD),
    )
    return Site(devices=devices, world=PLUGS, directory=str(folder))


@dataclass
class Simulated:
    """`start` begins loop and network; leaving `open_network` ends them."""

    home: Home
    store: Store
    clock: FixedClock
    simulator: Simulator
    loop: Loop
    network: Network

    def switch(self, name: str, **rest: object) -> Switch:
        platform, purpose = PLATFORMS[name]
        given = Switch(
            SwitchName(name), "127.0.0.1", self.simulator.devices[name].port, platform, purpose, Mode.ENFORCE, "school"
        )
        return replace(given, **rest)  # type: ignore[arg-type]

    def enrol_all(self) -> None:
        for device in self.simulator.devices.values():
            remember(self.home.known_hosts, enrol("127.0.0.1", device.port))

    def password(self, password: str) -> None:
        self.home.secrets.write_text(f'[credentials.school]\nusername = "{USERNAME}"\npassword = "{password}"\n')
        self.home.secrets.chmod(0o600)

    def start(self) -> None:
        self.loop.start()
        self.network.start()
        assert self.network.wait_for_first_look(1.0)

    def point(self, name: str) -> EnforcementPoint:
        return {point.name: point for point in self.network.points()}[name]

    def vlan(self, port: str) -> int:
        """As the switch's own configuration has it."""
        configuration = self.simulator.devices["sw-1"].machine.configuration()
        section = configuration.split("interface GigabitEthernet" + port.removeprefix("Gi"))[1].split("!")[0]
        return int(section.split("switchport access vlan ")[1].split()[0])

    def fault(self, name: str, kind: str, **rest: object) -> None:
        self.simulator.answer({"do": "fault", "device": name, "kind": kind, **rest})

    def pass_until(self, happened: Callable[[], object]) -> None:
        """Let the clock run, a minute at each look, until it happened."""

        def looked() -> object:
            self.clock.advance(timedelta(minutes=1))
            return happened()

        until(looked)


@contextmanager
def open_network(folder: Path, *, poll: float = POLL) -> Iterator[Simulated]:
    home, clock = Home(folder / "school"), FixedClock(NINE)
    home.make()
    home.policy.write_text(TEXT)
    simulator = Simulator(site(folder / "network"))
    simulator.start()
    with Store.open(home.database_url) as store:
        source = PolicySource(home.policy, store)
        network = Network(home, poll, store, clock, lambda: source.policy)
        loop = network.loop = Loop(World(home, store, clock, source), network.hear)
        simulated = Simulated(home, store, clock, simulator, loop, network)
        simulated.enrol_all()
        simulated.password(PASSWORD)
        switches = [simulated.switch(name) for name in PLATFORMS]
        home.switches.write_text(write_switches(switches))
        store.put_switches(switches, SYSTEM, NINE)
        store.put_people((HEAD,), SYSTEM, NINE)
        store.put_devices(DEVICES, SYSTEM, NINE)
        try:
            yield simulated
        finally:
            network.stop()
            loop.stop()
            simulator.stop()
