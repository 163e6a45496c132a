"""A simulated IOS device: its configurations, and what it prints. Commands stand in its dialect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeGuard

from device_drivers.formats.ios_acl import port_word
from device_drivers.simulator import ios_show
from device_drivers.simulator.ios_config import Config, first_config, long_port
from device_drivers.simulator.ios_ports import Port, bundles, ports
from device_drivers.simulator.site import DeviceSite, PlugSite
from device_drivers.simulator.world import World

VERSION = "15.2(7)E"


class IosMemory:
    """Running and start-up configuration of one device in its world."""

    greeting = ""

    def __init__(self, site: DeviceSite, world: World, clock: Callable[[], float]) -> None:
        self.site, self.world, self.clock = site, world, clock
        self.running = first_config(site)
        self.startup = self.running.copy()
        self._before: tuple[float, Config] | None = None
        world.ask_vlans_of(site.name, self.access_vlan)

    def access_vlan(self, port: str) -> int:
        return int(self.running.value(f"interface {long_port(port)}", "switchport access vlan") or 1)

    @property
    def hostname(self) -> str:
        return next((line[9:] for line in self.running.top if line.startswith("hostname ")), self.site.name)

    def reboot(self) -> None:
        self.running, self._before = self.startup.copy(), None

    def save(self) -> None:
        self.startup = self.running.copy()

    @property
    def archives(self) -> bool:
        """Without an archive there is nothing that could be gone back to."""
        return "archive" in self.running.top

    def arm(self, seconds: float) -> None:
        """What is configured from now on is taken back unless it is kept in time."""
        self._before = (self.clock() + seconds, self.running.copy())

    def keep(self) -> bool:
        """Was something waiting to be confirmed?"""
        waiting, self._before = self._before is not None, None
        return waiting

    def take_back(self) -> bool:
        if self._before is None:
            return False
        self.running, self._before = self._before[1], None
        return True

    def tick(self) -> None:
        """Looks at the clock before every command: nothing here has a thread of its own."""
        if self._before is not None and self.clock() >= self._before[0]:
            self.take_back()

    def configuration(self) -> str:
        self.tick()
        return "\n".join(self.running.lines()) + "\n"

    def ports(self) -> tuple[Port, ...]:
        return ports(self.site, self.running, self.world.at(self.site.name))

    def show_status(self) -> str:
        return ios_show.status(self.ports())

    def show_switchport(self) -> str:
        return ios_show.switchport(self.ports(), self.running.vlans())

    def show_vlans(self) -> str:
        return ios_show.vlan_brief(self.ports(), self.running.vlans())

    def show_cdp(self) -> str:
        return ios_show.cdp(self.ports())

    def show_lldp(self) -> str:
        return ios_show.lldp(self.ports())

    def show_power(self) -> str:
        return ios_show.power_inline(self.ports())

    def show_bundles(self) -> str:
        return ios_show.bundle_summary(self.ports(), bundles(self.running))

    def show_spanning_tree(self) -> str:
        return ios_show.spanning_tree(self.ports())

    def show_table(self) -> str:
        return ios_show.mac_table(list(self._table()))

    def show_running(self) -> str:
        body = f"!\nversion {VERSION.partition('(')[0]}\n!\n" + self.configuration() + "end\n"
        return f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n{_numbered(body)}\n"

    def show_startup(self) -> str:
        body = "\n".join((*self.startup.lines(), "end"))
        return f"Using {len(body)} out of 65536 bytes\n!\n{_numbered(body)}\n"

    def show_section(self, interface: str) -> str:
        body = "\n".join(
            (f"interface {interface}", *(f" {r}" for r in self.running.sections[f"interface {interface}"]))
        )
        return f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n!\n{body}\nend\n\n"

    def show_access_lists(self) -> str:
        blocks = []
        for section, rows in self.running.sections.items():
            if section.startswith("ip access-list extended "):
                entries = [row for row in rows if not row.startswith("remark ")]
                numbered = [f"    {10 * at} {row}" for at, row in enumerate(entries, 1)]
                blocks.append("\n".join((f"Extended IP access list {section.split()[-1]}", *numbered)))
        return "\n".join(blocks) + "\n" if blocks else ""

    def show_version(self) -> str:
        return (
            f"Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version {VERSION}, RELEASE SOFTWARE (fc3)\n"
            "Simulated by Caretaker; not a Cisco device.\n\n"
            f"{self.hostname} uptime is {int(self.clock() // 60)} minutes\n"
        )

    def _table(self) -> Iterator[tuple[int, str, str]]:
        """What each port has learnt: its own devices, and through its trunks the devices of other switches."""
        own = {port.name: port for port in self.ports()}
        trunks = [port for port in own.values() if port.trunking]
        for plug in self.world.everything():
            if plug.switch == self.site.name:
                port = own.get(plug.port)
                if port and port.up and not port.routed:
                    yield port.access_vlan, plug.mac, port.name
            elif trunks:
                yield self.world.vlan(plug), plug.mac, self._way_to(plug, trunks)

    def _way_to(self, plug: PlugSite, trunks: list[Port]) -> str:
        towards = [port for port in trunks if port.neighbour and port.neighbour.name == plug.switch]
        bridges = [port for port in trunks if port.neighbour and port.neighbour.kind == "bridge"]
        port = (towards or bridges or trunks)[0]
        return f"Po{port.bundle}" if port.bundle else port.name


_ACE = re.compile(
    r"(permit|deny) (ip|tcp|udp|icmp) (any|host \S+|[\d.]+ [\d.]+) (any|host \S+|[\d.]+ [\d.]+)"
    r"(?: eq (\S+))?( established)?$"
)
_PREFIX = r"(any|host [0-9A-Fa-f:.]+|[0-9A-Fa-f:.]+/\d{1,3})"
_ACE_SIX = re.compile(rf"(permit|deny) (ipv6|tcp|udp|icmp) {_PREFIX} {_PREFIX}(?: eq (\S+))?( established)?$")


def written_ace(line: str) -> str | None:
    """An entry as IOS writes it down: names for ports, `host` for one address. None where it takes no such entry."""
    entry = _ACE.match(" ".join(line.split()).replace("0.0.0.0 255.255.255.255", "any"))
    if not _makes_sense(entry):
        return None
    places = [place.replace(" 0.0.0.0", "") if " 0.0.0.0" in place else place for place in entry.group(3, 4)]
    hosts = [f"host {place}" if place[0].isdigit() and " " not in place else place for place in places]
    return _spelled(entry, hosts)


def written_six(line: str) -> str | None:
    """The same of an IPv6 entry, which IOS prints in capitals."""
    entry = _ACE_SIX.match(" ".join(line.split()))
    if not _makes_sense(entry):
        return None
    return _spelled(entry, [re.sub(r"[0-9a-f:]+(?=[/0-9a-f:]*$)", _capitals, place) for place in entry.group(3, 4)])


def _capitals(found: re.Match[str]) -> str:
    return found[0].upper() if ":" in found[0] else found[0]


def _makes_sense(entry: re.Match[str] | None) -> TypeGuard[re.Match[str]]:
    if not entry or (entry[5] and entry[2] not in ("tcp", "udp")):
        return False
    return not entry[6] or entry[2] == "tcp"


def _spelled(entry: re.Match[str], places: Sequence[str]) -> str:
    port = entry[5] and (port_word(entry[2], int(entry[5])) if entry[5].isdigit() else entry[5])
    return " ".join((entry[1], entry[2], *places, *(("eq", port) if port else ()))) + (entry[6] or "")


def _numbered(body: str) -> str:
    """Entries of access lists carry sequence numbers, as on IOS-XE."""
    at, rows = 0, []
    for row in body.splitlines():
        at = at + 10 if row.startswith((" permit ", " deny ", " remark ")) else 0
        rows.append(f" {at}{row}" if at else row)
    return "\n".join(rows)
