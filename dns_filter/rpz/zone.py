"""A filter profile as a response policy zone: for every name the verdict that the filter itself would give.

A resolver takes the longest match of a zone, the filter the first of its steps. So the steps are asked here, at every
name where the verdict can change, and only what came out is written down: an entry that an earlier step overrules
never reaches the zone. Between two such names everything is decided alike, because the steps look at nothing but
which listed names a name is or lies below.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from math import inf

from dns_filter import steps
from dns_filter.lists.parsed_list import Entries
from dns_filter.model import Name
from dns_filter.names import ROOT
from dns_filter.profiles import CompiledProfile
from dns_filter.rpz.records import NOTHING, PASS, Told, tails, told
from dns_filter.rules import read_pattern
from dns_filter.snapshot import Snapshot

LONGEST_ORIGIN = 80
"""Octets of a zone's own name; what is left of 255 is for the names in it."""
_LONGEST = 255 - LONGEST_ORIGIN - 2
_STAR = b"\x01*"


@dataclass(frozen=True, slots=True)
class Listing:
    """The names behind one list of the names table."""

    categories: tuple[str, ...]
    blocks: Entries
    exceptions: Entries = field(default_factory=Entries)


@dataclass(frozen=True, slots=True)
class Body:
    """The records of a zone but for SOA and NS, sorted. Owners end in a pointer to octet 12 of the message, so that
    one body serves every zone of the same content."""

    octets: bytes
    lengths: array[int]
    left_out: int = 0
    """Names too long to stand in a zone."""

    @property
    def digest(self) -> str:
        return sha256(self.octets).hexdigest()

    def records(self) -> Iterator[bytes]:
        at = 0
        for length in self.lengths:
            yield self.octets[at : at + length]
            at += length


def body(records: Iterable[bytes], left_out: int = 0) -> Body:
    ordered = sorted(records)
    return Body(b"".join(ordered), array("H", map(len, ordered)), left_out)


def zone_body(
    snapshot: Snapshot, profile: str, listings: Sequence[Listing], *, complete: bool = False, now: float = -inf
) -> Body:
    """The zone of a profile as it holds `now`. `listings` hold the names of every list of `snapshot.names`.

    `complete`: the zone lets through in so many words what it does not block, so that a zone after it can close
    everything when this one is missing or has run out.
    """
    drawing = _Drawing(snapshot, snapshot.profile(profile, now), complete=complete)
    source = drawing.profile.source
    wanted = {*snapshot.table.mandatory, *source.block, *source.withdrawn, *source.silenced}
    bulk: frozenset[Name] = frozenset().union(*(e.blocks.whole for e in listings if wanted.intersection(e.categories)))
    corners = _corners(snapshot, drawing.profile, listings, wanted)
    drawing.plain, near = _split(bulk, corners)
    for name in chain(corners, near):
        drawing.ask(name)
    records = list(chain(drawing.plain_records(), drawing.asked_records()))
    return body(records, drawing.left_out)


def _corners(
    snapshot: Snapshot, profile: CompiledProfile, listings: Sequence[Listing], wanted: set[str]
) -> frozenset[Name]:
    """Every name at or below which some step could say something, but for those that are only on a blocked list."""
    source = profile.source
    patterns = [rule.name for rule in source.rules] + list(source.focus or ())
    found: set[Name] = {name for text in patterns for name in read_pattern(text)[1]}
    found.update(snapshot.hosts, snapshot.zones, snapshot.special, snapshot.canaries, profile.rewrites)
    for each in listings:
        if _has_a_say(each.categories):
            found |= each.blocks.names | each.exceptions.names
        elif wanted.intersection(each.categories):
            found |= each.blocks.exact | each.blocks.below | each.exceptions.names
    return frozenset(found)


def _has_a_say(categories: Iterable[str]) -> bool:
    return any(":" in each or each in ("essential", "bypass") for each in categories)


def _split(bulk: frozenset[Name], corners: frozenset[Name]) -> tuple[frozenset[Name], list[Name]]:
    """Listed names that are blocked with all below them, whatever else there is; and those that a corner may reach.

    What lies below a listed name is left out. This runs over millions of names.
    """
    plain: list[Name] = []
    near: list[Name] = []
    for name in bulk:
        if name in corners:
            continue
        at, alone = 1 + name[0], True
        while length := name[at]:
            above = name[at:]
            if above in corners:
                near.append(name)
                alone = False
                break
            alone = alone and above not in bulk
            at += 1 + length
        if alone:
            plain.append(name)
    return frozenset(plain), near


@dataclass(slots=True)
class _Drawing:
    """One zone in the making."""

    snapshot: Snapshot
    profile: CompiledProfile
    complete: bool
    plain: frozenset[Name] = frozenset()
    said: dict[Name, tuple[Told, Told]] = field(default_factory=dict)
    """Name -> what is said of it, and of everything below it."""
    left_out: int = 0
    _root: Told = NOTHING
    _listed: Told = NOTHING

    def __post_init__(self) -> None:
        self._root = self._told(Name(_STAR + ROOT))

    def ask(self, name: Name) -> None:
        if name != ROOT:
            self.said[name] = (self._told(name), self._told(Name(_STAR + name)))

    def _told(self, name: Name) -> Told:
        verdict = steps.first_verdict(steps.ask(name, self.profile, self.snapshot))
        return told(verdict, self.profile, self.snapshot)

    def plain_records(self) -> Iterator[bytes]:
        """Two records for each name that is only listed; none where everything is blocked alike anyway."""
        first = next(iter(self.plain), None)
        self._listed = self._told(first) if first else NOTHING
        if first is None or self._listed == self._root:
            self.plain = frozenset()
            return
        for name in self.plain:
            if len(name) > _LONGEST:
                self.left_out += 1
                continue
            owner = name[:-1]
            for tail in tails(self._listed):
                yield owner + tail
                yield _STAR + owner + tail

    def asked_records(self) -> Iterator[bytes]:
        """The names where the verdict changes, with every name above them: in some resolvers a name that merely has
        others below it hides the wildcard above it (RFC 4592 §2.2)."""
        if self._root or self.complete:
            yield from (_STAR + tail for tail in tails(self._root or PASS))
        nodes: set[Name] = set()
        for name, (at, below) in self.said.items():
            inherited = self._below(name, 1 + name[0])
            if at != inherited or below != inherited:
                nodes.add(name)
                nodes.update(_above(name))
        if self.complete:
            nodes.update(above for name in self.plain for above in _above(name))
        for name in nodes - self.plain:
            yield from self._node(name)

    def _node(self, name: Name) -> Iterator[bytes]:
        if len(name) > _LONGEST:
            self.left_out += 1
            return
        inherited = self._below(name, 1 + name[0])
        at, below = self.said.get(name, (inherited, inherited))
        covered = self.complete or self._covered(name)
        owner = name[:-1]
        yield from (owner + tail for tail in tails(at or (PASS if covered else NOTHING)))
        yield from (_STAR + owner + tail for tail in tails(below or (PASS if covered else NOTHING)))

    def _below(self, name: Name, start: int) -> Told:
        """What holds for everything below the nearest name above that anything is said of."""
        at = start
        while length := name[at]:
            above = Name(name[at:])
            if above in self.said:
                return self.said[above][1]
            if above in self.plain:
                return self._listed
            at += 1 + length
        return self._root

    def _covered(self, name: Name) -> bool:
        """Whether a wildcard above says anything, so that silence would not be silence."""
        ups = _above(name)
        return bool(self._root) or any(up in self.plain or bool(self.said.get(up, ((), ()))[1]) for up in ups)


def _above(name: Name) -> Iterator[Name]:
    at = 1 + name[0]
    while length := name[at]:
        yield Name(name[at:])
        at += 1 + length
