"""Stations, and what they signed. A receipt that is believed, what follows from it and its audit row are one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from controller.model import Actor
from controller.receipt_rules import Outcome
from controller.store import rows, schema
from controller.store.alarms import raise_alarm
from controller.store.audit import append, changed
from controller.store.database import Row
from controller.store.errors import Conflict, NotFound
from controller.store.facts import FactRecords
from inventory.model import Inventory, PersonId, Receipt
from inventory.posture import newest
from inventory.receipt_text import as_json, canonical, parse
from inventory.receipts import Refusal, ScanReceipt, Station, Verdict


@dataclass(frozen=True, slots=True)
class Scan:
    """A receipt as it is kept. `person`: whose medium it was said to be."""

    number: int
    receipt: ScanReceipt
    person: PersonId | None
    at: datetime
    by: str
    outcome: Outcome


class ReceiptRefused(Exception):
    """It proves nothing. The refusal stands in the audit."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


Judge = Callable[[Station | None, bool, Inventory], Refusal | None]
"""(the station, was its nonce used before, the facts) -> why it is not believed."""


class ReceiptRecords(FactRecords):
    def stations(self) -> tuple[Station, ...]:
        with self._reading() as connection:
            query = select(schema.stations).order_by(schema.stations.c.name)
            return tuple(Station(**row) for row in connection.execute(query).mappings())

    def enrol_station(self, station: Station, actor: Actor, now: datetime) -> None:
        """Raises Conflict for a name that is taken: a key never changes under a name."""
        with self._writing() as connection:
            if _station(connection, station.name) is not None:
                raise Conflict(f"There is a station {station.name} already.")
            connection.execute(insert(schema.stations).values(asdict(station)))
            append(connection, actor.name, now, (("station.enrol", station.name, changed(None, station)),))

    def revoke_station(self, name: str, actor: Actor, now: datetime, reason: str) -> Station:
        """Twice changes nothing. Raises NotFound."""
        with self._writing() as connection:
            station = _station(connection, name)
            if station is None:
                raise NotFound(f"There is no station {name}.")
            if station.revoked_at is not None:
                return station
            gone = replace(station, revoked_at=now, revoked_by=actor.name)
            values = {"revoked_at": now, "revoked_by": actor.name}
            connection.execute(update(schema.stations).where(schema.stations.c.name == name).values(values))
            append(connection, actor.name, now, (("station.revoke", name, changed(station, gone, reason)),))
            return gone

    def take_scan(
        self,
        receipt: ScanReceipt,
        person: PersonId | None,
        judge: Judge,
        follows: Callable[[Inventory], Outcome],
        actor: Actor,
        now: datetime,
    ) -> Scan:
        """Keep a receipt that `judge` believes, and what follows from it. Raises ReceiptRefused."""
        with self._writing() as connection:
            inventory = self._inventory(connection)
            refusal = judge(_station(connection, receipt.station), _used(connection, receipt), inventory)
            if refusal is None:
                scan, known = self._keep(connection, inventory, receipt, person, follows(inventory), actor, now)
            else:
                detail = {"why": refusal.value, "subject": receipt.subject.text, "nonce": receipt.nonce}
                append(connection, actor.name, now, (("receipt.refuse", f"station {receipt.station}", detail),))
        if refusal is not None:
            raise ReceiptRefused(refusal)
        self._known = known
        return scan

    def scans(self, subject: str | None = None, limit: int = 100) -> tuple[Scan, ...]:
        """The newest first, of one device or medium or of all. `subject`: a MAC, or `medium SERIAL`."""
        query = select(schema.scans).order_by(schema.scans.c.number.desc()).limit(limit)
        if subject is not None:
            query = query.where(schema.scans.c.subject == subject)
        with self._reading() as connection:
            return tuple(map(_read, connection.execute(query).mappings()))

    def scan(self, number: int) -> Scan | None:
        with self._reading() as connection:
            query = select(schema.scans).where(schema.scans.c.number == number)
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else _read(row)

    def put_report(self, report: Receipt, actor: Actor, now: datetime) -> bool:
        """What a machine says of itself. False where it says nothing new: then nothing is written."""
        with self._writing() as connection:
            inventory = self._inventory(connection)
            before = _same_scan(connection, report)
            if before is not None and not _tells_more(report, before):
                return False
            if before is None:
                connection.execute(insert(schema.receipts).values(rows.receipt_row(report)))
            else:
                values = {name: getattr(report, name) for name in ("signatures_at", "reported_at", "clean")}
                connection.execute(update(schema.receipts).where(_of(report)).values(values))
            append(connection, actor.name, now, (("receipt.report", report.mac, changed(before, report)),))
            if not report.clean:
                raise_alarm(connection, "virus", report.mac, f"{report.engine} on the device itself says so", now)
            own = select(schema.receipts).where(schema.receipts.c.mac == report.mac)
            told = newest(map(rows.read_receipt, connection.execute(own).mappings()))
            known = self._move_on(connection, replace(inventory, receipts={**inventory.receipts, **told}))
        self._known = known
        return True

    def _keep(
        self,
        connection: Connection,
        inventory: Inventory,
        receipt: ScanReceipt,
        person: PersonId | None,
        outcome: Outcome,
        actor: Actor,
        now: datetime,
    ) -> tuple[Scan, tuple[int, Inventory]]:
        row: dict[str, Any] = {"station": receipt.station, "nonce": receipt.nonce, "subject": receipt.subject.text}
        row |= {"person": person, "scanned_at": receipt.scanned_at, "verdict": receipt.verdict.value}
        row |= {"body": canonical(as_json(receipt)), "at": now, "by": actor.name, **asdict(outcome)}
        query = insert(schema.scans).values(row).returning(schema.scans.c.number)
        number: int = connection.execute(query).scalar_one()
        told = {"receipt": number, "station": receipt.station, "verdict": receipt.verdict.value, "person": person}
        told |= {"findings": [asdict(each) for each in receipt.findings], "let_in": outcome.let_in, "why": outcome.why}
        append(connection, actor.name, now, (("receipt.take", receipt.subject.text, told),))
        if receipt.verdict is Verdict.INFECTED:
            found = ", ".join(f"{each.what} in {each.place}" for each in receipt.findings)
            raise_alarm(connection, "virus", receipt.subject.text, f"{receipt.station} found {found}", now)
        known = self._known
        if (own := _of_device(receipt)) is not None and _same_scan(connection, own) is None:
            connection.execute(insert(schema.receipts).values(rows.receipt_row(own)))
            both = newest([*inventory.receipts.values(), own])
            known = self._move_on(connection, replace(inventory, receipts=both))
        return Scan(number, receipt, person, now, actor.name, outcome), known


def _of_device(receipt: ScanReceipt) -> Receipt | None:
    """What it means for the posture of a device; None for a medium."""
    if receipt.subject.mac is None:
        return None
    clean, by = receipt.verdict is Verdict.CLEAN, f"{receipt.by} at {receipt.station}"
    return Receipt(receipt.subject.mac, receipt.scanned_at, receipt.engine, receipt.signatures_at, clean, by)


def _of(receipt: Receipt) -> Any:
    table = schema.receipts.c
    return (table.mac == receipt.mac) & (table.scanned_at == receipt.scanned_at) & (table.engine == receipt.engine)


def _same_scan(connection: Connection, receipt: Receipt) -> Receipt | None:
    row = connection.execute(select(schema.receipts).where(_of(receipt))).mappings().one_or_none()
    return None if row is None else rows.read_receipt(row)


def _tells_more(report: Receipt, before: Receipt) -> bool:
    known_then = before.reported_at or before.scanned_at
    return (report.clean, report.signatures_at) != (before.clean, before.signatures_at) or (
        report.signatures_at > known_then
    )


def _station(connection: Connection, name: str) -> Station | None:
    query = select(schema.stations).where(schema.stations.c.name == name)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Station(**row)


def _used(connection: Connection, receipt: ScanReceipt) -> bool:
    table = schema.scans.c
    same = (table.station == receipt.station) & (table.nonce == receipt.nonce)
    return connection.execute(select(table.number).where(same)).first() is not None


def _read(row: Row) -> Scan:
    receipt, person = parse(json.loads(row["body"])), PersonId(row["person"]) if row["person"] else None
    outcome = Outcome(row["let_in"], row["until"], row["why"])
    return Scan(row["number"], receipt, person, row["at"], row["by"], outcome)
