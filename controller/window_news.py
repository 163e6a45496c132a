"""What happened to windows between two looks: opened, extended, about to end, over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from controller.model import AccessWindow

SOON = timedelta(minutes=5)
"""So long before its end a window is announced to end."""


class What(StrEnum):
    OPENED = "opened"
    CHANGED = "changed"
    ENDS_SOON = "ends-soon"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class WindowNews:
    what: What
    window: AccessWindow


def ends_soon(window: AccessWindow, now: datetime) -> bool:
    return window.covers(now) and window.closes_at - now <= SOON


def news_between(
    before: Iterable[AccessWindow], since: datetime, after: Iterable[AccessWindow], now: datetime
) -> Iterator[WindowNews]:
    """`before` and `after`: the windows that were known at the two looks, open or not, `since` and `now`."""
    was = {window.id: window for window in before}
    becomes = {window.id: window for window in after}
    for window in becomes.values():
        yield from _news_of(was.get(window.id), since, window, now)
    for window in was.values():
        if window.id not in becomes and window.covers(since):
            yield WindowNews(What.CLOSED, window)


def _news_of(was: AccessWindow | None, since: datetime, window: AccessWindow, now: datetime) -> Iterator[WindowNews]:
    was_open = was is not None and was.covers(since)
    if not window.covers(now):
        if was_open:
            yield WindowNews(What.CLOSED, window)
        return
    if not was_open:
        yield WindowNews(What.OPENED, window)
    elif was is not None and was.closes_at != window.closes_at:
        yield WindowNews(What.CHANGED, window)
    if ends_soon(window, now) and not (was is not None and ends_soon(was, since)):
        yield WindowNews(What.ENDS_SOON, window)
