"""Agreements, sanctions and emergencies: what persons said of persons, each change with its audit row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, insert, select, update

from controller.model import Actor
from controller.store import schema
from controller.store.audit import append, changed
from controller.store.errors import Conflict, NotFound
from controller.store.facts import FactRecords
from controller.store.standing_rows import Standing, agreement_row, read_sanction, read_standing, sanction_row
from inventory.agreements import Agreement
from inventory.model import Inventory, PersonId
from inventory.sanctions import Emergency, Sanction

_ID = re.compile(r"s([1-9][0-9]{0,17})")


class StandingRecords(FactRecords):
    def put_agreements(self, given: Iterable[Agreement], actor: Actor, now: datetime, reason: str = "") -> int:
        """Record signatures and refusals; one that is there already is passed over. How many were new."""
        with self._writing() as connection:
            known = read_standing(connection)["agreements"]
            fresh = _fresh(given, known)
            if not fresh:
                return 0
            connection.execute(insert(schema.agreements), [agreement_row(each) for each in fresh])
            action = {False: "agreement.sign", True: "agreement.decline"}
            told = ((action[each.declined], each.person, changed(None, each, reason)) for each in fresh)
            append(connection, actor.name, now, told)
            moved_on = self._standing_moved(connection)
        self._known = moved_on
        return len(fresh)

    def impose_sanction(self, sanction: Sanction, actor: Actor, now: datetime) -> Sanction:
        """Store it and give it its id; a double click gives the first. Raises ValueError where it says nothing."""
        if (sanction.person is None) == (sanction.mac is None):
            raise ValueError("expected a sanction of either a person or a device")
        if not sanction.uses or (sanction.ends_at is not None and sanction.ends_at <= sanction.begins_at):
            raise ValueError("expected a sanction that takes something away and ends after it begins")
        with self._writing() as connection:
            for each in read_standing(connection)["sanctions"]:
                if _same_ask(each, sanction):
                    return each
            values = sanction_row(sanction)
            number = connection.execute(insert(schema.sanctions).values(values).returning(schema.sanctions.c.number))
            imposed = replace(sanction, id=f"s{number.scalar_one()}")
            append(connection, actor.name, now, (("sanction.impose", imposed.id, changed(None, imposed)),))
            moved_on = self._standing_moved(connection)
        self._known = moved_on
        return imposed

    def approve_sanction(self, sanction_id: str, actor: Actor, now: datetime) -> Sanction:
        """The second person's word. Raises NotFound, and Conflict where it is the author's own or was ended."""

        def approved(found: Sanction) -> Sanction:
            if found.by == actor.name:
                raise Conflict("Whoever imposed a sanction cannot be its second person.")
            if found.ended_by is not None:
                raise Conflict(f"Sanction {found.id} has been ended already.")
            return replace(found, approved_by=found.approved_by or actor.name)

        return self._change_sanction(sanction_id, approved, "sanction.approve", actor, now)

    def end_sanction(self, sanction_id: str, reason: str, actor: Actor, now: datetime) -> Sanction:
        """Access is back at once. Ending an ended one changes nothing. Raises NotFound."""

        def ended(found: Sanction) -> Sanction:
            return replace(found, ended_by=found.ended_by or actor.name)

        return self._change_sanction(sanction_id, ended, "sanction.end", actor, now, reason)

    def appeal_sanction(self, sanction_id: str, text: str, actor: Actor, now: datetime) -> Sanction:
        """Note what the child or its parents say. It changes nothing by itself. Raises NotFound."""
        return self._change_sanction(
            sanction_id, lambda found: replace(found, appeal=text), "sanction.appeal", actor, now
        )

    def sanction(self, sanction_id: str) -> Sanction:
        with self._reading() as connection:
            return _known(connection, sanction_id)

    def sanctions(self, limit: int = 500) -> tuple[Sanction, ...]:
        """Those that run, wait or are over, newest first."""
        with self._reading() as connection:
            query = select(schema.sanctions).order_by(schema.sanctions.c.number.desc()).limit(limit)
            return tuple(map(read_sanction, connection.execute(query).mappings()))

    def declare_emergency(self, why: str, actor: Actor, now: datetime) -> Emergency:
        """Close everything for pupils. While one is in force another word changes nothing."""
        with self._writing() as connection:
            if (running := read_standing(connection)["emergency"]) is not None:
                return running
            declared = Emergency(now, actor.name, why)
            values = {"since": now, "by": actor.name, "why": why}
            connection.execute(insert(schema.emergencies).values(values))
            append(connection, actor.name, now, (("emergency.declare", "school", {"why": why}),))
            moved_on = self._standing_moved(connection)
        self._known = moved_on
        return declared

    def end_emergency(self, reason: str, actor: Actor, now: datetime) -> bool:
        """Open again. False where none was in force."""
        table = schema.emergencies
        with self._writing() as connection:
            ended = update(table).where(table.c.ended_at.is_(None)).values(ended_at=now, ended_by=actor.name)
            if connection.execute(ended).rowcount == 0:
                return False
            append(connection, actor.name, now, (("emergency.end", "school", {"reason": reason}),))
            moved_on = self._standing_moved(connection)
        self._known = moved_on
        return True

    def _change_sanction(
        self,
        sanction_id: str,
        change: Callable[[Sanction], Sanction],
        action: str,
        actor: Actor,
        now: datetime,
        reason: str = "",
    ) -> Sanction:
        with self._writing() as connection:
            was = _known(connection, sanction_id)
            becomes = change(was)
            if was == becomes:
                return was
            table, number = schema.sanctions, _number(sanction_id)
            connection.execute(update(table).where(table.c.number == number).values(sanction_row(becomes)))
            append(connection, actor.name, now, ((action, was.id, changed(was, becomes, reason)),))
            moved_on = self._standing_moved(connection)
        self._known = moved_on
        return becomes

    def _standing_moved(self, connection: Connection) -> tuple[int, Inventory]:
        standing: Standing = read_standing(connection)
        return self._move_on(connection, replace(self._inventory(connection), **standing))


def _known(connection: Connection, sanction_id: str) -> Sanction:
    query = select(schema.sanctions).where(schema.sanctions.c.number == _number(sanction_id))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no sanction {sanction_id[:60]}.")
    return read_sanction(row)


def _number(sanction_id: str) -> int:
    match = _ID.fullmatch(sanction_id)
    return int(match[1]) if match else 0


def _fresh(given: Iterable[Agreement], known: Mapping[PersonId, tuple[Agreement, ...]]) -> tuple[Agreement, ...]:
    unique = MappingProxyType({(each.person, each.signer, each.signed_at): each for each in given})
    held = {(each.person, each.signer, each.signed_at) for every in known.values() for each in every}
    return tuple(each for key, each in unique.items() if key not in held)


def _same_ask(one: Sanction, other: Sanction) -> bool:
    """Asked for twice, the beginnings a few seconds apart."""
    seconds = abs((one.begins_at - other.begins_at).total_seconds())
    return seconds < 5 and replace(other, id=one.id, begins_at=one.begins_at, ends_at=one.ends_at) == one
