"""Stays and sign-ins, kept over time: who had this address on Tuesday at five past ten?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, false, func, insert, or_, select, update

from controller.model import Actor
from controller.store import rows, schema
from controller.store.audit import append
from controller.store.database import Database, counter, set_counter
from controller.store.schema import micros
from inventory.history import LONGEST_LEASE, LONGEST_SIGN_IN, SignIn, Stay
from inventory.model import Device, Mac, Whereabouts

MOST_STAYS = 500_000
"""Rows, some 100 MB: the oldest go first, whatever the policy says of their age."""
CHUNK = 500
_ENDS = 1000
Value = TypeVar("Value")


class HistoryRecords(Database):
    def stays_at(self, address: str, at: datetime) -> tuple[Stay, ...]:
        """Every stay with this address that may say something of that moment, oldest first."""
        table = schema.stays.c
        # Of IPv6 a device has several at once, beside the one it goes by.
        beside = table.also.contains(f"{address} ", autoescape=True) if ":" in address else false()
        found = self._stays(or_(table.address == address, beside), at)
        return tuple(
            stay if stay.address == address else stay.as_asked(address) for stay in found if address in stay.addresses
        )

    def stays_of(self, mac: Mac, at: datetime) -> tuple[Stay, ...]:
        return self._stays(schema.stays.c.mac == mac, at)

    def sign_ins_of(self, macs: Iterable[Mac], at: datetime) -> tuple[SignIn, ...]:
        """Every sign-in at these devices that may have held at that moment."""
        table = schema.sign_ins.c
        query = select(schema.sign_ins).where(
            table.mac.in_(list(macs)), table.began_at <= at, table.began_at > at - LONGEST_SIGN_IN
        )
        with self._reading() as connection:
            return tuple(map(rows.read_sign_in, connection.execute(query.order_by(table.number)).mappings()))

    def put_sign_ins(self, sign_ins: Sequence[SignIn], actor: Actor, now: datetime) -> int:
        """Keep sign-ins; one that is known already takes over the end it is told. How many are new or changed.

        Signing in at a device ends what was open there: two people do not sit at one keyboard.
        """
        with self._writing() as connection:
            fresh: list[SignIn] = []
            for one in sign_ins:
                if _changes(connection, one):
                    _end_earlier(connection, one)
                    connection.execute(insert(schema.sign_ins).values(rows.sign_in_row(one)))
                    fresh.append(one)
            if fresh:
                append(connection, actor.name, now, (("sign-in.put", one.mac, {"source": one.source}) for one in fresh))
                # Who is signed in is part of the inventory: every reader looks again.
                set_counter(connection, "inventory", counter(connection, "inventory") + 1)
        return len(fresh)

    def devices_at(self, macs: Iterable[Mac], at: datetime) -> Mapping[Mac, Device]:
        """These devices as they stood then: today's facts with every change since taken back, by the audit."""
        with self._reading() as connection:
            found = {mac: _as_of(connection, mac, at) for mac in macs}
        return {mac: device for mac, device in found.items() if device is not None}

    def forget_history(self, before: datetime, most: int = MOST_STAYS) -> int:
        """Delete what ended before that moment, and the oldest above `most`. How many rows went."""
        stays, sign_ins = schema.stays.c, schema.sign_ins.c
        with self._writing() as connection:
            gone = connection.execute(delete(schema.stays).where(stays.last_seen < before, ~stays.current)).rowcount
            gone += connection.execute(delete(schema.sign_ins).where(sign_ins.began_at < before)).rowcount
            if connection.execute(select(func.count()).select_from(schema.stays)).scalar_one() > most:
                newest = select(stays.number).order_by(stays.number.desc()).offset(most - 1).limit(1).scalar_subquery()
                old = delete(schema.stays).where(stays.number < newest, ~stays.current)
                gone += connection.execute(old).rowcount
        return gone

    def _stays(self, which: Any, at: datetime) -> tuple[Stay, ...]:
        table = schema.stays.c
        # What began after the moment says nothing of it; a stay from long ago neither.
        query = select(schema.stays).where(which, table.began_at <= at, table.last_seen >= at - LONGEST_LEASE)
        query = query.order_by(table.last_seen.desc()).limit(_ENDS)
        with self._reading() as connection:
            return tuple(reversed([rows.read_stay(row) for row in connection.execute(query).mappings()]))


def latest_sign_ins(connection: Connection) -> Mapping[Mac, SignIn]:
    """The last one at each device of those that may still hold; older ones are over whatever the hour."""
    table = schema.sign_ins.c
    newest = connection.execute(select(func.max(table.began_at))).scalar()
    if newest is None:
        return MappingProxyType({})
    query = select(schema.sign_ins).where(table.began_at > newest - LONGEST_SIGN_IN).order_by(table.began_at)
    found = map(rows.read_sign_in, connection.execute(query).mappings())
    return MappingProxyType({sign_in.mac: sign_in for sign_in in found})


def keep_stays(connection: Connection, moved: Sequence[Whereabouts]) -> None:
    """In the transaction that writes the whereabouts: go on with a stay, or begin the next."""
    for part in _chunks(moved, CHUNK):
        here = _current(connection, [where.mac for where in part])
        on = [where for where in part if _same_place(here.get(where.mac), where)]
        new = [where for where in part if not _same_place(here.get(where.mac), where)]
        _go_on(connection, on)
        _close(connection, [where.mac for where in new if where.mac in here])
        if new:
            connection.execute(insert(schema.stays), [_first(where) for where in new])


def _go_on(connection: Connection, on: Sequence[Whereabouts]) -> None:
    table = schema.stays.c
    if not on:
        return
    names = ("last_seen", "hostname", "port_seen", "address_seen", "also")
    statement = update(schema.stays).where(table.mac == bindparam("of"), table.current)
    values = {name: bindparam(f"new_{name}", type_=table[name].type) for name in names}
    told = [{"of": where.mac, **{f"new_{name}": rows.whereabouts_row(where)[name] for name in names}} for where in on]
    connection.execute(statement.values(values), told)


def _close(connection: Connection, macs: Sequence[Mac]) -> None:
    table = schema.stays.c
    if macs:
        connection.execute(update(schema.stays).where(table.mac.in_(macs), table.current).values(current=False))


def _first(where: Whereabouts) -> dict[str, Any]:
    return {**rows.whereabouts_row(where), "began_at": where.last_seen, "current": True}


def _current(connection: Connection, macs: Sequence[Mac]) -> Mapping[Mac, Stay]:
    table = schema.stays.c
    query = select(schema.stays).where(table.mac.in_(macs), table.current)
    return {stay.mac: stay for stay in map(rows.read_stay, connection.execute(query).mappings())}


def _same_place(stay: Stay | None, where: Whereabouts) -> bool:
    if stay is None:
        return False
    return (stay.port, stay.vlan, stay.addresses) == (where.port, where.vlan, where.addresses)


def _changes(connection: Connection, one: SignIn) -> bool:
    table = schema.sign_ins.c
    same = (table.mac == one.mac) & (table.began_at == one.began_at) & (table.source == one.source)
    row = connection.execute(select(schema.sign_ins).where(same)).mappings().one_or_none()
    if row is None:
        return True
    known = rows.read_sign_in(row)
    # Told again without an end, it does not begin anew.
    if known in (one, replace(one, ended_at=known.ended_at)) and one.ended_at in (None, known.ended_at):
        return False
    connection.execute(delete(schema.sign_ins).where(same))
    return True


def _end_earlier(connection: Connection, one: SignIn) -> None:
    table = schema.sign_ins.c
    still = (table.mac == one.mac) & (table.began_at < one.began_at)
    over = or_(table.ended_at.is_(None), table.ended_at > one.began_at)
    connection.execute(update(schema.sign_ins).where(still, over).values(ended_at=one.began_at))


def _as_of(connection: Connection, mac: Mac, at: datetime) -> Device | None:
    """Only whom it acted for, its name and kind are taken back; a device first seen later was not there yet."""
    row = connection.execute(select(schema.devices).where(schema.devices.c.mac == mac)).mappings().one_or_none()
    device = rows.read_device(row) if row is not None else None
    table = schema.audit.c
    query = select(table.detail).where(table.subject == mac, table.at > micros(at), table.action.startswith("device."))
    for (detail,) in connection.execute(query.order_by(table.number.desc())):
        device = _taken_back(device, mac, json.loads(detail))
    return device


_TOLD = ("name", "kind", "year_group", "role", "person", "room")


def _taken_back(device: Device | None, mac: Mac, detail: Mapping[str, Any]) -> Device | None:
    was, becomes = detail.get("was", {}), detail.get("becomes", {})
    if device is None:
        known = {name: was.get(name) for name in _TOLD}
        return Device(mac, **{**known, "name": known["name"] or mac, "kind": known["kind"] or ""}) if was else None
    if not was and "mac" in becomes:
        return None  # by this act it became known
    parts = {name: was.get(name) for name in _TOLD if name in was or name in becomes}
    return replace(device, **{name: value for name, value in parts.items() if value or name not in ("name", "kind")})


def _chunks(values: Sequence[Value], size: int) -> Iterator[Sequence[Value]]:
    return (values[at : at + size] for at in range(0, len(values), size))
