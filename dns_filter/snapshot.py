"""One filter table together with one names table, compiled: all that a worker decides by, immutable.

A push makes a new snapshot and the worker's one reference is set to it; nothing is ever changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import inf

from dns_filter.model import Binding, FilterTable, Name, Standing
from dns_filter.names import spellings
from dns_filter.profiles import CompiledProfile, NameSource, Profiles
from dns_filter.seats import CompiledCohort, Seat
from dns_filter.servers import Server, parse_server
from dns_filter.shipped import canaries, special_use
from dns_filter.standby import standby

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Zone:
    """An internal zone of the school, and the resolvers that know it; none: its names do not exist."""

    apex: Name
    text: str
    servers: tuple[Server, ...]


class Snapshot:
    """`generation` differs between any two snapshots of one worker; what is remembered under another is void."""

    def __init__(
        self,
        table: FilterTable,
        names: NameSource | None,
        generation: int = 0,
        *,
        unavailable: str = "",
        designated: tuple[bytes, ...] = (),
    ) -> None:
        """`unavailable` says why nobody who is filtered may be let out at all; `designated` are the RDATAs of where
        the filter itself answers encrypted queries (RFC 9462), none where it does not.

        Raises ValueError where the table names something that is no name, address, network or profile.
        """
        self.table = table
        self.generation = generation
        self.designated = designated
        self.names_version = names.version if names else ""
        self.names: NameSource = names or standby()
        self.hosts = _hosts(table)
        self.zones = _zones(table)
        self.special = special_use()
        self.canaries = canaries()
        self.sinkholes = tuple(map(ip_address, table.sinkhole))
        self._sources = [ip_network(network, strict=False) for network in table.sources]
        self._bindings = {str(ip_address(key)): binding for key, binding in table.bindings.items()}
        self._bindings |= _by_device(self._bindings.values())
        self._profiles = Profiles(table, self.names, lists_missing=names is None, unavailable=unavailable)
        self._cohorts = {
            key: CompiledCohort(cohort, number, self._profiles.at, table.profiles)
            for number, (key, cohort) in enumerate(table.cohorts.items())
        }
        self._check_references()

    def _check_references(self) -> None:
        """What is missing must be found now, not at nine o'clock when the first lesson opens."""
        cohorts = {self.table.unknown, *(binding.cohort for binding in self._bindings.values())}
        if lost := cohorts - self._cohorts.keys():
            raise ValueError(f"no such cohort: {', '.join(sorted(lost))}")
        used = {
            name
            for cohort in self.table.cohorts.values()
            for name in (cohort.resting, *(g.profile for g in cohort.grants))
        }
        if lost := used - self.table.profiles.keys():
            raise ValueError(f"no such profile: {', '.join(sorted(lost))}")

    def profile(self, name: str, at: float = -inf) -> CompiledProfile:
        """With the rules that hold from `at` up to the end of the next one."""
        return self._profiles.at(name, at)

    def binding(self, client: str) -> Binding | None:
        """Of an address, or of a device's MAC."""
        return self._bindings.get(client)

    def seat(self, client: str, now: float) -> Seat:
        """Where this address sits now. An address nobody knows sits in the table's `unknown` cohort."""
        binding = self._bindings.get(client)
        return self._cohorts[binding.cohort if binding else self.table.unknown].seat(now)

    def standing(self, client: str, now: float) -> Standing:
        """The same as `model.standing`, from the compiled boundaries."""
        seat = self.seat(client, now)
        return Standing(seat.profile.source, seat.cohort, seat.grant, self._bindings.get(client), seat.until)

    def may_ask(self, client: str) -> bool:
        """Whether the address lies in one of the school's networks."""
        address = ip_address(client.partition("%")[0])
        return any(address in network for network in self._sources if network.version == address.version)


def _by_device(bindings: Iterable[Binding]) -> Mapping[str, Binding]:
    """MAC -> binding, for those whom a forwarder or a path names. A device that sits in two cohorts has none."""
    found: dict[str, Binding] = {}
    doubtful = {each.device for each in bindings if found.setdefault(each.device, each).cohort != each.cohort}
    return {device: binding for device, binding in found.items() if device not in doubtful}


def _zones(table: FilterTable) -> Mapping[Name, Zone]:
    return {
        name: Zone(name, text, tuple(map(parse_server, servers)))
        for text, servers in table.internal.items()
        for name in spellings(text)
    }


def _hosts(table: FilterTable) -> Mapping[Name, tuple[IPAddress, ...]]:
    return {
        name: tuple(map(ip_address, addresses)) for text, addresses in table.hosts.items() for name in spellings(text)
    }
