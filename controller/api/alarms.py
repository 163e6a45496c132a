"""Alarms: what a person should look at, and that somebody has."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from controller.api.access import Site, Staff, needs
from controller.api.problems import NotFound
from controller.api.shapes import Answer, Ask, Limit, Words, example_of, examples
from controller.api.sight import macs_in_sight
from controller.store import NotFound as NotInStore

router = APIRouter(prefix="/api/v1/alarms", tags=["devices"])


class AlarmOut(Answer):
    """`kind`: `flood` (more new MACs than any school has), `pinned` (a printer or board shows something else)."""

    model_config = examples(
        {
            "number": 1,
            "at": "2026-11-24T09:14:55Z",
            "kind": "pinned",
            "subject": "3c:22:fb:05:00:11",
            "text": "port was sw-hall Gi1/0/5, is sw-hall Gi1/0/9",
            "settled_at": None,
            "settled_by": None,
        }
    )
    number: int
    at: datetime
    kind: str
    subject: str
    text: str
    settled_at: datetime | None
    settled_by: str | None


class Alarms(Answer):
    model_config = examples({"items": [example_of(AlarmOut)]})
    items: tuple[AlarmOut, ...]


class Settle(Ask):
    model_config = examples({"reason": "the printer was moved to the office"})
    reason: Words


@router.get("", operation_id="list_alarms", openapi_extra=needs("devices:read"))
def list_alarms(
    site: Site,
    staff: Staff,
    settled: Annotated[bool, Query(description="Those that somebody has settled as well.")] = False,
    limit: Limit = 100,
) -> Alarms:
    """The newest first."""
    in_sight = macs_in_sight(site, staff)
    found = (alarm for alarm in site.store.alarms(limit, settled) if in_sight(alarm.subject))
    return Alarms(items=tuple(map(AlarmOut.model_validate, found)))


@router.post("/{number}/settle", operation_id="settle_alarm", openapi_extra=needs("devices:write"))
def settle_alarm(number: Annotated[int, Path(ge=1, lt=2**53)], ask: Settle, site: Site, staff: Staff) -> AlarmOut:
    """Somebody has looked. What a pinned device shows now is what it is from here on."""
    try:
        alarm = site.store.settle_alarm(number, staff, site.clock.now(), ask.reason)
    except NotInStore as error:
        raise NotFound(str(error)) from error
    if alarm.kind == "pinned":
        site.store.pin_as_shown(alarm.subject)
    return AlarmOut.model_validate(alarm)
