"""What devices showed of themselves (DHCP fingerprint, vendor class), and what pinned ones showed first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from controller.store import schema
from controller.store.alarms import raise_alarm
from controller.store.database import Database, Row, upsert
from inventory.model import Mac, PortRef, Sighting, SwitchName, Whereabouts
from inventory.pins import Pinned, Shown, compare

LONGEST_FINGERPRINT, LONGEST_CLASS = 255 * 4, 255
CHUNK = 500
NOT_PINNED = Pinned()


@dataclass(frozen=True, slots=True)
class KnownClues:
    """The newest of each that a device told, and its pin."""

    mac: Mac
    fingerprint: str | None = None
    vendor_class: str | None = None
    pinned: Pinned = NOT_PINNED


class ClueRecords(Database):
    def clues(self, macs: Iterable[Mac]) -> Mapping[Mac, KnownClues]:
        """Of those that ever told any."""
        wanted = list(macs)
        with self._reading() as connection:
            return {mac: _read(row) for mac, row in _rows(connection, wanted).items()}

    def pinned(self) -> frozenset[Mac]:
        """Those that have a pin."""
        columns = [schema.clues.c[name].is_not(None) for name in _pin(NOT_PINNED)]
        with self._reading() as connection:
            return frozenset(connection.execute(select(schema.clues.c.mac).where(or_(*columns))).scalars())

    def pin(self, pins: Mapping[Mac, Pinned]) -> None:
        """Keep what pinned devices are to look like from now on."""
        if not pins:
            return
        with self._writing() as connection:
            known = _rows(connection, list(pins))
            upsert(
                connection, schema.clues, [{**known.get(mac, _empty(mac)), **_pin(pin)} for mac, pin in pins.items()]
            )

    def pin_as_shown(self, subject: str) -> None:
        """A person has looked at the change: what the device shows now is what it is."""
        places, mac = schema.whereabouts.c, Mac(subject)
        with self._writing() as connection:
            row = _rows(connection, [mac]).get(mac)
            if row is None:
                return
            seen = connection.execute(select(places.switch, places.port).where(places.mac == mac)).one_or_none()
            port = PortRef(SwitchName(seen.switch), seen.port) if seen is not None and seen.port is not None else None
            upsert(connection, schema.clues, [{**row, **_pin(Pinned(row["fingerprint"], row["vendor_class"], port))}])


def keep_clues(connection: Connection, sightings: Iterable[Sighting]) -> None:
    """The newest word of each device; what is known already is not written again."""
    latest = {one.mac: one for one in sorted(sightings, key=lambda one: one.at)}
    known = _rows(connection, list(latest))
    rows = [_told(known.get(mac, _empty(mac)), one) for mac, one in latest.items()]
    fresh = [row for row in rows if _differs(known.get(row["mac"]), row)]
    if fresh:
        upsert(connection, schema.clues, fresh)


def watch_pins(connection: Connection, macs: Iterable[Mac], places: Mapping[Mac, Whereabouts], now: datetime) -> None:
    """A pinned device that shows something else raises an alarm; what it shows for the first time completes its pin."""
    known = {mac: row for mac, row in _rows(connection, sorted(set(macs))).items() if _is_pinned(row)}
    completed: list[dict[str, Any]] = []
    for mac, row in known.items():
        place = places.get(mac)
        pinned = _read(row).pinned
        shown = Shown(mac, row["fingerprint"], row["vendor_class"], place.port if place else None)
        becomes, changes = compare(pinned, shown)
        if changes:
            raise_alarm(connection, "pinned", mac, "; ".join(changes), now)
        if becomes != pinned:
            completed.append({**row, **_pin(becomes)})
    if completed:
        upsert(connection, schema.clues, completed)


def _is_pinned(row: Mapping[str, Any]) -> bool:
    return any(row[name] is not None for name in _pin(NOT_PINNED))


def _told(row: dict[str, Any], one: Sighting) -> dict[str, Any]:
    fingerprint = one.fingerprint[:LONGEST_FINGERPRINT] if one.fingerprint else row["fingerprint"]
    vendor_class = one.vendor_class[:LONGEST_CLASS] if one.vendor_class else row["vendor_class"]
    return {**row, "fingerprint": fingerprint, "vendor_class": vendor_class, "seen_at": one.at}


def _differs(known: Mapping[str, Any] | None, row: Mapping[str, Any]) -> bool:
    return known is None or any(known[name] != row[name] for name in ("fingerprint", "vendor_class"))


def _rows(connection: Connection, macs: list[Mac]) -> dict[Mac, dict[str, Any]]:
    found: dict[Mac, dict[str, Any]] = {}
    for at in range(0, len(macs), CHUNK):
        query = select(schema.clues).where(schema.clues.c.mac.in_(macs[at : at + CHUNK]))
        found |= {row["mac"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _empty(mac: Mac) -> dict[str, Any]:
    return {column.name: None for column in schema.clues.columns} | {"mac": mac}


def _pin(pin: Pinned) -> dict[str, Any]:
    return {
        "pinned_fingerprint": pin.fingerprint,
        "pinned_vendor_class": pin.vendor_class,
        "pinned_switch": pin.port.switch if pin.port else None,
        "pinned_port": pin.port.port if pin.port else None,
    }


def _read(row: Row) -> KnownClues:
    port = PortRef(SwitchName(row["pinned_switch"]), row["pinned_port"]) if row["pinned_port"] else None
    pinned = Pinned(row["pinned_fingerprint"], row["pinned_vendor_class"], port)
    return KnownClues(row["mac"], row["fingerprint"], row["vendor_class"], pinned)
