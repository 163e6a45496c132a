"""A set of packets on its way through an access list: what gets through, and by which entry. Exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from controller.prove.boxes import PORTS, PROTOCOLS, Box, both, interval, without
from device_drivers.acl import split
from device_drivers.model import AccessList, Ace, Verb

Entries = Sequence[tuple[Verb, Box | None]]


@dataclass(frozen=True, slots=True)
class Leak:
    """`box` gets through. `entry` is the number of the entry that lets it, from 0; None: no entry matched it."""

    box: Box
    entry: int | None


def entries_of(access_list: AccessList, family: int) -> tuple[Ace, ...]:
    """One family's entries, as a device keeps them."""
    return split(access_list)[family]


def leaks(access_list: AccessList, family: int, forbidden: Sequence[Box], at_the_end: Verb) -> Iterator[Leak]:
    """What of `forbidden` gets through, first entry first. `at_the_end`: what becomes of what no entry matches.

    Entries for replies let no conversation begin: packets here are first packets, so those never match.
    """
    yield from through(boxes_of(access_list, family), forbidden, at_the_end)


def through(entries: Entries, forbidden: Sequence[Box], at_the_end: Verb) -> Iterator[Leak]:
    """The same for entries that are boxes already: a list is asked many questions."""
    left = [box for box in forbidden if not _closed_at_once(box, entries)]
    for number, (verb, wanted) in enumerate(entries):
        if not left:
            return
        if wanted is None:
            continue
        first, last = wanted.destination
        # Most entries are about other places: those packets are put aside before anything is cut.
        near = [box for box in left if box.destination[0] <= last and first <= box.destination[1]]
        if not near:
            continue
        if verb is Verb.PERMIT:
            yield from (Leak(hit, number) for box in near if (hit := both(box, wanted)))
        left = [box for box in left if box.destination[0] > last or first > box.destination[1]]
        left += [part for box in near for part in without(box, wanted)]
    if at_the_end is Verb.PERMIT:
        yield from (Leak(box, None) for box in left)


def _closed_at_once(box: Box, entries: Entries) -> bool:
    """Does one denial take the whole box before any permission touches it? Then nothing of it has to be cut."""
    (first, last), protocols = box.destination, box.protocols
    for verb, wanted in entries:
        if wanted is None or wanted.destination[0] > last or wanted.destination[1] < first:
            continue
        if not wanted.protocols & protocols:
            continue
        if verb is Verb.DENY:
            if _holds(wanted, box):
                return True
        elif both(box, wanted):
            return False
    return False


def _holds(outer: Box, inner: Box) -> bool:
    spans = (
        (outer.source, inner.source),
        (outer.destination, inner.destination),
        (outer.ports, inner.ports),
    )
    return outer.protocols & inner.protocols == inner.protocols and all(a[0] <= b[0] and b[1] <= a[1] for a, b in spans)


def boxes_of(access_list: AccessList, family: int) -> Entries:
    """None in place of an entry that no first packet matches."""
    return tuple((ace.verb, _box(ace, family)) for ace in entries_of(access_list, family))


def _box(ace: Ace, family: int) -> Box | None:
    source, destination = interval(ace.source, family), interval(ace.destination, family)
    if source is None or destination is None or ace.established:
        return None
    return Box(source, destination, PROTOCOLS[ace.protocol], PORTS if ace.port is None else (ace.port, ace.port))
