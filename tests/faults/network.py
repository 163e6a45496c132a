"""Many simulated switches with strangers on some of their ports, and controllers for them: what faults happen to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from tests.controller.school import NINE, TEXT
from tests.controller.simulated import VLANS

USERNAME, PASSWORD = "caretaker", "gate-key-7"
EASY = "brakes: {ports_per_minute: 1000, share_of_room: 100%, in_lesson_time: allow}\n"
FOREIGN = ("Gi1/0/48",)


def stranger(switch: int, number: int) -> str:
    return f"f0:9f:c2:{switch:02x}:00:{number:02x}"


def port_name(number: int) -> str:
    return f"Gi1/0/{number}"


def site(folder: Path, switches: int, strangers: int) -> Site:
    """Every switch with so many strangers on ports of VLAN 20, and an uplink."""
    ports = (
        *(PortSite(name=port_name(number), vlan=20) for number in range(1, strangers + 1)),
        PortSite(name="Gi1/0/48", kind="trunk", neighbour=NeighbourSite(name="core")),
    )
    names = [f"sw-{number}" for number in range(switches)]
    plugs = tuple(
        PlugSite(mac=stranger(at, number), switch=name, port=port_name(number))
        for at, name in enumerate(names)
        for number in range(1, strangers + 1)
    )
    devices = tuple(
        DeviceSite(name=name, dialect="cisco_ios", password=PASSWORD, vlans=VLANS, ports=ports) for name in names
    )
    return Site(devices=devices, world=plugs, directory=str(folder))


@contextmanager
def switched_on(folder: Path, switches: int = 1, strangers: int = 1) -> Iterator[Simulator]:
    simulator = Simulator(site(folder, switches, strangers))
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.stop()


def rows(simulator: Simulator) -> tuple[Switch, ...]:
    return tuple(
        Switch(
            SwitchName(name), "127.0.0.1", device.port, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE, credentials="school"
        )
        for name, device in simulator.devices.items()
    )


def school_folder(folder: Path, simulator: Simulator, *, password: str = PASSWORD) -> Home:
    """A school's folder whose switches are these; their keys are enrolled."""
    home = Home(folder)
    home.make()
    home.policy.write_text(TEXT + EASY)
    home.switches.write_text(write_switches(list(rows(simulator))))
    write_password(home, password)
    for device in simulator.devices.values():
        remember(home.known_hosts, enrol("127.0.0.1", device.port))
    return home


def write_password(home: Home, password: str) -> None:
    home.secrets.write_text(f'[credentials.school]\nusername = "{USERNAME}"\npassword = "{password}"\n')
    home.secrets.chmod(0o600)


@dataclass
class Controller:
    """Loop and network of one controller, in this process and on a clock that the test moves."""

    home: Home
    store: Store
    clock: FixedClock
    loop: Loop
    network: Network
    started: list[bool] = field(default_factory=list)

    def start(self) -> None:
        self.loop.start()
        self.network.start()

    def point(self, name: str) -> EnforcementPoint:
        return {point.name: point for point in self.network.points()}[name]

    def stop(self) -> None:
        self.network.stop()
        self.loop.stop()


@contextmanager
def controller(
    home: Home, switches: Sequence[Switch], clock: FixedClock | None = None, *, url: str = "", deadline: float = 30.0
) -> Iterator[Controller]:
    """`url` names another database than the folder's own. Started by the test, ended here."""
    clock = clock or FixedClock(NINE)
    with Store.open(url or home.database_url) as store:
        source = PolicySource(home.policy, store)
        network = Network(home, 15.0, store, clock, lambda: source.policy, deadline=deadline)
        loop = network.loop = Loop(World(home, store, clock, source), network.hear)
        store.put_switches(switches, SYSTEM, NINE)
        made = Controller(home, store, clock, loop, network)
        try:
            yield made
        finally:
            made.stop()


def vlan(simulator: Simulator, switch: str, port: str, which: str = "running") -> int:
    """As the switch's own configuration has it: the running one, or the one it starts from."""
    machine = simulator.devices[switch].machine
    section = getattr(machine, which).sections["interface GigabitEthernet" + port.removeprefix("Gi")]
    found = [row.split()[-1] for row in section if row.strip().startswith("switchport access vlan")]
    return int(found[0]) if found else 1


def quarantined(simulator: Simulator, which: str = "running") -> bool:
    """Whether every stranger of every switch rests."""
    plugs = simulator.world.everything()
    return all(vlan(simulator, plug.switch, plug.port, which) == 999 for plug in plugs)


def moves(simulator: Simulator, switch: str) -> list[str]:
    """The lines a switch was sent that change something."""
    said = ("interface ", "switchport", "shutdown", "no shutdown")
    return [line for line in simulator.devices[switch].journal.lines() if line.startswith(said)]


def dark(simulator: Simulator, which: str = "running") -> list[str]:
    """Ports that are switched off, as the switches' own configurations have it."""
    machines = {name: getattr(device.machine, which) for name, device in simulator.devices.items()}
    return [f"{name} {at}" for name, one in machines.items() for at, rows in one.sections.items() if "shutdown" in rows]
