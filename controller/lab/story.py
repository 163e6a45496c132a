"""What has happened in the virtual school so far, as whoever does it knows it: what the model is told. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from controller.lab.plan import HOSTS, Layout, Socket

STILL_HERE = 15 * 60.0
"""Seconds: whoever was seen so shortly before the latest at the same socket counts as being there still."""


class Opening(StrEnum):
    LESSON = "lesson"
    EXAM = "exam"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Window:
    """Of one year group, in seconds of the lab's clock."""

    group: str
    kind: Opening
    opens: float
    closes: float

    def covers(self, now: float) -> bool:
        return self.opens <= now < self.closes


@dataclass(slots=True)
class Client:
    """Where one device is. `lease` is the VLAN in which it got its address; `mac` is what it shows, borrowed or not."""

    mac: str
    socket: Socket | None = None
    address: str | None = None
    lease: int | None = None
    behind: str | None = None
    """The client whose network it shares: to everybody else its packets are that one's."""


@dataclass(slots=True)
class Said:
    """What persons have said of devices and people, and what stands of it while no controller runs."""

    registered: set[str] = field(default_factory=lambda: {host.mac for host in HOSTS if host.registered})
    staffed: set[str] = field(default_factory=set)
    """Registered for staff, whatever they were before."""
    held: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)
    unfit: set[str] = field(default_factory=set)
    """MACs; unfit: of a kind that has to be scanned, and not scanned, or not clean when it was."""
    windows: list[Window] = field(default_factory=list)
    emergency: bool = False
    sanctions: dict[str, float] = field(default_factory=dict)
    """MAC -> its end."""
    unsigned: set[str] = field(default_factory=set)
    declined: set[str] = field(default_factory=set)
    """Persons."""

    def copy(self) -> Said:
        return Said(
            set(self.registered), set(self.staffed), set(self.held), set(self.barred), set(self.unfit),
            list(self.windows), self.emergency, dict(self.sanctions), set(self.unsigned), set(self.declined),
        )  # fmt: skip


@dataclass(slots=True)
class Story:
    layout: Layout
    clients: dict[str, Client] = field(default_factory=lambda: {host.name: Client(host.mac) for host in HOSTS})
    said: Said = field(default_factory=Said)
    in_force: Said | None = None
    """What was said when the last controller died; None while one runs."""
    seen: dict[Socket, dict[str, float]] = field(default_factory=dict)
    """Socket -> MAC -> when it was last there."""
    vlans: dict[Socket, int] = field(default_factory=dict)
    """What sockets were set to when the controller died or lost their switch; they stay so."""
    dark: set[str] = field(default_factory=set)
    """Switches without power."""
    apart: set[str] = field(default_factory=set)
    """Switches that the controller cannot speak to."""
    feeds: set[str] = field(default_factory=lambda: {"wan", "wan2"})

    def at(self, socket: Socket) -> Iterator[Client]:
        return (client for client in self.clients.values() if client.socket == socket)

    def look(self, now: float) -> None:
        """Whoever is plugged in now was seen now."""
        for client in self.clients.values():
            if client.socket is not None:
                for socket, there in self.seen.items():
                    if socket != client.socket:
                        there.pop(client.mac, None)  # a device is at one place: the last at which it was seen
                self.seen.setdefault(client.socket, {})[client.mac] = now

    def behind(self, socket: Socket) -> frozenset[str]:
        """The MACs that count for this socket: the latest, and who was there shortly before."""
        found = self.seen.get(socket, {})
        latest = max(found.values(), default=0.0)
        return frozenset(mac for mac, at in found.items() if latest - at <= STILL_HERE)
