"""Evidence holds: what is kept although retention or an erasure would take it, and its release."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, status

from controller.api.access import Site, Staff, needs
from controller.api.problems import NotFound
from controller.api.query_log import event_out
from controller.api.query_log_shapes import (
    EntryOut,
    EventOut,
    HoldOut,
    OfSpan,
    OfSubject,
    Purpose,
    readable,
    the_subject,
)
from controller.api.shapes import Answer, Ask, example_of, examples
from controller.query_log import Hold, evidence
from controller.query_log.evidence import NoSuchHold

router = APIRouter(prefix="/api/v1/evidence-holds", tags=["query log"])
HoldId = Annotated[str, Path(max_length=20, examples=["hold-1"])]


class MakeHold(OfSubject, OfSpan):
    """`since` left out: everything that is still there. `until` left out: until somebody releases it."""

    model_config = examples({"client": "ipad-5-11", "purpose": "incident 12", "since": "2026-11-24T09:00:00Z"})


class ReleaseHold(Ask):
    model_config = examples({"purpose": "incident 12 is closed"})
    purpose: Purpose


class Holds(Answer):
    model_config = examples({"items": [example_of(HoldOut)]})
    items: tuple[HoldOut, ...]


class HeldRows(Answer):
    model_config = examples(
        {"hold": example_of(HoldOut), "queries": [example_of(EntryOut)], "events": [example_of(EventOut)]}
    )
    hold: HoldOut
    queries: tuple[EntryOut, ...]
    events: tuple[EventOut, ...]


@router.get("", operation_id="list_evidence_holds", openapi_extra=needs("query-log:hold"))
def list_evidence_holds(site: Site) -> Holds:
    with readable():
        return Holds(items=tuple(map(hold_out, evidence.holds(site.query_log))))


@router.post(
    "", operation_id="make_evidence_hold", openapi_extra=needs("query-log:hold"), status_code=status.HTTP_201_CREATED
)
def make_evidence_hold(site: Site, staff: Staff, ask: MakeHold) -> HoldOut:
    """Copies what is there at once; while the hold is open, what comes in is added every minute."""
    now, subject = site.clock.now(), the_subject(site, ask.client)
    since = ask.since or now.replace(year=now.year - 2, day=1)
    wanted = Hold("", subject.asked, subject.clients, since, ask.until, ask.purpose, staff.name, now)
    with readable():
        made = evidence.begin(site.query_log, wanted)
    detail = {"hold": made.id, "reason": ask.purpose, "since": since, "until": ask.until, "sha256": made.sha256}
    site.store.record(staff, "evidence.hold", subject.asked, detail, now)
    return hold_out(made)


@router.post("/{hold_id}/export", operation_id="export_evidence_hold", openapi_extra=needs("query-log:hold"))
def export_evidence_hold(site: Site, staff: Staff, hold_id: HoldId, ask: ReleaseHold) -> HeldRows:
    """Every row that is held, for those who look into it."""
    hold = _known(site, hold_id)
    site.store.record(staff, "evidence.export", hold.id, {"purpose": ask.purpose}, site.clock.now())
    with readable():
        queries, events = evidence.rows_of(site.query_log, hold.id)
    return HeldRows(
        hold=hold_out(hold),
        queries=tuple(map(EntryOut.model_validate, queries)),
        events=tuple(event_out(each, each.device) for each in events),
    )


@router.post("/{hold_id}/release", operation_id="release_evidence_hold", openapi_extra=needs("query-log:hold"))
def release_evidence_hold(site: Site, staff: Staff, hold_id: HoldId, ask: ReleaseHold) -> HoldOut:
    """What it held is gone with it; its seal stands in the audit."""
    hold = _known(site, hold_id)
    detail = {"reason": ask.purpose, "subject": hold.subject, "rows": hold.rows, "sha256": hold.sha256}
    site.store.record(staff, "evidence.release", hold.id, detail, site.clock.now())
    with readable():
        evidence.release(site.query_log, hold.id)
    return hold_out(hold)


def hold_out(hold: Hold) -> HoldOut:
    return HoldOut.model_validate({**asdict(hold), "clients": dict(hold.clients)})


def _known(site: Site, hold_id: str) -> Hold:
    try:
        with readable():
            return evidence.extend(site.query_log, hold_id)
    except NoSuchHold:
        raise NotFound("There is no such hold, or it was released.", "GET /evidence-holds lists them.") from None
