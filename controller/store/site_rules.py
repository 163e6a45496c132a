"""The school's own rules for sites: made, looked at again and ended by persons, each with its audit row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from controller.model import Actor
from controller.store.audit import append, changed
from controller.store.database import Row
from controller.store.errors import Conflict, NotFound
from controller.store.facts import FactRecords
from controller.store.schema import site_rules
from controller.store.standing_rows import read_site_rule, read_site_rules, site_rule_row
from inventory.site_rules import SiteRule

MOST_RULES = 20_000
BY_TIME = "time"
_ID = re.compile(r"r([1-9][0-9]{0,17})")


class SiteRuleRecords(FactRecords):
    def site_rules(self, limit: int = 500, *, ended: bool = False) -> tuple[SiteRule, ...]:
        """Newest first; without those that somebody or their time ended unless they are asked for."""
        query = select(site_rules).order_by(site_rules.c.number.desc()).limit(limit)
        if not ended:
            query = query.where(site_rules.c.ended_at.is_(None))
        with self._reading() as connection:
            return tuple(map(read_site_rule, connection.execute(query).mappings()))

    def site_rule(self, rule_id: str) -> SiteRule:
        with self._reading() as connection:
            return known_rule(connection, rule_id)

    def put_site_rule(self, rule: SiteRule, actor: Actor, now: datetime) -> SiteRule:
        """Make a rule. One of the same name and scope that somebody made before ends with it. Raises Conflict."""
        with self._writing() as connection:
            made = add_rule(connection, rule, actor, now)
            moved_on = self._rules_moved(connection)
        self._known = moved_on
        return made

    def end_site_rule(self, rule_id: str, why: str, actor: Actor, now: datetime) -> SiteRule:
        """It no longer holds. Ending an ended one changes nothing. Raises NotFound."""

        def ended(rule: SiteRule) -> SiteRule:
            return rule if rule.ended_at else replace(rule, ended_at=now, ended_by=actor.name, ended_why=why)

        return self._change_rule(rule_id, ended, "site-rule.end", actor, now, why)

    def review_site_rule(self, rule_id: str, review_on: date, actor: Actor, now: datetime, reason: str) -> SiteRule:
        """Somebody has looked and it stays, until the next day of review. Raises NotFound, Conflict."""

        def reviewed(rule: SiteRule) -> SiteRule:
            if not rule.holds(now):
                raise Conflict(f"Rule {rule.id} has ended already; make a new one.")
            return replace(rule, review_on=review_on)

        return self._change_rule(rule_id, reviewed, "site-rule.review", actor, now, reason)

    def lapse_site_rules(self, now: datetime) -> tuple[SiteRule, ...]:
        """Write down that rules have come to their end. The filter has let go of them by itself at that moment."""
        over = [each for each in self.inventory().site_rules if not each.holds(now)]
        if not over:
            return ()
        with self._writing() as connection:
            lapsed = [end_rule(connection, each, BY_TIME, "it came to its end", now) for each in over]
            moved_on = self._rules_moved(connection)
        self._known = moved_on
        return tuple(lapsed)

    def note_hits(self, hits: Mapping[str, date]) -> None:
        """The last day on which each rule decided something. No audit row: nobody did anything."""
        days = {number: day.isoformat() for rule, day in hits.items() if (number := rule_number(rule))}
        if not days:
            return
        with self._writing() as connection:
            for number, day in days.items():
                same = site_rules.c.number == number
                connection.execute(update(site_rules).where(same).values(last_hit=day))
            moved_on = self._rules_moved(connection)
        self._known = moved_on

    def _change_rule(
        self,
        rule_id: str,
        change: Callable[[SiteRule], SiteRule],
        action: str,
        actor: Actor,
        now: datetime,
        reason: str,
    ) -> SiteRule:
        with self._writing() as connection:
            was = known_rule(connection, rule_id)
            becomes = change(was)
            if was == becomes:
                return was
            _write(connection, becomes)
            append(connection, actor.name, now, ((action, was.id, changed(was, becomes, reason)),))
            moved_on = self._rules_moved(connection)
        self._known = moved_on
        return becomes

    def _rules_moved(self, connection: Connection) -> tuple[int, Any]:
        rules = read_site_rules(connection)
        return self._move_on(connection, replace(self._inventory(connection), site_rules=rules))


def add_rule(connection: Connection, rule: SiteRule, actor: Actor, now: datetime) -> SiteRule:
    """In the transaction of what decided it. Raises Conflict, ValueError."""
    if not rule.scope or (rule.until is not None and rule.until <= now):
        raise ValueError("expected a rule for somebody, with its end in the future")
    standing = read_site_rules(connection)
    if len(standing) >= MOST_RULES:
        raise Conflict(f"There are {MOST_RULES} rules already; end some that are no longer needed.")
    for each in standing:
        # A provisional block is a passing word: what was decided before it holds again when it ends.
        if (each.pattern, each.scope) == (rule.pattern, rule.scope) and (each.provisional or not rule.provisional):
            end_rule(connection, each, actor.name, "another rule for the same took its place", now)
    number = connection.execute(insert(site_rules).values(site_rule_row(rule)).returning(site_rules.c.number))
    made = replace(rule, id=f"r{number.scalar_one()}")
    append(connection, actor.name, now, (("site-rule.make", made.id, changed(None, made)),))
    return made


def end_rule(connection: Connection, rule: SiteRule, by: str, why: str, now: datetime) -> SiteRule:
    ended = replace(rule, ended_at=now, ended_by=by, ended_why=why)
    _write(connection, ended)
    append(connection, by, now, (("site-rule.end", rule.id, changed(rule, ended)),))
    return ended


def known_rule(connection: Connection, rule_id: str) -> SiteRule:
    query = select(site_rules).where(site_rules.c.number == rule_number(rule_id))
    row: Row | None = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no rule {rule_id[:60]}.")
    return read_site_rule(row)


def rule_number(rule_id: str) -> int:
    match = _ID.fullmatch(rule_id)
    return int(match[1]) if match else 0


def _write(connection: Connection, rule: SiteRule) -> None:
    same = site_rules.c.number == rule_number(rule.id)
    connection.execute(update(site_rules).where(same).values(site_rule_row(rule)))
