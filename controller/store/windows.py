"""Windows that people opened. Lessons of the timetable are computed and never stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
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

    def open_series(self, opened: Sequence[AccessWindow], actor: Actor, now: datetime) -> tuple[AccessWindow, ...]:
        """Windows that belong together, all or none, with one row in the audit. A double click gives the first ones.

        Raises ValueError where one ends before it begins, or where there are none.
        """
        if not opened or any(window.closes_at <= window.opens_at for window in opened):
            raise ValueError("expected windows that end after they begin")
        with self._writing() as connection:
            if first := _first_click(connection, replace(opened[0], series=None), now, of_series=True):
                return _of_series(connection, first.series or "")
            numbers: list[int] = []
            for window in opened:
                asked = {**_row(window), "asked_at": now}
                numbers.append(
                    connection.execute(insert(windows).values(asked).returning(windows.c.number)).scalar_one()
                )
            series = f"s{numbers[0]}"
            connection.execute(update(windows).where(windows.c.number.in_(numbers)).values(series=series))
            detail = {**_told(opened[0]), "times": len(opened), "last": opened[-1].closes_at}
            append(connection, actor.name, now, (("window.open-series", series, detail),))
            return _of_series(connection, series)

    def series(self, series: str) -> tuple[AccessWindow, ...]:
        """Every window of a series, by opening; empty where there is none of this name."""
        with self._reading() as connection:
            return _of_series(connection, series)

    def end_series(self, series: str, actor: Actor, now: datetime) -> tuple[AccessWindow, ...]:
        """End the one that is open and those to come; the past stays. Ending an ended one changes nothing."""
        with self._writing() as connection:
            found = _of_series(connection, series)
            if not found:
                raise NotFound(f"There is no series {series[:60]}.")
            for window in found:
                if window.ended_by is None and window.closes_at > now:
                    values = {"closes_at": max(now, window.opens_at), "ended_by": actor.name}
                    connection.execute(update(windows).where(windows.c.number == _number(window.id)).values(values))
            ended = _of_series(connection, series)
            if ended != found:
                detail = {"ended": sum(was != becomes for was, becomes in zip(found, ended, strict=True))}
                append(connection, actor.name, now, (("window.end-series", series, detail),))
            return ended

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


def _of_series(connection: Connection, series: str) -> tuple[AccessWindow, ...]:
    query = select(windows).where(windows.c.series == series).order_by(windows.c.opens_at, windows.c.number)
    return tuple(map(_read, connection.execute(query).mappings()))


def _first_click(
    connection: Connection, window: AccessWindow, now: datetime, *, of_series: bool = False
) -> AccessWindow | None:
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
    query = query.where(windows.c.series.is_not(None) if of_series else windows.c.series.is_(None))
    found = map(_read, connection.execute(query.order_by(windows.c.number)).mappings())
    return next((it for it in found if _asked(it) == _asked(window)), None)


def _asked(window: AccessWindow) -> tuple[object, ...]:
    whom = (window.school_class, window.room, window.macs)
    return (window.level, window.focus, window.kind, *whom)


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


_SAME = (
    "group",
    "opens_at",
    "closes_at",
    "opened_by",
    "why",
    "level",
    "rule",
    "ended_by",
    "school_class",
    "room",
    "series",
)


def _row(window: AccessWindow) -> dict[str, object]:
    return {name: getattr(window, name) for name in _SAME} | {
        "focus": list(window.focus),
        "clauses": list(window.clauses),
        "kind": window.kind.value,
        "macs": list(window.macs),
    }


def _read(row: Row) -> AccessWindow:
    same = {name: row[name] for name in _SAME} | {"kind": WindowKind(row["kind"])}
    same |= {name: tuple(row[name]) for name in ("focus", "clauses", "macs")}
    return AccessWindow(f"w{row['number']}", **same)


def _told(window: AccessWindow) -> dict[str, object]:
    return {name: value for name, value in _row(window).items() if value}
