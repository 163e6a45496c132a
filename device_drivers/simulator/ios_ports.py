"""The ports of a simulated IOS device as they are now: configuration, and what the world has plugged in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from device_drivers.simulator.ios_config import Config, long_port, short_port
from device_drivers.simulator.site import DeviceSite, NeighbourSite, PlugSite


@dataclass(frozen=True, slots=True)
class Port:
    """`wanted` is the administrative mode as `show interfaces switchport` prints it; empty for a routed port."""

    name: str
    long: str
    description: str
    wanted: str
    access_vlan: int
    voice_vlan: int | None
    bundle: int | None
    shut: bool
    neighbour: NeighbourSite | None
    occupied: bool
    powers: bool = False

    @property
    def up(self) -> bool:
        return not self.shut and (self.occupied or self.neighbour is not None)

    @property
    def routed(self) -> bool:
        return not self.wanted

    @property
    def trunking(self) -> bool:
        """Is it a trunk now? A dynamic port becomes one with a bridge behind it."""
        asked = self.neighbour is not None and self.neighbour.kind == "bridge"
        return self.up and (self.wanted == "trunk" or (self.wanted.startswith("dynamic") and asked))


def ports(site: DeviceSite, config: Config, plugs: Iterable[PlugSite]) -> tuple[Port, ...]:
    """Every port that can carry a cable, in the order of the site."""
    taken = {plug.port for plug in plugs}
    neighbours = {port.name: port.neighbour for port in site.ports}
    powers = {port.name for port in site.ports if port.powers}
    found = (_port(config, name, neighbours[name], name in taken) for name in neighbours)
    return tuple(replace(port, powers=name in powers) for name, port in zip(neighbours, found, strict=True))


def bundles(config: Config) -> tuple[int, ...]:
    prefix = "interface Port-channel"
    return tuple(sorted(int(name[len(prefix) :]) for name in config.sections if name.startswith(prefix)))


def _port(config: Config, name: str, neighbour: NeighbourSite | None, occupied: bool) -> Port:
    long = long_port(name)
    section = f"interface {long}"
    group = (config.value(section, "channel-group") or "").split()
    voice = config.value(section, "switchport voice vlan")
    mode = config.value(section, "switchport mode") or "dynamic auto"
    return Port(
        name=short_port(long),
        long=long,
        description=config.value(section, "description") or "",
        wanted="" if config.value(section, "no switchport") is not None else _mode_words(mode),
        access_vlan=int(config.value(section, "switchport access vlan") or 1),
        voice_vlan=int(voice) if voice else None,
        bundle=int(group[0]) if group else None,
        shut=config.value(section, "shutdown") is not None,
        neighbour=neighbour,
        occupied=occupied,
    )


def _mode_words(mode: str) -> str:
    return "static access" if mode == "access" else mode
