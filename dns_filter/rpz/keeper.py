"""The zones of every profile and cohort, in step with the published table, the lists and the bell. ●"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import inf
from pathlib import Path

from dns_filter.clock import Clock
from dns_filter.keeper import Keeper
from dns_filter.model import FilterProfile, Name, active_grant, next_flip
from dns_filter.names import to_text, to_wire
from dns_filter.rpz.edition import Edition, History, Soa
from dns_filter.rpz.names import NamesMissing, listings
from dns_filter.rpz.reply import Zone
from dns_filter.rpz.serials import Serials
from dns_filter.rpz.zone import LONGEST_ORIGIN, Body, Listing, zone_body
from dns_filter.snapshot import Snapshot

log = logging.getLogger(__name__)
_SHORTEST, _LONGEST = 10, 900
"""Seconds that a zone which a lesson opened is kept without word from here. Long ones shrink as the lesson goes on."""
_RENEWAL, _RETRY = 5.0, 2.0


@dataclass(frozen=True, slots=True)
class ZoneSettings:
    """`complete`: zones let through in so many words what they do not block, and run out with their lesson."""

    table: Path
    names: Path
    serials: Path
    origin: str = "rpz.invalid"
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Seating:
    """Which profile a zone shows now, until when that is certain, and when what was opened ends."""

    profile: str
    until: float = inf
    ends: float = inf


class ZoneKeeper:
    """`refresh` reads, compiles and keeps; it may run in a thread. `zones` is replaced whole, never changed."""

    def __init__(self, settings: ZoneSettings, clock: Clock) -> None:
        """Raises ValueError where the origin is no name, OSError where the serials cannot be read."""
        to_wire(settings.origin)
        self.settings, self._clock = settings, clock
        self._keeper = Keeper(settings.table, settings.names, clock)
        self._serials = Serials(settings.serials)
        self._snapshot: Snapshot | None = None
        self._listings: tuple[Listing, ...] = ()
        self._of_version: str | None = None
        self._bodies: dict[str, Body] = {}
        self._due = -inf
        self._told = ""
        self.zones: Mapping[Name, Zone] = {}

    def refresh(self) -> Sequence[Name]:
        """The zones that changed. Raises OSError where a new serial cannot be kept; then nothing is published."""
        now = self._clock()
        table, names = self._keeper.look()
        if (table or names) and (newer := self._keeper.load(table, names)) is not None:
            self._snapshot, self._due = newer, -inf
        if now < self._due or self._snapshot is None:
            return ()
        self._due = now + _RETRY  # where nothing comes of it
        try:
            self._read_names(self._snapshot)
        except (NamesMissing, OSError) as error:
            self._tell(f"the zones stay as they were: {error}")
            return ()
        return self._publish(self._snapshot, now)

    def _read_names(self, snapshot: Snapshot) -> None:
        if self._of_version != snapshot.names_version:
            self._listings = listings(snapshot.names, self.settings.names)
            self._of_version = snapshot.names_version
            self._bodies.clear()

    def _publish(self, snapshot: Snapshot, now: float) -> Sequence[Name]:
        seatings = dict(_seatings(snapshot, self.settings.origin, now))
        bodies = self._compiled(snapshot, {each.profile for each in seatings.values()}, now)
        fresh = {zone: self._zone(zone, bodies[each.profile], each.ends, now) for zone, each in seatings.items()}
        self._serials.keep()
        before, self.zones = self.zones, fresh
        renewal = now + _RENEWAL if self.settings.complete else inf
        self._due = min((renewal, *(each.until for each in seatings.values())))
        self._told = ""
        return [zone for zone, now_ in fresh.items() if _serial(before.get(zone)) != _serial(now_)]

    def _compiled(self, snapshot: Snapshot, profiles: set[str], now: float) -> Mapping[str, Body]:
        """Profile -> its body; compiled only where something that a zone depends on changed."""
        keys = {name: _key(snapshot, name, self.settings.complete, now) for name in sorted(profiles)}
        self._bodies = {key: body for key, body in self._bodies.items() if key in keys.values()}
        for name, key in keys.items():
            if key not in self._bodies:
                complete = self.settings.complete
                self._bodies[key] = zone_body(snapshot, name, self._listings, complete=complete, now=now)
        return {name: self._bodies[key] for name, key in keys.items()}

    def _zone(self, zone: Name, body: Body, ends: float, now: float) -> Zone:
        ends = ends if self.settings.complete else inf
        before = self.zones.get(zone)
        if before is not None and before.history.current.body is body and _holds(before, ends - now):
            return Zone(before.history, ends)
        soa = _soa(ends - now)
        serial = self._serials.serial(to_text(zone), f"{body.digest} {soa.expire}", now)
        if before is not None and before.history.current.serial == serial:
            return Zone(before.history, ends)
        edition = Edition(serial, body, soa)
        return Zone(before.history.followed_by(edition) if before else History(edition), ends)

    def _tell(self, what: str) -> None:
        if what != self._told:
            self._told = what
            log.error("%s", what)


def _soa(left: float) -> Soa:
    """`left`: seconds of the lesson that opened the zone. A subscriber counts from its last word from here, so that
    an open zone outlives a dead server by no more than was left of the lesson then, and by a quarter of an hour."""
    if left == inf:
        return Soa()
    return Soa(refresh=_SHORTEST // 2, retry=2, expire=int(min(max(_SHORTEST, left), _LONGEST)))


def _holds(zone: Zone, left: float) -> bool:
    """Whether what subscribers were told about keeping the zone is still near enough."""
    told, wanted = zone.history.current.soa.expire, _soa(left).expire
    return wanted / 2 <= told <= wanted * 2


def loaded(table: Path, names: Path, clock: Clock) -> Snapshot:
    """What is published now. Without a table: what holds then."""
    snapshot = Keeper(table, names, clock).load(table=True, names=True)
    assert snapshot is not None  # the first always stands, if only on no table at all
    return snapshot


def drawn(snapshot: Snapshot, names: Path, profile: str, *, complete: bool, now: float) -> Edition:
    """One profile's zone, not published. Raises NamesMissing, OSError."""
    body = zone_body(snapshot, profile, listings(snapshot.names, names), complete=complete, now=now)
    return Edition(int(now), body)


def zone_names(snapshot: Snapshot, origin: str) -> Mapping[tuple[str, str], Name]:
    """(profile or cohort, its name) -> its zone. Raises ValueError where the origin is no name."""
    parts = [("profile", each) for each in snapshot.table.profiles] + [("cohort", e) for e in snapshot.table.cohorts]
    named = {part: zone_name(*part, to_wire(origin)) for part in parts}
    return {part: zone for part, zone in named.items() if zone is not None}


def _seatings(snapshot: Snapshot, origin: str, now: float) -> Iterator[tuple[Name, Seating]]:
    for (kind, name), zone in zone_names(snapshot, origin).items():
        profiles = snapshot.table.profiles
        if kind == "profile":
            yield zone, Seating(name, _rule_end(profiles[name], now), _rule_end(profiles[name], now, allow=True))
            continue
        cohort = snapshot.table.cohorts[name]
        grant = active_grant(cohort, now)
        until = next_flip(cohort, now, profiles)
        profile = grant.profile if grant else cohort.resting
        # What is shut may be kept for ever; only what a grant or a rule opened must be let go.
        yield zone, Seating(profile, until, until if grant else _rule_end(profiles[profile], now, allow=True))


def _rule_end(profile: FilterProfile, now: float, *, allow: bool = False) -> float:
    """When the next of its rules ends, or the next that allows something."""
    ends = (rule.until for rule in profile.rules if rule.until is not None and (rule.allow or not allow))
    return min((end for end in ends if end > now), default=inf)


def zone_name(kind: str, name: str, origin: Name) -> Name | None:
    """`year-5.cohort.rpz.invalid`; None where the name is too long or no name."""
    try:
        zone = to_wire(f"{name}.{kind}")[:-1] + origin
    except ValueError:
        return None
    return Name(zone) if len(zone) <= LONGEST_ORIGIN else None


def _key(snapshot: Snapshot, profile: str, complete: bool, now: float) -> str:
    """What a zone's body depends on."""
    table, compiled = snapshot.table, snapshot.profile(profile, now)
    parts = (
        compiled.source.model_dump_json(exclude={"reasons", "name", "access_level", "state_reason"}),
        repr((table.mandatory, table.sinkhole, table.hosts, table.internal, snapshot.names_version)),
        repr((compiled.unavailable, complete)),
    )
    return sha256("\n".join(parts).encode()).hexdigest()


def _serial(zone: Zone | None) -> int | None:
    return zone.history.current.serial if zone else None
