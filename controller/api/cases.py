"""Cases: what was reported of one site, who was asked about it, and what is decided (F2, W7, F14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from controller.api import report_desk as desk
from controller.api.access import Site, Staff, needs
from controller.api.query_log_shapes import Purpose, readable
from controller.api.report_shapes import (
    CaseOut,
    Decide,
    Reason,
    SiteRuleOut,
    VoiceOut,
    case_out,
    rule_out,
    voice_out,
)
from controller.api.shapes import Answer, Ask, Limit, example_of, examples
from controller.api.site_view import SiteView
from controller.query_log import Span
from controller.reports.effect import Effect, effect_of
from controller.reports.model import Case
from controller.reports.now_says import Says, now_says
from controller.reports.pack import pack_of
from controller.reports.site_name import Kind
from controller.reports.traces import traces

router = APIRouter(prefix="/api/v1/cases", tags=["reports"])

CaseId = Annotated[str, Path(max_length=20, examples=["c12"])]
Days = Annotated[int, Query(ge=1, le=31, description="How many days back.")]
MOST_TRACES = 500


class SaysOut(Answer):
    model_config = examples(
        {
            "group": "year-5",
            "allowed": False,
            "code": "rule-blocked",
            "rule": "case c12, rule r7",
            "categories": [],
            "lists": [],
        }
    )
    group: str
    allowed: bool
    code: str
    rule: str
    categories: tuple[str, ...]
    lists: tuple[str, ...]


class CaseInFull(CaseOut):
    """`now`: what the filter says of the name in a lesson of each group. `known_to`: the lists that hold it."""

    model_config = examples(
        {
            **example_of(CaseOut),
            "reports": [example_of(VoiceOut)],
            "now": [example_of(SaysOut)],
            "known_to": [],
            "rule": example_of(SiteRuleOut),
        }
    )
    reports: tuple[VoiceOut, ...]
    now: tuple[SaysOut, ...]
    known_to: tuple[str, ...]
    rule: SiteRuleOut | None


class Cases(Answer):
    model_config = examples({"waiting": 1, "items": [example_of(CaseOut)]})
    waiting: int
    items: tuple[CaseOut, ...]


class Undo(Ask):
    model_config = examples({"reason": "the site is on the reading list of Year 6"})
    reason: Reason


class LookBack(Ask):
    """Looking at what pupils asked for needs a purpose, which stands in the audit."""

    model_config = examples({"purpose": "case c12: who saw it", "days": 3})
    purpose: Purpose
    days: Annotated[int, Query(ge=1, le=31)] = 3


class TraceOut(Answer):
    """One device that asked for the name. `device` is the name staff know, or a pseudonym nobody can tell any more."""

    model_config = examples(
        {
            "device": "ipad-5-11",
            "profile": "key-stage-2",
            "name": "poki.com",
            "allowed": True,
            "times": 4,
            "first": "2026-11-24T08:58:10Z",
            "last": "2026-11-24T08:59:40Z",
        }
    )
    device: str
    profile: str
    name: str
    allowed: bool
    times: int
    first: str
    last: str


class Traces(Answer):
    model_config = examples({"case": "c12", "days": 3, "items": [example_of(TraceOut)]})
    case: str
    days: int
    items: tuple[TraceOut, ...]


class EffectOut(Answer):
    """What the log of the last days says would have been closed. `lessons`: those that would have lost a name."""

    model_config = examples(
        {
            "pattern": "poki.com",
            "queries": 18250,
            "closes": {"year-5 poki.com": 41},
            "lessons": {"year-5: timetable[0]: computing": ["poki.com"]},
        }
    )
    pattern: str
    queries: int
    closes: dict[str, int]
    lessons: dict[str, tuple[str, ...]]


class PackOut(Answer):
    """What is handed to the authority: names, times and hashes. Nobody has to look at the site again for it."""

    model_config = examples(
        {
            "case": "c12",
            "sha256": "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184",
            "text": "Report of a site that may be illegal…",
        }
    )
    case: str
    sha256: str
    text: str


@router.get("", operation_id="list_cases", openapi_extra=needs("cases:read"))
def list_cases(
    site: Site,
    waiting: Annotated[bool | None, Query(description="Only those nobody has decided; the oldest first.")] = None,
    before: Annotated[str, Query(max_length=20, description="Those that come after this one in the list.")] = "",
    limit: Limit = 100,
) -> Cases:
    found = site.store.cases(limit, waiting=waiting, before=before)
    return Cases(waiting=site.store.count_waiting(), items=tuple(case_out(each, site.policy) for each in found))


@router.get("/{case_id}", operation_id="get_case", openapi_extra=needs("cases:read"))
def get_case(case_id: CaseId, site: Site) -> CaseInFull:
    """With its voices, what the filter says of the name now, and which lists know it."""
    return in_full(site, site.store.case(case_id))


@router.post("/{case_id}/decision", operation_id="decide_case", openapi_extra=needs("cases:decide"))
def decide_case(case_id: CaseId, ask: Decide, site: Site, staff: Staff) -> CaseInFull:
    """In force at every filter worker within a second; undo takes it back."""
    desk.settle(site, staff, case_id, ask.decision)
    return in_full(site, site.store.case(case_id))


@router.post("/{case_id}/undo", operation_id="undo_case", openapi_extra=needs("cases:decide"))
def undo_case(case_id: CaseId, ask: Undo, site: Site, staff: Staff) -> CaseInFull:
    """Its rule ends, and the case waits again."""
    return in_full(site, desk.undo(site, staff, case_id, ask.reason))


@router.post("/{case_id}/reached", operation_id="who_reached_case", openapi_extra=needs("query-log:read"))
def who_reached_case(case_id: CaseId, ask: LookBack, site: Site, staff: Staff) -> Traces:
    """Which devices asked for the name in the last days. POST, because every look writes a row into the audit."""
    case, span = site.store.case(case_id), _span(site, ask.days)
    detail = {"purpose": ask.purpose, "site": case.key, "since": span.since, "until": span.until}
    site.store.record(staff, "query-log.search", case.id, detail, site.clock.now())
    if case.kind is not Kind.SITE:
        return Traces(case=case.id, days=ask.days, items=())
    with readable():
        found = traces(site.query_log, site.inventory(), case.key, span, MOST_TRACES)
    return Traces(case=case.id, days=ask.days, items=tuple(map(TraceOut.model_validate, found)))


@router.post("/{case_id}/effect", operation_id="effect_of_case", openapi_extra=needs("cases:decide"))
def effect_of_case(case_id: CaseId, ask: Decide, site: Site, staff: Staff, days: Days = 3) -> EffectOut:
    """What this decision would have closed in the last days: the log is put to both rules. Names no person."""
    return _effect_out(effect(site, staff.name, site.store.case(case_id), ask, days))


@router.post("/{case_id}/referral", operation_id="referral_of_case", openapi_extra=needs("cases:decide"))
def referral_of_case(case_id: CaseId, site: Site, staff: Staff) -> PackOut:
    """The pack for the authority or the police. Making it stands in the audit with its hash."""
    now, case = site.clock.now(), site.store.case(case_id)
    pack = pack_of(case, site.store.reports_of(case.id, 500), site.policy, staff.name, now)
    site.store.record(staff, "case.refer", case.id, {"sha256": pack.sha256}, now)
    return PackOut(case=case.id, sha256=pack.sha256, text=pack.text)


def in_full(site: SiteView, case: Case) -> CaseInFull:
    said = now_says(site.policy, site.inventory(), site.loop.intent(), site.names(), case.key, site.clock.now())
    rule = (case.decided.rule if case.decided else "") or case.provisional
    return CaseInFull(
        **case_out(case, site.policy).model_dump(),
        reports=tuple(map(voice_out, site.store.reports_of(case.id))),
        now=tuple(map(_says_out, said)),
        known_to=tuple(dict.fromkeys(each for one in said for each in one.lists)),
        rule=rule_out(site.store.site_rule(rule), site.clock.now()) if rule else None,
    )


def effect(site: SiteView, by: str, case: Case, ask: Decide, days: int) -> Effect:
    span = _span(site, days)
    windows = site.store.windows(span.since, span.until)
    made = desk.weighed(site, case, ask.decision, by)
    with readable():
        return effect_of(site.policy, site.inventory(), windows, site.names(), site.query_log, made.rule, span)


def _effect_out(found: Effect) -> EffectOut:
    return EffectOut(
        pattern=found.pattern, queries=found.queries, closes=dict(found.closes), lessons=dict(found.lessons)
    )


def _says_out(says: Says) -> SaysOut:
    return SaysOut.model_validate(says)


def _span(site: SiteView, days: int) -> Span:
    now = site.clock.now()
    return Span(now - timedelta(days=days), now + timedelta(minutes=1))
