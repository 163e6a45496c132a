"""The inventory: facts put in by people and rosters, and what is learnt from sightings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, insert, select

from controller.model import Actor
from controller.store import rows, schema
from controller.store.alarms import raise_alarm
from controller.store.audit import append, changed
from controller.store.clues import keep_clues, watch_pins
from controller.store.database import Database, counter, set_counter, upsert
from controller.store.history import keep_stays, latest_sign_ins
from controller.store.standing_rows import read_standing
from inventory.flood import Gate, pass_through, told
from inventory.fold import Folded, fold
from inventory.model import Device, Inventory, News, Person, Port, Receipt, Sighting, Switch
from inventory.posture import newest

Fact = TypeVar("Fact", Device, Person, Switch, Port)
Value = TypeVar("Value")


class FactRecords(Database):
    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        # By the counter of changes, which another process may move on as well.
        self._known: tuple[int, Inventory] = (-1, Inventory())
        # Of this process alone: two controllers let in twice as many, which is harmless.
        self._gate = Gate()

    def inventory(self) -> Inventory:
        """All facts at one moment. Cheap while nothing has changed."""
        with self._reading() as connection:
            return self._inventory(connection)

    def put_devices(
        self, devices: Iterable[Device], actor: Actor, now: datetime, action: str = "device.register", reason: str = ""
    ) -> int:
        """Store these devices as they stand here; one audit row for each that differs. How many did."""
        by_mac = {device.mac: device for device in devices}
        return self._put("devices", schema.devices, rows.device_row, by_mac, actor, now, action, reason)

    def put_people(
        self, people: Iterable[Person], actor: Actor, now: datetime, action: str = "person.put", reason: str = ""
    ) -> int:
        by_id = {person.id: person for person in people}
        return self._put("people", schema.people, rows.person_row, by_id, actor, now, action, reason)

    def put_switches(
        self, switches: Iterable[Switch], actor: Actor, now: datetime, action: str = "switch.put", reason: str = ""
    ) -> int:
        by_name = {switch.name: switch for switch in switches}
        return self._put("switches", schema.switches, rows.switch_row, by_name, actor, now, action, reason)

    def put_ports(
        self, ports: Iterable[Port], actor: Actor, now: datetime, action: str = "port.put", reason: str = ""
    ) -> int:
        by_ref = {port.ref: port for port in ports}
        return self._put("ports", schema.ports, rows.port_row, by_ref, actor, now, action, reason)

    def put_receipts(self, receipts: Iterable[Receipt], actor: Actor, now: datetime) -> int:
        """Keep scan receipts; one that is there already is passed over. How many were new."""
        with self._writing() as connection:
            inventory = self._inventory(connection)
            fresh = [receipt for receipt in receipts if not _kept(connection, receipt)]
            unique = {(it.mac, it.scanned_at, it.engine): it for it in fresh}
            if not unique:
                return 0
            connection.execute(insert(schema.receipts), [rows.receipt_row(it) for it in unique.values()])
            append(connection, actor.name, now, (("receipt.put", it.mac, changed(None, it)) for it in unique.values()))
            both = newest([*inventory.receipts.values(), *unique.values()])
            known = self._move_on(connection, replace(inventory, receipts=both))
        self._known = known
        return len(unique)

    def record_sightings(self, sightings: Sequence[Sighting], now: datetime) -> tuple[News, ...]:
        """Fold a batch into the inventory. What changes nothing writes nothing: a quiet network costs no disk.

        Of a flood of strangers only so many come in at once (`inventory/flood.py`); the others raise one alarm.
        """
        known_before = self.inventory()
        folded = fold(known_before, sightings, now)
        if not folded.moved and not any(map(_tells_of_itself, sightings)):
            return ()
        with self._writing() as connection:
            inventory = self._inventory(connection)
            passed = pass_through(self._gate, inventory, sightings, now)
            self._gate = passed.gate
            if passed.outside:
                raise_alarm(connection, "flood", *told(passed.outside), now)
            if passed.outside or inventory is not known_before:
                # Between reading and writing somebody may have registered one of them.
                folded = fold(inventory, passed.sightings, now)
            talking = [one for one in passed.sightings if _tells_of_itself(one)]
            keep_clues(connection, talking)
            shown = (*(one.mac for one in talking), *(where.mac for where in folded.moved))
            watch_pins(connection, shown, folded.inventory.whereabouts, now)
            known = self._write_folded(connection, folded) if folded.moved else self._known
        self._known = known
        return folded.news

    def _write_folded(self, connection: Connection, folded: Folded) -> tuple[int, Inventory]:
        if folded.devices:
            connection.execute(insert(schema.devices), [rows.device_row(device) for device in folded.devices])
        upsert(connection, schema.whereabouts, [rows.whereabouts_row(where) for where in folded.moved])
        keep_stays(connection, folded.moved)
        return self._move_on(connection, folded.inventory)

    def _put(
        self,
        noun: str,
        table: Table,
        row: Callable[[Fact], dict[str, Any]],
        wanted: Mapping[Any, Fact],
        actor: Actor,
        now: datetime,
        action: str,
        reason: str,
    ) -> int:
        with self._writing() as connection:
            inventory = self._inventory(connection)
            known: Mapping[Any, Fact] = getattr(inventory, noun)
            fresh = {key: fact for key, fact in wanted.items() if known.get(key) != fact}
            if not fresh:
                return 0
            upsert(connection, table, [row(fact) for fact in fresh.values()])
            told = ((action, str(key), changed(known.get(key), fact, reason)) for key, fact in fresh.items())
            append(connection, actor.name, now, told)
            both: dict[str, Any] = {noun: MappingProxyType({**known, **fresh})}
            moved_on = self._move_on(connection, replace(inventory, **both))
        # Only now is it true for readers.
        self._known = moved_on
        return len(fresh)

    def _move_on(self, connection: Connection, inventory: Inventory) -> tuple[int, Inventory]:
        version = counter(connection, "inventory") + 1
        set_counter(connection, "inventory", version)
        return version, inventory

    def _inventory(self, connection: Connection) -> Inventory:
        version, (known, inventory) = counter(connection, "inventory"), self._known
        if version == known:
            return inventory
        inventory = _read_all(connection)
        # A reader whose snapshot is older than what a writer has left here since must not put it back.
        if version > self._known[0]:
            self._known = (version, inventory)
        return inventory


def _tells_of_itself(sighting: Sighting) -> bool:
    return sighting.fingerprint is not None or sighting.vendor_class is not None


def _read_all(connection: Connection) -> Inventory:
    receipts = _each(connection, schema.receipts, rows.read_receipt)
    return Inventory(
        devices=_by(_each(connection, schema.devices, rows.read_device), "mac"),
        people=_by(_each(connection, schema.people, rows.read_person), "id"),
        switches=_by(_each(connection, schema.switches, rows.read_switch), "name"),
        ports=_by(_each(connection, schema.ports, rows.read_port), "ref"),
        whereabouts=_by(_each(connection, schema.whereabouts, rows.read_whereabouts), "mac"),
        receipts=newest(receipts),
        sign_ins=latest_sign_ins(connection),
        **read_standing(connection),
    )


def _each(connection: Connection, table: Table, read: Callable[[Any], Value]) -> list[Value]:
    return [read(row) for row in connection.execute(select(table)).mappings()]


def _by(values: Iterable[Value], key: str) -> Mapping[Any, Value]:
    return MappingProxyType({getattr(value, key): value for value in values})


def _kept(connection: Connection, receipt: Receipt) -> bool:
    table = schema.receipts.c
    same = (table.mac == receipt.mac) & (table.scanned_at == receipt.scanned_at) & (table.engine == receipt.engine)
    return connection.execute(select(table.number).where(same)).first() is not None
