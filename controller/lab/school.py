"""The running virtual school: everything that can be done in it, and what the model is told of each. ●"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from controller.home import Home
from controller.lab import dhcp, home, probes, sharing, spaces
from controller.lab.build import Boxes, network, private_machine
from controller.lab.expect import Standing, expected, in_force, standing, vlan_at
from controller.lab.plan import (
    AT_HOME,
    HOSTS,
    LOOSE,
    Layout,
    Socket,
    vlan_of,
)
from controller.lab.product import Product, until
from controller.lab.routes import DOOR, Probe
from controller.lab.routes import probes as routes
from controller.lab.spaces import LabFailed
from controller.lab.story import Story
from inventory.model import Mode

PATIENCE = float(os.environ.get("CARETAKER_LAB_PATIENCE", "1"))
"""All that has to happen within a time may take so many times as long: for machines with much else to do."""
SETTLED = 20.0 * PATIENCE
"""Seconds until packets must agree with the model after an event: a loaded machine, a poll, a push, a read-back."""
PROTECTED = ("sanction", "emergency")


@dataclass(frozen=True, slots=True)
class Difference:
    """One packet that did what the model did not say."""

    client: str
    way: str
    expected: bool
    why: str

    def __str__(self) -> str:
        said = ("is closed, and should be open", "is open, and should be closed")
        return f"{self.client:9} {self.way:14} {said[not self.expected]}   ({self.why})"


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A socket that is set to another VLAN than it should be, whether a packet shows it or not."""

    client: str
    socket: Socket
    vlan: int | None
    why: str

    def __str__(self) -> str:
        return f"{self.client:9} {self.socket} is set to VLAN {self.vlan}   ({self.why})"


class Disagreement(AssertionError):
    """Model and packets differ, and go on differing."""

    def __init__(self, found: Sequence[Difference | Misplaced], after: str) -> None:
        super().__init__(f"after {after}:\n" + "\n".join(f"  {each}" for each in found))
        self.found = tuple(found)


class School:
    """One lab, from the network as it was found to packets that are measured."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder, self.layout = folder, layout
        self.story = Story(layout)
        self.boxes = Boxes(folder, layout)
        self.product = Product(Home(folder / "school"), folder / "caretaker.log")
        self.password = secrets.token_urlsafe(9)
        self.packets = 0
        """Ways that were tried."""
        self.plugged: dict[str, float] = {}
        """Client -> when its link came up, by a clock that nobody sets."""
        self.at_hub: set[str] = set()
        """Clients behind the one hub."""
        self._doors = probes.Doors()
        # Measuring changes the namespace of its thread: it has one of its own.
        self._scout = ThreadPoolExecutor(1, "scout")

    # -- coming into being ----------------------------------------------------------------------------------------

    def build(self) -> None:
        private_machine(self.folder, self.password)
        network(self.layout)
        self.boxes.prepare()
        self.boxes.internet()
        self.boxes.boot(*self.boxes.names)
        for host in HOSTS:
            self._doors.open(host.name, (DOOR,))
        threading.Thread(target=self._doors.serve, name="doors", daemon=True).start()
        for host in HOSTS:
            if host.plugged:
                self.plug(host.name, self.layout.home[host.name])

    def write_home(self) -> None:
        home.write(self.product.home, self.layout, self.password)
        home.seed(self.product.home, datetime.fromtimestamp(self.now(), UTC))
        home.scan(self.product.home, datetime.fromtimestamp(self.now(), UTC))

    def enrol(self) -> None:
        """Host keys first, without a password; nothing is sent to a device that was not enrolled."""
        self.product.command("switches", "enrol", "--yes")

    def set_mode(self, mode: Mode) -> None:
        home.set_mode(self.product.home, mode)

    def until_points(self, *states: str) -> None:
        """Until every enforcement point is in one of these states."""
        points: list[dict[str, object]] = []

        def all_are() -> bool:
            points[:] = self.product.points()
            return all(each["state"] in states for each in points)

        until(all_are, SETTLED * 2, lambda: f"not {states}: {[(p['name'], p['state'], p['detail']) for p in points]}")

    def settings_of_switches(self) -> Mapping[Socket, int]:
        """What each socket is set to, asked of the switches themselves."""
        found: dict[Socket, int] = {}
        for switch in (each for each in self.layout.switches if each not in self.story.dark):
            words = ("ovs-vsctl", f"--db=unix:{self.db(switch)}", "--bare", "--columns=name,tag", "list", "Port")
            lines = [line for line in spaces.run(*words).splitlines() if line]
            for name, tag in pairwise(lines):
                socket = self.layout.socket(switch, name)
                if socket is not None and tag.isdigit():
                    found[socket] = int(tag)
        return found

    def forget_macs(self) -> None:
        """What switches do by themselves within minutes."""
        for switch in self.layout.switches:
            self.boxes.run(switch, "ovs-appctl", "fdb/flush")

    def db(self, switch: str) -> str:
        return f"{self.folder}/{switch}/db.sock"

    # -- what clients do ------------------------------------------------------------------------------------------

    def now(self) -> float:
        return self.product.now()

    def set_clock(self, moment: datetime) -> None:
        """Forward only, while the product is stopped; the school's laptops are scanned, as on any morning."""
        if moment.timestamp() < self.now():
            raise LabFailed(f"the clock of the lab goes forward only: it is {self.now():.0f}, not before {moment}")
        self.product.set_clock(moment)
        home.scan(self.product.home, moment)
        self.story.said.unfit -= {host.mac for host in HOSTS if host.kind == "school-laptop"}

    def plug(self, name: str, socket: Socket, *, borrow: str | None = None) -> None:
        """Into a socket; `borrow`: with the MAC of another one."""
        client, host = self.story.clients[name], AT_HOME[name]
        self.unplug(name)
        wanted = AT_HOME[borrow].mac if borrow else host.mac
        client.mac = wanted
        spaces.batch((f"link set {socket.end} netns {name} name eth0",), at=LOOSE)
        spaces.batch((f"link set eth0 address {wanted}", "link set eth0 up"), at=name)
        client.socket = socket
        self.plugged[name] = time.monotonic()
        self.story.look(self.now())
        self.renew(name)

    def share(self, name: str, other: str) -> None:
        """`other` shares its network with this one by address translation, as a hotspot does."""
        self.unplug(name)
        sharing.share(name, other)
        self.story.clients[name].behind = other

    def hub(self, name: str, other: str) -> None:
        """A little switch of somebody's own at the socket of `other`, and both plugged into that."""
        socket = self.story.clients[other].socket
        if socket is None or self.at_hub:
            raise LabFailed(f"{other} is plugged in nowhere, or the one hub is in use")
        for each in (name, other):
            self.unplug(each)
        sharing.make_hub(socket)
        for each in (other, name):
            client = self.story.clients[each]
            client.mac = AT_HOME[each].mac
            sharing.join_hub(each, client.mac)
            client.socket = socket
            self.at_hub.add(each)
            self.plugged[each] = time.monotonic()
        self.story.look(self.now())
        for each in (other, name):
            self.renew(each)

    def unplug(self, name: str) -> None:
        client = self.story.clients[name]
        if client.behind is not None:
            sharing.unshare(name)
            client.behind = None
        if client.socket is None:
            return
        self.story.look(self.now())
        if name in self.at_hub:
            self.at_hub.discard(name)
            sharing.leave_hub(name, client.socket, empty=not self.at_hub)
        else:
            spaces.batch((f"link set eth0 netns {LOOSE} name {client.socket.end}",), at=name)
        client.socket, client.address, client.lease = None, None, None

    def renew(self, name: str) -> None:
        """Ask for an address again, as a device does that found its network changed."""
        client, host = self.story.clients[name], AT_HOME[name]
        spaces.batch(("address flush dev eth0",), at=name)
        client.address, client.lease = None, None
        with spaces.inside(name):
            offer = dhcp.acquire(client.mac, name)
        if offer is None:
            return
        vlan = vlan_of(offer.address)
        if vlan is None:
            raise LabFailed(f"{name} was given {offer.address}, which is of no segment")
        lines = [f"address add {offer.address}/24 dev eth0", f"address add {host.six(vlan)}/64 dev eth0 nodad"]
        lines += [f"route replace default via {offer.router}", f"route replace default via fd00:{vlan}::1"]
        spaces.batch(lines, at=name)
        client.address, client.lease = offer.address, vlan

    # -- measuring ------------------------------------------------------------------------------------------------

    def measure(self, some: Iterable[Probe] | None = None, patience: float = probes.PATIENCE) -> Mapping[Probe, bool]:
        chosen = tuple(routes(self.story) if some is None else some)
        self.packets += len(chosen)
        return self._scout.submit(probes.measure, chosen, patience).result()

    def differences(self, some: Iterable[Probe] | None = None) -> tuple[Difference, ...]:
        found = self.measure(some)
        now = self.now()
        self.story.look(now)
        should = expected(self.story, now)
        return tuple(
            Difference(probe.client, probe.way, not is_open, self.why(probe.client))
            for probe, is_open in found.items()
            if should[probe.client, probe.way] is (not is_open)
        )

    def settle(self, after: str, seconds: float = SETTLED) -> float:
        """Measure until model and packets agree everywhere; how long it took. Raises Disagreement.

        What differed is looked at again and again; when it agrees everything is measured once more.
        """
        began = time.monotonic()
        found = self._all_that_differs()
        while found:
            if time.monotonic() - began > seconds:
                raise Disagreement(found, after)
            wrong = {(each.client, each.way) for each in found if isinstance(each, Difference)}
            self.renew_moved()
            some = [probe for probe in routes(self.story) if (probe.client, probe.way) in wrong]
            found = (self.differences(some) if some else ()) or self._all_that_differs()
        return time.monotonic() - began

    def _all_that_differs(self) -> Sequence[Difference | Misplaced]:
        return self.differences() or self.misplaced()

    def misplaced(self) -> tuple[Misplaced, ...]:
        """Where packets show no difference, as when nobody whom they could reach is there, the switches are asked."""
        now, found = self.now(), self.settings_of_switches()
        at = {name: client.socket for name, client in self.story.clients.items() if client.socket is not None}
        return tuple(
            Misplaced(name, socket, found.get(socket), self.why(name))
            for name, socket in at.items()
            if socket.switch not in self.story.dark and found.get(socket) != vlan_at(self.story, socket, now)
        )

    def renew_moved(self) -> None:
        """A device whose socket was moved to another segment asks for an address again, sooner or later."""
        now = self.now()
        self.story.look(now)
        for name, client in self.story.clients.items():
            if client.socket is not None and client.lease != vlan_at(self.story, client.socket, now):
                self.renew(name)

    def why(self, name: str) -> str:
        client = self.story.clients[name]
        now = self.now()
        stands = standing(in_force(self.story), client.mac, now)
        vlan = vlan_at(self.story, client.socket, now) if client.socket else None
        return f"{stands.why}; VLAN {vlan}, address {client.address}"

    def standing(self, name: str) -> Standing:
        return standing(in_force(self.story), self.story.clients[name].mac, self.now())
