"""Taking facts out again: devices, people and switches that are gone, and strangers that never came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, update

from controller.model import Actor
from controller.store import schema
from controller.store.audit import append, changed
from controller.store.facts import FactRecords, Value
from inventory.model import Admission, Device, Inventory, Mac, PersonId, SwitchName


class DepartureRecords(FactRecords):
    def forget_strangers(self, before: datetime) -> int:
        """Strangers last seen before that moment, with all that is kept of them but their history. How many."""
        with self._writing() as connection:
            inventory = self._inventory(connection)
            gone = {mac for mac, device in inventory.devices.items() if _is_over(device, inventory, before)}
            if not gone:
                return 0
            _delete(connection, gone)
            moved_on = self._move_on(connection, _without(inventory, gone))
        self._known = moved_on
        return len(gone)

    def delete_devices(self, macs: Iterable[Mac], actor: Actor, now: datetime, reason: str = "") -> int:
        """Take devices out for good, each with its audit row; their history stays as long as history does."""
        with self._writing() as connection:
            inventory = self._inventory(connection)
            gone = {mac for mac in macs if mac in inventory.devices}
            if not gone:
                return 0
            _delete(connection, gone)
            told = (("device.delete", mac, changed(inventory.devices[mac], None, reason)) for mac in sorted(gone))
            append(connection, actor.name, now, told)
            moved_on = self._move_on(connection, _without(inventory, gone))
        self._known = moved_on
        return len(gone)

    def delete_people(self, ids: Iterable[PersonId], actor: Actor, now: datetime, reason: str = "") -> int:
        return self._remove("people", "person.delete", schema.people, "id", ids, actor, now, reason)

    def delete_switches(self, names: Iterable[SwitchName], actor: Actor, now: datetime, reason: str = "") -> int:
        """Caretaker lets go of these: nothing more is pushed to them, nothing is taken back."""
        return self._remove("switches", "switch.delete", schema.switches, "name", names, actor, now, reason)

    def _remove(
        self,
        noun: str,
        action: str,
        table: Table,
        column: str,
        keys: Iterable[str],
        actor: Actor,
        now: datetime,
        reason: str,
    ) -> int:
        with self._writing() as connection:
            inventory = self._inventory(connection)
            known: Mapping[Any, Any] = getattr(inventory, noun)
            gone = [key for key in dict.fromkeys(keys) if key in known]
            if not gone:
                return 0
            connection.execute(delete(table).where(table.c[column] == bindparam("of")), [{"of": key} for key in gone])
            append(connection, actor.name, now, ((action, key, changed(known[key], None, reason)) for key in gone))
            left: dict[str, Any] = {noun: MappingProxyType({k: v for k, v in known.items() if k not in set(gone)})}
            moved_on = self._move_on(connection, replace(inventory, **left))
        self._known = moved_on
        return len(gone)


def _is_over(device: Device, inventory: Inventory, before: datetime) -> bool:
    """A stranger that nobody has said anything of, and that has not been here for long."""
    if device.admission is not Admission.UNKNOWN or device.hold is not None:
        return False
    place = inventory.whereabouts.get(device.mac)
    seen = place.last_seen if place else device.first_seen
    return seen is not None and seen < before


def _delete(connection: Connection, gone: Iterable[Mac]) -> None:
    told = [{"of": mac} for mac in sorted(gone)]
    connection.execute(update(schema.stays).where(schema.stays.c.mac == bindparam("of")).values(current=False), told)
    for table in (schema.whereabouts, schema.clues, schema.devices):
        connection.execute(delete(table).where(table.c.mac == bindparam("of")), told)


def _without(inventory: Inventory, gone: set[Mac]) -> Inventory:
    def left(table: Mapping[Mac, Value]) -> Mapping[Mac, Value]:
        return MappingProxyType({mac: value for mac, value in table.items() if mac not in gone})

    return replace(inventory, devices=left(inventory.devices), whereabouts=left(inventory.whereabouts))
