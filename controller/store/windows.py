"""Windows that people opened. Lessons of the timetable are computed and never stored."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from controller.model import AccessWindow, Actor, WindowKind
from controller.store.audit import append
from controller.store.database import Database, Row
from controller.store.errors import NotFound, WindowOver
from controller.store.schema import windows

DOUBLE_CLICK = timedelta(seconds=5)
_ID = re.compile(r"w([1-9][0-9]{0,17})")


class WindowRecords(Database):
    def windows(self, first: datetime, last: datetime) -> tuple[AccessWindow, ...]:
        """Every window that covers a moment of `first <= t < last`, also those that were ended, by opening."""
        query = select(windows).where(windows.c.opens_at < last, windows.c.closes_at > first)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(windows.c.opens_at, windows.c.number)).mappings()
            return tuple(map(_read, rows))

    def window(self, window_id: str) -> AccessWindow | None:
        with self._reading() as connection:
            return _find(connection, window_id)

    def open_window(self, window: AccessWindow, actor: Actor, now: datetime) -> AccessWindow:
        """Store it and give it its id. A double click gives the window of the first click.

        Raises ValueError where it ends before it begins.
        """
        if window.closes_at <= window.opens_at:
            raise ValueError("expected a window that ends after it begins")
        with self._writing() as connection:
            if first := _first_click(connection, window, now):
                return first
            asked = {**_row(window), "asked_at": now}
            number = connection.execute(insert(windows).values(asked).returning(windows.c.number)).scalar_one()
            opened = replace(window, id=f"w{number}")
            append(connection, actor.name, now, (("window.open", opened.id, _told(opened)),))
            return opened

    def extend_window(self, window_id: str, closes_at: datetime, actor: Actor, now: datetime) -> AccessWindow:
        """Move its end, later or earlier. Raises NotFound, WindowOver, ValueError for an end that is past."""
        if closes_at <= now:
            raise ValueError("expected an end in the future; ending a window is end_window")
        with self._writing() as connection:
            window = _live(connection, window_id, now)
            if closes_at <= window.opens_at:
                raise ValueError("expected a window that ends after it begins")
            return _move_end(connection, window, replace(window, closes_at=closes_at), "window.extend", actor, now)

    def end_window(self, window_id: str, actor: Actor, now: datetime) -> AccessWindow:
        """End it now; one that has not begun never does. Ending an ended one changes nothing. Raises NotFound."""
        with self._writing() as connection:
            try:
                window = _live(connection, window_id, now)
            except WindowOver:
                return _known(connection, window_id)
            ended = replace(window, closes_at=max(now, window.opens_at), ended_by=actor.name)
            return _move_end(connection, window, ended, "window.end", actor, now)


def _move_end(
    connection: Connection, was: AccessWindow, becomes: AccessWindow, action: str, actor: Actor, now: datetime
) -> AccessWindow:
    values = {"closes_at": becomes.closes_at, "ended_by": becomes.ended_by}
    connection.execute(update(windows).where(windows.c.number == _number(was.id)).values(values))
    detail = {"group": was.group, "was": was.closes_at, "becomes": becomes.closes_at}
    append(connection, actor.name, now, ((action, was.id, detail),))
    return becomes


def _first_click(connection: Connection, window: AccessWindow, now: datetime) -> AccessWindow | None:
    """The same ask, a moment ago. Both ends are counted from their own click, so they may differ by as much."""
    query = select(windows).where(
        windows.c.group == window.group,
        windows.c.opened_by == window.opened_by,
        windows.c.ended_by.is_(None),
        windows.c.asked_at > now - DOUBLE_CLICK,
        windows.c.asked_at <= now,
        windows.c.closes_at > max(now, window.closes_at - DOUBLE_CLICK),
        windows.c.closes_at < window.closes_at + DOUBLE_CLICK,
    )
    found = map(_read, connection.execute(query.order_by(windows.c.number)).mappings())
    return next(
        (it for it in found if (it.level, it.focus, it.kind) == (window.level, window.focus, window.kind)), None
    )


def _live(connection: Connection, window_id: str, now: datetime) -> AccessWindow:
    window = _known(connection, window_id)
    if window.ended_by is not None or window.closes_at <= now:
        raise WindowOver(f"Window {window_id} is over already.")
    return window


def _known(connection: Connection, window_id: str) -> AccessWindow:
    window = _find(connection, window_id)
    if window is None:
        raise NotFound(f"There is no window {window_id[:60]}.")
    return window


def _find(connection: Connection, window_id: str) -> AccessWindow | None:
    number = _number(window_id)
    if number is None:
        return None
    row = connection.execute(select(windows).where(windows.c.number == number)).mappings().one_or_none()
    return _read(row) if row is not None else None


def _number(window_id: str) -> int | None:
    match = _ID.fullmatch(window_id)
    return int(match[1]) if match else None


_SAME = ("group", "opens_at", "closes_at", "opened_by", "why", "level", "rule", "ended_by")


def _row(window: AccessWindow) -> dict[str, object]:
    return {name: getattr(window, name) for name in _SAME} | {
        "focus": list(window.focus),
        "clauses": list(window.clauses),
        "kind": window.kind.value,
    }


def _read(row: Row) -> AccessWindow:
    same = {name: row[name] for name in _SAME} | {"kind": WindowKind(row["kind"])}
    return AccessWindow(f"w{row['number']}", focus=tuple(row["focus"]), clauses=tuple(row["clauses"]), **same)


def _told(window: AccessWindow) -> dict[str, object]:
    return {name: value for name, value in _row(window).items() if value}
