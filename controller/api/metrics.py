"""Metrics: Prometheus text, for a token that may read it; and the counting of requests."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.api.access import Site, needs
from controller.api.lessons import lessons_between
from controller.api.pushes import quarantines
from controller.filter_metrics import FilterState
from controller.metrics import RequestCounts, SchoolState, exposition
from controller.push.metrics import PushState

router = APIRouter(prefix="/api/v1/metrics", tags=["metrics"])


class CountRequests:
    """ASGI middleware. Only the route's template is counted: an address is the client's own text."""

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self._app, self._counts = app, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        statuses, begun = [500], perf_counter()

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses[:] = [message["status"]]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            self._counts.count(scope["method"], route, statuses[0], perf_counter() - begun)


@router.get(
    "",
    operation_id="get_metrics",
    openapi_extra=needs("metrics:read"),
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": 'caretaker_devices{admission="registered"} 118.0\n'}}}},
)
def get_metrics(request: Request, site: Site) -> PlainTextResponse:
    now = site.clock.now()
    windows = lessons_between(site, now, now + timedelta(seconds=1))
    points = site.loop.points()
    state = SchoolState(site.inventory(), windows, points, site.loop.intent())
    others = PushState(points, quarantines(site)), FilterState(site.worker_counts())
    text = exposition(state, cast(RequestCounts, request.app.state.counts), *others)
    return PlainTextResponse(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
