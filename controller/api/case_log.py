"""The query log beside a case: what the reporters' devices asked for around their reports. Each look is audited."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from controller.api.access import Site, Staff, needs
from controller.api.query_log_shapes import EntryOut, Purpose, readable
from controller.api.shapes import Answer, Ask, example_of, examples
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.reports.around import clients_of, may_be_read, silence, span_around
from controller.reports.model import Report

router = APIRouter(prefix="/api/v1/cases", tags=["reports"])
MOST_VOICES, MOST_ROWS = 20, 200


class LookAround(Ask):
    """`minutes`: so long before each report, and so long after it."""

    model_config = examples({"purpose": "case c12: how they came there", "minutes": 10})
    purpose: Purpose
    minutes: Annotated[int, Field(ge=1, le=30)] = 10


class AroundOut(Answer):
    """One report. `silence`: why there may be less here than was asked for; `more`: there is more than is shown."""

    model_config = examples(
        {
            "report": "rep31",
            "device": "ipad-5-11",
            "silence": "Of what was open the policy lets only the site's own domain be written down.",
            "rows": [example_of(EntryOut)],
            "more": False,
        }
    )
    report: str
    device: str
    silence: str
    rows: tuple[EntryOut, ...]
    more: bool


class Surroundings(Answer):
    model_config = examples({"case": "c12", "items": [example_of(AroundOut)]})
    case: str
    items: tuple[AroundOut, ...]


@router.post("/{case_id}/around", operation_id="around_case", openapi_extra=needs("query-log:read"))
def around_case(
    case_id: Annotated[str, Path(max_length=20, examples=["c12"])], ask: LookAround, site: Site, staff: Staff
) -> Surroundings:
    """What the first twenty reporters' devices asked for, oldest first. POST: every look writes into the audit."""
    case = site.store.case(case_id)
    items = tuple(_around(site, staff, report, ask) for report in site.store.reports_of(case.id, MOST_VOICES))
    return Surroundings(case=case.id, items=items)


def _around(site: SiteView, staff: Actor, report: Report, ask: LookAround) -> AroundOut:
    now, clients, span = site.clock.now(), clients_of(report.place), span_around(report, ask.minutes)
    found: tuple[EntryOut, ...] = ()
    if clients and may_be_read(site.policy, report):
        detail: dict[str, object] = {
            "purpose": ask.purpose,
            "case": report.case,
            "report": report.id,
            "clients": sorted(clients.values()),
        }
        detail |= {"since": span.since, "until": span.until}
        # Before anything is shown: a look that could not be recorded did not happen.
        site.store.record(staff, "query-log.search", report.place.device or report.place.address, detail, now)
        with readable():
            rows = site.query_log.entries(clients, span, MOST_ROWS + 1)
        found = tuple(map(EntryOut.model_validate, rows))
    return AroundOut(
        report=report.id,
        device=next(iter(clients.values()), ""),
        silence=silence(site.policy, report, now),
        rows=found[MOST_ROWS - 1 :: -1] if len(found) > MOST_ROWS else found[::-1],
        more=len(found) > MOST_ROWS,
    )
