"""Events: windows that open, change, are about to end and end, as they happen. ●"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from controller.api import lessons
from controller.api.access import Site, needs
from controller.api.problems import Unavailable
from controller.api.shapes import Id
from controller.api.site_view import SiteView
from controller.api.windows import shown
from controller.model import AccessWindow
from controller.window_news import WindowNews, news_between

router = APIRouter(prefix="/api/v1/events", tags=["windows"])

LOOK = 1.0
"""Seconds between two looks."""
MOST_LISTENERS = 50
LONGEST = timedelta(minutes=5)
"""Then a listener has to ask again, and its token is looked at again."""
EXAMPLE = 'event: ends-soon\ndata: {"id": "w17", "whom": "year-5", "seconds_left": 299}\n\n'
_A_SECOND = timedelta(seconds=1)
Look = tuple[datetime, tuple[AccessWindow, ...]]


@dataclass(slots=True)
class Listeners:
    """How many listen to this controller now."""

    count: int = 0


def seat(request: Request) -> Iterator[None]:
    """A place for one listener. Raises Unavailable where all are taken."""
    listeners: Listeners = request.app.state.listeners
    if listeners.count >= MOST_LISTENERS:
        raise Unavailable(f"{MOST_LISTENERS} others are listening already.", "GET /api/v1/windows says the same.")
    listeners.count += 1
    try:
        yield
    finally:
        listeners.count -= 1


@router.get(
    "",
    operation_id="listen_to_events",
    response_class=EventSourceResponse,
    dependencies=[Depends(seat)],
    responses={200: {"content": {"text/event-stream": {"example": EXAMPLE}}}},
    openapi_extra=needs("windows:read"),
)
async def listen(
    site: Site, group: Annotated[Id | None, Query(description="Only windows of this year group.")] = None
) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events `opened`, `changed`, `ends-soon` (five minutes before its end) and `closed`, each with the
    window as `GET /windows` shows it. What is open at the beginning is told as `opened`; after five minutes the stream
    ends, and the client asks again.
    """
    began = site.clock.now()
    look: Look = (began, ())
    yield ServerSentEvent(comment="listening", retry=1000)
    while look[0] - began < LONGEST:
        found, look = await run_in_threadpool(_look, site, look)
        for news in found:
            if group in (None, news.window.group):
                yield ServerSentEvent(data=shown(news.window, look[0]), event=news.what.value)
        await asyncio.sleep(LOOK)


def _look(site: SiteView, before: Look) -> tuple[tuple[WindowNews, ...], Look]:
    since, was = before
    now = site.clock.now()
    known = lessons.lessons_between(site, min(since, now), now + _A_SECOND)
    return tuple(news_between(was, since, known, now)), (now, known)
