"""The query log: what one person or device asked for. Each look asks for a purpose and stands in the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from controller.api.access import Site, Staff, needs
from controller.api.query_log_shapes import (
    EntryOut,
    EventOut,
    Found,
    OfSpan,
    OfSubject,
    SubjectOut,
    readable,
    subject_out,
    the_subject,
)
from controller.api.shapes import Answer, example_of, examples
from controller.query_log import Event, Subject
from controller.query_log.erasure import ALWAYS, erase
from controller.query_log.evidence import holds

router = APIRouter(prefix="/api/v1/query-log", tags=["query log"])
EVERYTHING = 1_000_000
FIELDS = {
    "at": "when, in UTC",
    "device": "a pseudonym of the device; another one each term",
    "profile": "what the group was allowed at that moment",
    "qname": "the name asked for; of allowed ones usually the site's own domain only",
    "qtype": "the kind of record",
    "code": "what the filter did",
    "rule": "by which line of the school's policy",
    "epoch": "by which edition of the filter's table",
    "latency": "seconds until the answer; 0 where it was remembered",
    "times": "how often within that second",
    "why": "the token that was sent with a block",
    "category": "on which kind of list it stood",
}


class Search(OfSubject, OfSpan):
    """`blocked`: true, only what was blocked; false, only what was not. `name`: this name and what is below it."""

    model_config = examples({"client": "ipad-5-11", "purpose": "incident 12, asked by the head", "blocked": True})
    blocked: bool | None = None
    name: Annotated[str, Field(max_length=300)] = ""
    limit: Annotated[int, Field(ge=1, le=5000)] = 500


class Export(OfSubject):
    model_config = examples({"client": "p1042", "purpose": "subject access request of 20 November"})


class Erase(OfSubject):
    """`events`: safeguarding events too. The school may have to keep those; who asks decides and answers for it."""

    model_config = examples({"client": "p1042", "purpose": "request for erasure of 20 November"})
    events: bool = False


class SubjectExport(Answer):
    """All that is written down of one subject, with the meaning of each field."""

    model_config = examples(
        {
            "subject": example_of(SubjectOut),
            "made_at": "2026-11-24T10:00:00Z",
            "fields": {"at": "when, in UTC"},
            "queries": [example_of(EntryOut)],
            "events": [example_of(EventOut)],
        }
    )
    subject: SubjectOut
    made_at: datetime
    fields: dict[str, str]
    queries: tuple[EntryOut, ...]
    events: tuple[EventOut, ...]


class ErasedOut(Answer):
    """How many rows are gone, and how many an evidence hold keeps."""

    model_config = examples({"subject": example_of(SubjectOut), "rows": 812, "held": 0, "events": 0})
    subject: SubjectOut
    rows: int
    held: int
    events: int


@router.post("/searches", operation_id="search_query_log", openapi_extra=needs("query-log:read"))
def search_query_log(site: Site, staff: Staff, ask: Search) -> Found:
    """The newest rows first. POST, because every look writes a row into the audit."""
    now, subject = site.clock.now(), the_subject(site, ask.client)
    span = ask.span(now)
    # Before anything is shown: a look that could not be recorded did not happen.
    _record(site, staff, "query-log.search", subject, ask, {"since": span.since, "until": span.until})
    with readable():
        found = site.query_log.entries(subject.clients, span, ask.limit + 1, blocked=ask.blocked, name=ask.name)
    items = tuple(map(EntryOut.model_validate, found[: ask.limit]))
    return Found(subject=subject_out(subject), items=items, more=len(found) > ask.limit)


@router.post("/exports", operation_id="export_query_log", openapi_extra=needs("query-log:read"))
def export_query_log(site: Site, staff: Staff, ask: Export) -> SubjectExport:
    """What a person, or a child's parents, may ask for (GDPR article 15)."""
    subject = the_subject(site, ask.client)
    _record(site, staff, "query-log.export", subject, ask, {})
    with readable():
        queries = site.query_log.entries(subject.clients, ALWAYS, EVERYTHING)
        events = site.query_log.events(ALWAYS, EVERYTHING, subject.clients)
    return SubjectExport(
        subject=subject_out(subject),
        made_at=site.clock.now(),
        fields=FIELDS,
        queries=tuple(map(EntryOut.model_validate, queries)),
        events=tuple(event_out(each, each.device) for each in events),
    )


@router.post("/erasures", operation_id="erase_query_log", openapi_extra=needs("query-log:erase"))
def erase_query_log(site: Site, staff: Staff, ask: Erase) -> ErasedOut:
    """Erases at once what no evidence hold keeps (GDPR article 17)."""
    subject = the_subject(site, ask.client)
    _record(site, staff, "query-log.erase", subject, ask, {"events": ask.events})
    with readable():
        gone = erase(site.query_log, subject, holds(site.query_log), events=ask.events)
    return ErasedOut(subject=subject_out(subject), rows=gone.rows, held=gone.held, events=gone.events)


def event_out(event: Event, device: str) -> EventOut:
    return EventOut(
        at=event.at,
        device=device,
        profile=event.profile,
        qname=event.qname,
        code=event.code,
        category=event.category,
        rule=event.rule,
        times=event.times,
    )


def _record(site: Site, staff: Staff, action: str, subject: Subject, ask: OfSubject, more: dict[str, Any]) -> None:
    detail = {"purpose": ask.purpose, "clients": sorted(subject.clients.values()), **more}
    site.store.record(staff, action, subject.asked, detail, site.clock.now())
