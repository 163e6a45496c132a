"""Counts of queries by time, profile, outcome and category: nobody's data, kept for thirteen months."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from controller.api.access import Site, needs
from controller.api.problems import WrongInput
from controller.api.query_log_shapes import readable
from controller.api.shapes import Answer, Moment, example_of, examples
from controller.query_log import Span

router = APIRouter(prefix="/api/v1/query-counts", tags=["query log"])
STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
MOST = {"hour": timedelta(days=31), "day": timedelta(days=400)}


class CountOut(Answer):
    """From `begins` on for an hour or a day, in UTC."""

    model_config = examples(
        {
            "begins": "2026-11-24T09:00:00Z",
            "profile": "key-stage-2",
            "code": "category",
            "category": "games",
            "times": 41,
        }
    )
    begins: datetime
    profile: str
    code: str
    category: str
    times: int


class Counts(Answer):
    model_config = examples({"by": "day", "items": [example_of(CountOut)]})
    by: str
    items: tuple[CountOut, ...]


@router.get("", operation_id="list_query_counts", openapi_extra=needs("counts:read"))
def list_query_counts(
    site: Site,
    since: Annotated[Moment | None, Query(description="Left out: seven days ago.")] = None,
    until: Annotated[Moment | None, Query(description="Left out: now.")] = None,
    by: Annotated[Literal["hour", "day"], Query(description="An hour or a day in each row, in UTC.")] = "day",
) -> Counts:
    now = site.clock.now()
    end = until or now + timedelta(hours=1)
    begin = since or end - timedelta(days=7)
    if not timedelta() < end - begin <= MOST[by]:
        raise WrongInput(f"Expected `until` after `since`, by {MOST[by].days} days at most.")
    with readable():
        found = site.query_log.counts(Span(begin, end), by=STEPS[by])
    return Counts(by=by, items=tuple(map(CountOut.model_validate, found)))
