"""Safeguarding events: blocked mandatory and harmful names, for the safeguarding lead alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.access import Site, Staff, needs
from controller.api.query_log import event_out
from controller.api.query_log_shapes import EventOut, readable
from controller.api.shapes import Answer, Limit, Moment, example_of, examples
from controller.query_log import Span
from inventory.model import Inventory

router = APIRouter(prefix="/api/v1/safeguarding-events", tags=["query log"])
USUAL = timedelta(days=7)


class Events(Answer):
    """Newest first. A device whose pseudonym nobody can tell any more is shown by it."""

    model_config = examples({"items": [example_of(EventOut)]})
    items: tuple[EventOut, ...]


@router.get("", operation_id="list_safeguarding_events", openapi_extra=needs("safeguarding:read"))
def list_safeguarding_events(
    site: Site,
    staff: Staff,
    since: Annotated[Moment | None, Query(description="Left out: seven days ago.")] = None,
    until: Annotated[Moment | None, Query(description="Left out: now.")] = None,
    limit: Limit = 100,
) -> Events:
    now = site.clock.now()
    span = Span(since or now - USUAL, until or now + timedelta(minutes=1))
    site.store.record(staff, "safeguarding.read", "events", {"since": span.since, "until": span.until}, now)
    with readable():
        found = site.query_log.events(span, limit)
        names = _names(site, site.inventory()) if found else {}
    return Events(items=tuple(event_out(each, names.get((each.term, each.device), each.device)) for each in found))


def _names(site: Site, inventory: Inventory) -> dict[tuple[str, str], str]:
    """(term, pseudonym) -> the device as staff know it."""
    names = {str(mac): device.name for mac, device in inventory.devices.items()}
    return {
        (term, pseudonym): names[key]
        for term in site.query_log.terms()
        for pseudonym, key in site.query_log.pseudonyms(tuple(names), term).items()
    }
