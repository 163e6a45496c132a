"""What comes with the filter: protected and essential names, safe search, special-use names, bypasses, services.

Data, not code: `data/*.json`, each with its source and date, checked when first asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

from dns_filter import shipped_files as shape
from dns_filter.lists.parsed_list import Entries
from dns_filter.model import Name
from dns_filter.names import parents, to_wire

FileShape = TypeVar("FileShape", bound=shape.DataFile)
Class = Literal["essential", "platform", "education", "support", "choice"]

UNSWITCHED_SEARCH = "search:without-switch"
"""The pseudo-category of search engines that safe search cannot reach."""


@dataclass(frozen=True, slots=True)
class Protected:
    """One protected name. `exact`: that name alone; otherwise with everything below it."""

    name: Name
    exact: bool
    kind: Class
    reason: str
    source: str

    @property
    def category(self) -> str:
        return self.kind if self.kind == "essential" else f"protected:{self.kind}"

    def covers(self, name: Name) -> bool:
        return name == self.name if self.exact else self.name in parents(name)


@dataclass(frozen=True, slots=True)
class SpecialUse:
    """How a name that never leaves the school is answered, with everything below it, and by which RFC."""

    answer: Literal["loopback", "nxdomain", "nodata"]
    rfc: str


@dataclass(frozen=True, slots=True)
class Service:
    id: str
    name: str
    kind: str
    domains: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Bypass:
    name: Name
    reason: str


@dataclass(frozen=True, slots=True)
class ShippedList:
    """Shipped names in the shape of a list: what the domain table is built from besides the school's lists."""

    name: str
    version: str
    date: str
    categories: tuple[str, ...]
    entries: Entries


@cache
def _file(name: str, model: type[FileShape]) -> FileShape:
    return model.model_validate_json(_octets(name), strict=True)


@cache
def _octets(name: str) -> bytes:
    return files("dns_filter").joinpath("data", f"{name}.json").read_bytes()


def _version(name: str) -> str:
    return hashlib.sha256(_octets(name)).hexdigest()[:12]


@cache
def essential() -> tuple[Protected, ...]:
    """Names that only a mandatory block outranks, with accounts.google.com of every country."""
    national = tuple(
        f"accounts.google.{ending}" for ending in _file("safe_search", shape.SafeSearchFile).google.endings
    )
    twins = Protected(to_wire("accounts.google.com"), True, "essential", "Google sign-in, national host", "Google")
    return _protected("essential") + tuple(
        Protected(to_wire(name), True, "essential", twins.reason, twins.source) for name in national
    )


@cache
def protected() -> tuple[Protected, ...]:
    """Names above categories (and, but for class `choice`, above services). Essential names are not among them."""
    return _protected("protected")


def _protected(name: str) -> tuple[Protected, ...]:
    return tuple(
        Protected(to_wire(text), exact, group.class_, group.reason, group.source)
        for group in _file(name, shape.ProtectedFile).groups
        for exact, texts in ((True, group.exact), (False, group.suffix))
        for text in texts
    )


@cache
def by_name() -> Mapping[Name, tuple[Protected, ...]]:
    """Every essential and protected record, by its own name."""
    found: dict[Name, tuple[Protected, ...]] = {}
    for each in essential() + protected():
        found[each.name] = (*found.get(each.name, ()), each)
    return found


def covering(name: Name) -> tuple[Protected, ...]:
    """Every protected or essential record that this name falls under, the nearest first."""
    return tuple(each for top in parents(name) for each in by_name().get(top, ()) if each.covers(name))


@cache
def services() -> Mapping[str, Service]:
    """Services by id, each domain with everything below it."""
    return {
        each.id: Service(each.id, each.name, each.kind, tuple(map(to_wire, each.domains)))
        for each in _file("services", shape.ServicesFile).services
    }


@cache
def bypass() -> tuple[Bypass, ...]:
    """Public encrypted resolvers, VPN, proxies and relays, each with everything below it."""
    return tuple(
        Bypass(to_wire(name), group.reason)
        for group in _file("bypass", shape.BypassFile).groups
        for name in group.suffix
    )


@cache
def canaries() -> Mapping[Name, str]:
    """Exact names answered negatively for every type -> why."""
    return {to_wire(each.name): each.reason for each in _file("bypass", shape.BypassFile).canaries}


@cache
def special_use() -> Mapping[Name, SpecialUse]:
    return {
        to_wire(name): SpecialUse(group.answer, group.rfc)
        for group in _file("special_use", shape.SpecialUseFile).groups
        for name in group.names
    }


@cache
def safe_search(level: Literal["off", "moderate", "strict"]) -> Mapping[Name, Name]:
    """Exact name -> the name that answers for it, for every type."""
    if level == "off":
        return {}
    file = _file("safe_search", shape.SafeSearchFile)
    table = {to_wire(f"www.google.{ending}"): to_wire(file.google.target) for ending in file.google.endings}
    for engine in file.engines:
        target = to_wire(engine.strict if level == "strict" else engine.moderate)
        table.update(dict.fromkeys(map(to_wire, engine.names), target))
    return table


@cache
def engines_without_switch() -> tuple[Name, ...]:
    """Search engines that cannot be made safe by name, each with everything below it."""
    return tuple(map(to_wire, _file("safe_search", shape.SafeSearchFile).without_switch))


@cache
def shared_hosts() -> frozenset[Name]:
    """Apexes of delivery networks and shared hosts: never a list entry on purpose."""
    return frozenset(map(to_wire, _file("shared_hosts", shape.SharedHostsFile).apexes))


@cache
def shipped_lists() -> tuple[ShippedList, ...]:
    """The pseudo-categories of every table: essential, protected:*, bypass, service:*, search:without-switch."""
    kinds = sorted({each.category for each in protected()})
    return (
        _of_protected("essential", essential()),
        *(_of_protected("protected", (p for p in protected() if p.category == kind)) for kind in kinds),
        _whole("bypass", "bypass", (each.name for each in bypass())),
        _whole("safe_search", UNSWITCHED_SEARCH, engines_without_switch()),
        *(_whole("services", f"service:{each.id}", each.domains) for each in services().values()),
    )


def _of_protected(file: str, wanted: Iterable[Protected]) -> ShippedList:
    records = tuple(wanted)
    exact = frozenset(each.name for each in records if each.exact)
    whole = frozenset(each.name for each in records if not each.exact)
    return _shipped(file, records[0].category, Entries(whole=whole, exact=exact))


def _whole(file: str, category: str, names: Iterable[Name]) -> ShippedList:
    return _shipped(file, category, Entries(whole=frozenset(names)))


def _shipped(file: str, category: str, entries: Entries) -> ShippedList:
    date = _file(file, _SHAPES[file]).date.isoformat()
    return ShippedList(f"shipped/{category}", _version(file), date, (category,), entries)


_SHAPES: Mapping[str, type[shape.DataFile]] = {
    "essential": shape.ProtectedFile,
    "protected": shape.ProtectedFile,
    "bypass": shape.BypassFile,
    "safe_search": shape.SafeSearchFile,
    "services": shape.ServicesFile,
}
