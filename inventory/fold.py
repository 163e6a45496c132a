"""Sightings into facts: who is new, who moved, who has another address. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from inventory.model import AlsoAt, Device, Inventory, Mac, News, NewsKind, Sighting, Whereabouts

KIND_OF_STRANGERS = "unknown"
LONGEST_NAME = 63
REFRESH = timedelta(minutes=1)
"""How exact `last_seen` is kept where nothing else changes: a quiet network must not write all day."""
LEFT = timedelta(minutes=10)
"""Whoever was not seen for so long has left its address to the one that is seen with it now."""
MOST_OTHERS = 8
"""Further addresses of one device; one that makes up more than that loses the oldest."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The inventory after a batch, and what of it is new: `moved` holds every changed whereabouts."""

    inventory: Inventory
    news: tuple[News, ...] = ()
    devices: tuple[Device, ...] = ()
    moved: tuple[Whereabouts, ...] = ()


@dataclass(slots=True)
class _Working:
    """The tables while a batch is folded in; nobody else sees them."""

    devices: dict[Mac, Device]
    places: dict[Mac, Whereabouts]
    holders: dict[str, set[Mac]] = field(default_factory=lambda: defaultdict(set))
    news: list[News] = field(default_factory=list)
    new: list[Mac] = field(default_factory=list)
    touched: dict[Mac, None] = field(default_factory=dict)


def fold(inventory: Inventory, sightings: Iterable[Sighting], now: datetime) -> Folded:
    """Fold a batch in, oldest first, however it is ordered.

    The caller leaves out what was seen behind uplinks: there every device of the school seems to sit.
    A sighting from the future counts as of `now`; what is older than what is known of the same place or address
    changes neither.
    """
    sightings = tuple(sightings)
    work = _Working(dict(inventory.devices), dict(inventory.whereabouts))
    told = {sighting.address for sighting in sightings if sighting.address}
    for where in work.places.values() if told else ():
        # Only who holds what is told now matters: a switch tells no address, and it is read every few seconds.
        if where.address in told:
            work.holders[where.address].add(where.mac)
        for other in where.also:
            if other.address in told:
                work.holders[other.address].add(where.mac)
    for sighting in sorted(sightings, key=lambda one: one.at):
        _see(work, replace(sighting, at=min(sighting.at, now), hostname=clean_name(sighting.hostname or "") or None))
    if not work.touched:
        return Folded(inventory)
    folded = replace(inventory, devices=MappingProxyType(work.devices), whereabouts=MappingProxyType(work.places))
    new = tuple(work.devices[mac] for mac in work.new)
    return Folded(folded, tuple(work.news), new, tuple(work.places[mac] for mac in work.touched))


def clean_name(text: str) -> str:
    """A host name as a person may read it: letters, digits, blanks and `.-_'`, at most 63 characters.

    What a device says of itself is hostile: no markup, no formula, no control or writing-direction character.
    """
    kept = (c if c.isalnum() or c in ".-_'" else " " for c in unicodedata.normalize("NFKC", text[:500]))
    return " ".join("".join(kept).split()).lstrip(".-_' ")[:LONGEST_NAME].strip()


def name_of_stranger(mac: Mac, hostname: str | None) -> str:
    return hostname or f"device {mac}"


def _see(work: _Working, seen: Sighting) -> None:
    known = work.places.get(seen.mac)
    registered = seen.mac in work.devices
    if not registered:
        _welcome(work, seen)
    if known is not None:
        _follow(work, known, seen)
    else:
        first = _first(seen)
        _settle(work, first)
        if registered:  # a stranger's coming is news enough
            _tell(work, None, first, seen.at)
    if seen.address:
        _give_up_address(work, seen.address, seen)


def _first(seen: Sighting) -> Whereabouts:
    return Whereabouts(
        seen.mac,
        seen.at,
        seen.port,
        seen.vlan,
        seen.address,
        seen.hostname,
        port_seen=seen.at if seen.port else None,
        address_seen=seen.at if seen.address else None,
    )


def _welcome(work: _Working, seen: Sighting) -> None:
    name = name_of_stranger(seen.mac, seen.hostname)
    work.devices[seen.mac] = Device(seen.mac, name, KIND_OF_STRANGERS, first_seen=seen.at)
    work.new.append(seen.mac)
    place = f" at {seen.port}" if seen.port else ""
    work.news.append(News(NewsKind.NEW_DEVICE, seen.mac, seen.at, f"{name} was seen for the first time{place}"))


def _follow(work: _Working, known: Whereabouts, seen: Sighting) -> None:
    """A source says only what it can see, and what it leaves out stays as it was.

    Two sources that are read at the same time arrive in any order: each part is taken unless it is older than what
    is known of that very part.
    """
    merged = _merged(known, seen)
    quiet = replace(
        merged,
        last_seen=known.last_seen,
        port_seen=known.port_seen,
        address_seen=known.address_seen,
        also=known.also if merged.addresses == known.addresses else merged.also,
    )
    if quiet == known and not _stale(known, merged):
        return
    _settle(work, merged)
    _tell(work, known, merged, seen.at)


def _stale(known: Whereabouts, merged: Whereabouts) -> bool:
    """Each source for itself: a gateway that speaks every second must not keep what the switch says from being kept."""
    moments = (
        (known.last_seen, merged.last_seen),
        (known.port_seen, merged.port_seen),
        (known.address_seen, merged.address_seen),
        *zip((other.at for other in known.also), (other.at for other in merged.also), strict=False),
    )
    return any(now is not None and (before is None or now - before >= REFRESH) for before, now in moments)


def _tell(work: _Working, known: Whereabouts | None, now_at: Whereabouts, at: datetime) -> None:
    name, port, address = work.devices[now_at.mac].name, now_at.port, now_at.address
    if port != (known.port if known else None):
        text = f"{name} is at {port}" + (f", was at {known.port}" if known and known.port else "")
        work.news.append(News(NewsKind.MOVED, now_at.mac, at, text))
    if address != (known.address if known else None):
        work.news.append(News(NewsKind.ADDRESS, now_at.mac, at, f"{name} has the address {address}"))
    before = known.addresses if known else ()
    for other in now_at.also:
        # Without news nobody would wake up, and the filter would take it for a stranger's until the next lesson.
        if other.address not in before:
            work.news.append(News(NewsKind.ADDRESS, now_at.mac, at, f"{name} has the address {other.address} as well"))


def _merged(known: Whereabouts, seen: Sighting) -> Whereabouts:
    newer = seen.at >= known.last_seen
    place = seen.port is not None and _not_older(seen, known.port_seen)
    address, address_seen, also = _addresses(known, seen)
    # A VLAN belongs to its port: it is not carried over to another one.
    vlan = None if place and seen.port != known.port else known.vlan
    if seen.vlan is not None and (place or (newer and seen.port is None)):
        vlan = seen.vlan
    return Whereabouts(
        known.mac,
        max(seen.at, known.last_seen),
        seen.port if place else known.port,
        vlan,
        address,
        (seen.hostname or known.hostname) if newer else (known.hostname or seen.hostname),
        port_seen=seen.at if place else known.port_seen,
        address_seen=address_seen,
        also=also,
    )


def _addresses(known: Whereabouts, seen: Sighting) -> tuple[str | None, datetime | None, tuple[AlsoAt, ...]]:
    """The address it goes by, when that was seen, and the others.

    A new one of IPv4 is the one it goes by from now on, one of IPv6 only where it has none of IPv4: a device has both
    at once, and what is told in any order every few seconds must not make it change back and forth.
    """
    told, main, main_seen = seen.address, known.address, known.address_seen
    if told is None or (told == main and not _not_older(seen, main_seen)):
        return main, main_seen, known.also
    others = {other.address: other.at for other in known.also}
    if main is None or main_seen is None or told == main:
        others.pop(told, None)
        return told, seen.at, _kept(others, seen.at)
    if told in others or not (seen.at >= main_seen and (":" in main or ":" not in told)):
        others[told] = max(seen.at, others.get(told, seen.at))
        return main, main_seen, _kept(others, seen.at)
    return told, seen.at, _kept({**others, main: main_seen}, seen.at)


def _kept(others: Mapping[str, datetime], now: datetime) -> tuple[AlsoAt, ...]:
    """In the order of their text, so that the same ones are the same value; the stale ones and the oldest go."""
    fresh = sorted(((at, address) for address, at in others.items() if now - at < LEFT), reverse=True)
    return tuple(sorted(AlsoAt(address, at) for at, address in fresh[:MOST_OTHERS]))


def _not_older(seen: Sighting, told: datetime | None) -> bool:
    return told is None or seen.at >= told


def _settle(work: _Working, where: Whereabouts) -> None:
    before = work.places.get(where.mac)
    for address in before.addresses if before else ():
        work.holders[address].discard(where.mac)
    for address in where.addresses:
        work.holders[address].add(where.mac)
    work.places[where.mac] = where
    work.touched[where.mac] = None


def _give_up_address(work: _Working, address: str, seen: Sighting) -> None:
    """Two devices with one address: who has left gives it up; where both are here, both keep it, for all to see."""
    for mac in sorted(work.holders[address] - {seen.mac}):
        place = work.places[mac]
        if _has_left(place, address, seen.at):
            also = tuple(other for other in place.also if other.address != address)
            _settle(work, replace(place, also=also, address=None if place.address == address else place.address))
            text = f"{work.devices[mac].name} has left the address {address}"
            work.news.append(News(NewsKind.ADDRESS, mac, seen.at, text))


def _has_left(place: Whereabouts, address: str, at: datetime) -> bool:
    if place.address == address:
        return at - place.last_seen >= LEFT
    # Of IPv4 it has one at a time: another one is of the past, and its next holder need not wait.
    return ":" not in address or any(at - other.at >= LEFT for other in place.also if other.address == address)


def holders(whereabouts: Mapping[Mac, Whereabouts]) -> Mapping[str, tuple[Mac, ...]]:
    """Address -> every device last seen with it. More than one: somebody borrows an address, the stricter counts."""
    found: dict[str, tuple[Mac, ...]] = {}
    shared: dict[str, list[Mac]] = defaultdict(list)
    for where in whereabouts.values():
        for address in where.addresses:
            if found.setdefault(address, (where.mac,))[0] != where.mac:
                shared[address].append(where.mac)
    return found | {address: tuple(sorted((*found[address], *macs))) for address, macs in shared.items()}
