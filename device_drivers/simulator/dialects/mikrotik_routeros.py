"""What a simulated RouterOS understands: exports, terse prints, and the sets that move ports and links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from device_drivers.simulator.machine import Answer
from device_drivers.simulator.routeros_firewall import Firewall
from device_drivers.simulator.site import DeviceSite, PortSite
from device_drivers.simulator.world import World

_PVID = re.compile(r'/interface bridge port set \[find interface="([^"]+)"(?: pvid=(\d+))?\] pvid=(\d+)$')
_LINK = re.compile(r'/interface (disable|enable) "?([^" ]+)"?$')
_DELAY = re.compile(r":delay \d+s$")
_PORT = "/interface bridge port add "
_ETHER = "/interface ethernet set "
_HEADER = "# 2026-11-23 09:00:00 by RouterOS 7.16\n# software id = SIMU-LATE\n#\n"


class RouterOs:
    """The machine of this dialect: lines as `export terse` prints them. It keeps what it is told at once."""

    def __init__(self, site: DeviceSite, world: World, clock: Callable[[], float]) -> None:
        self.site, self.world, self.clock = site, world, clock
        self.greeting = "  MikroTik RouterOS 7.16 (simulated)\n"
        self.lines = [line for line in site.running.splitlines() if not line.startswith("#")] or list(_first(site))
        self.firewall = Firewall(clock, _HEADER)
        world.ask_vlans_of(site.name, self.pvid)

    def login(self) -> RouterOsConversation:
        return RouterOsConversation(self)

    def reboot(self) -> None:
        """Every change is on the disk when its prompt comes back; only what has an end is forgotten."""
        self.firewall.reboot()

    def configuration(self) -> str:
        return "".join(f"{line}\n" for line in (*self.lines, *self.firewall.rules))

    def pvid(self, port: str) -> int:
        found = self._port_line(port)
        number = re.search(r" pvid=(\d+)", self.lines[found]) if found is not None else None
        return int(number[1]) if number else 1

    def set_pvid(self, port: str, was: str | None, becomes: str) -> Answer:
        """As `set [find …]` does: nothing found is nothing set, and nothing is said."""
        at = self._port_line(port)
        if not 1 <= int(becomes) <= 4094:
            return Answer("value of pvid out of range (1..4094)\n", status=1)
        if at is not None and (was is None or self.pvid(port) == int(was)):
            bare = re.sub(r" pvid=\d+", "", self.lines[at])
            self.lines[at] = bare if becomes == "1" else f"{bare} pvid={becomes}"
        return Answer()

    def switch(self, port: str, off: bool) -> Answer:
        if port not in self.sockets():
            return Answer("no such item\n", status=1)
        key = f"{_ETHER}[ find default-name={port} ]"
        self.lines = [line for line in self.lines if not line.startswith(key)]
        self.lines[:0] = [f"{key} disabled=yes"] if off else []
        return Answer()

    def sockets(self) -> tuple[str, ...]:
        return tuple(found[1] for line in self.lines if (found := re.search(rf"{_PORT}.*interface=(\S+)", line)))

    def links(self) -> str:
        return "".join(
            f"{at:2} {self._flags(port):<5}name={port} default-name={port} type=ether mtu=1500 link-downs=0\n"
            for at, port in enumerate(self.sockets())
        )

    def hosts(self) -> str:
        return "".join(
            f"{at:2} D   mac-address={plug.mac.upper()} vid={self.pvid(plug.port)} interface={plug.port}"
            f" bridge=bridge1 on-interface={plug.port}\n"
            for at, plug in enumerate(self.world.at(self.site.name))
        )

    def neighbours(self) -> str:
        caps = {"bridge": "bridge", "access-point": "bridge,wlan-ap", "phone": "bridge,telephone", "router": "router"}
        announced = [port for port in self.site.ports if port.neighbour]
        return "".join(
            f"{at:2} interface={port.name} mac-address=02:00:5E:00:00:{at:02X} identity=\"{port.neighbour.name}\" "
            f'platform="" version="" age=7s system-caps={caps[port.neighbour.kind]} '
            f"system-caps-enabled={caps[port.neighbour.kind]} discovered-by=lldp\n"
            for at, port in enumerate(announced)
            if port.neighbour
        )  # fmt: skip

    def arp(self) -> str:
        known = [plug for plug in self.world.at(self.site.name) if plug.address]
        return "".join(
            f"{at:2} DC address={plug.address} mac-address={plug.mac.upper()} interface=vlan{self.world.vlan(plug)}\n"
            for at, plug in enumerate(known)
        )

    def _port_line(self, port: str) -> int | None:
        wanted = re.compile(rf"{_PORT}.*interface={re.escape(port)}(?: |$)")
        return next((at for at, line in enumerate(self.lines) if wanted.match(line)), None)

    def _flags(self, port: str) -> str:
        if any(line == f"{_ETHER}[ find default-name={port} ] disabled=yes" for line in self.lines):
            return "XS"
        occupied = any(plug.port == port for plug in self.world.at(self.site.name))
        announced = any(each.name == port and each.neighbour for each in self.site.ports)
        return "RS" if occupied or announced else "S"


class RouterOsConversation:
    """One login. A line may hold several commands, with semicolons between them."""

    more = ""
    page = 0
    wants_key = False

    def __init__(self, machine: RouterOs) -> None:
        self.machine = machine
        self._prints: Mapping[str, Callable[[], str]] = {
            "/interface export terse": lambda: _HEADER + "".join(f"{line}\n" for line in machine.lines),
            "/interface print terse without-paging": machine.links,
            "/interface bridge host print terse without-paging": machine.hosts,
            "/ip neighbor print terse without-paging": machine.neighbours,
            "/ip arp print terse without-paging": machine.arp,
            "/ip dhcp-server lease print terse without-paging": lambda: "",
            "/system identity print": lambda: f"  name: {machine.site.name}\n",
        }

    def prompt(self) -> str:
        return f"[{self.machine.site.username}@{self.machine.site.name}] > "

    def obey(self, line: str) -> Answer:
        said = ""
        for command in filter(None, map(str.strip, line.split(";"))):
            answer = self._one(command)
            said += answer.text
            if answer.status or answer.closes:
                return Answer(said, answer.status, answer.closes)
        return Answer(said)

    def _one(self, command: str) -> Answer:
        if (said := self.machine.firewall.obey(command)) is not None:
            return Answer(said, status=1 if said.startswith("failure") else 0)
        if command in self.machine.site.said:
            return Answer(self.machine.site.said[command])
        if command in self._prints:
            return Answer(self._prints[command]())
        if told := _PVID.match(command):
            return self.machine.set_pvid(told[1], told[2], told[3])
        if told := _LINK.match(command):
            return self.machine.switch(told[2], told[1] == "disable")
        if command in ("quit", "/quit"):
            return Answer("interrupted\n", closes=True)
        if _DELAY.match(command):
            return Answer()  # nobody waits for a simulated link
        word = command.split(maxsplit=1)[0].strip("/")
        return Answer(f"bad command name {word} (line 1 column 1)\n", status=1)


def _first(site: DeviceSite) -> Iterator[str]:
    """A bridge of all ports, with the VLANs of the site; trunks are tagged in all of them."""
    for port in site.ports:
        if port.shutdown:
            yield f"{_ETHER}[ find default-name={port.name} ] disabled=yes"
    yield "/interface bridge add name=bridge1 vlan-filtering=yes"
    bundles: dict[int, list[str]] = {}
    for port in site.ports:
        if port.lag:
            bundles.setdefault(port.lag, []).append(port.name)
        if port.kind != "routed":
            yield _port_line(port)
    for number, members in bundles.items():
        yield f"/interface bonding add mode=802.3ad name=bond{number} slaves={','.join(members)}"
    trunks = ",".join(("bridge1", *(port.name for port in site.ports if port.kind == "trunk")))
    for vlan in site.vlans:
        yield f"/interface bridge vlan add bridge=bridge1 tagged={trunks} vlan-ids={vlan}"
    yield from site.config


def _port_line(port: PortSite) -> str:
    said = [f"{_PORT}bridge=bridge1", *([f'comment="{port.description}"'] if port.description else [])]
    said.append(f"interface={port.name}")
    return " ".join((*said, *([f"pvid={port.vlan}"] if port.vlan != 1 and port.kind != "trunk" else [])))


MACHINE = RouterOs
