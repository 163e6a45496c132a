"""The queue of reported sites at the console: one page for all that wait, one for each case, and the school's rules."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from controller.api import case_log
from controller.api import cases as api
from controller.api import report_desk as desk
from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.problems import WrongInput
from controller.api.query_log_shapes import Purpose
from controller.api.report_shapes import Decide, Reason, ScopeOut
from controller.api.site_view import SiteView
from controller.reports.model import Outcome, Reach
from controller.reports.review import due_for_review
from controller.web.origin import own_form
from controller.web.pages import page

router = APIRouter(dependencies=[Depends(own_form)])
PAGE = 50
CaseId = Annotated[str, Path(max_length=20)]
RuleId = Annotated[str, Path(max_length=20)]
Day = Annotated[str, Form(pattern=r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
# Words by a key, never words from the address.
SAID = {
    "decided": "Decided. The filters are being told now.",
    "undone": "Taken back. It waits again.",
    "ended": "Ended.",
}
Said = Annotated[Literal["decided", "undone", "ended"] | None, Query()]


@router.get("/cases", openapi_extra=needs("cases:read", COOKIE))
def queue(
    request: Request,
    site: Site,
    said: Said = None,
    after: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    waiting = site.store.cases(PAGE + 1, waiting=True, before=after)
    decided = () if after else site.store.cases(20, waiting=False)
    return page(
        request,
        "cases.html",
        said=SAID.get(said or ""),
        total=site.store.count_waiting(),
        waiting=waiting[:PAGE],
        more=waiting[PAGE - 1].id if len(waiting) > PAGE else "",
        decided=decided,
    )


@router.get("/cases/{case_id}", openapi_extra=needs("cases:read", COOKIE))
def case_page(request: Request, case_id: CaseId, site: Site, staff: Staff, said: Said = None) -> HTMLResponse:
    case = site.store.case(case_id)
    full = api.in_full(site, case)
    return page(
        request,
        "case.html",
        said=SAID.get(said or ""),
        case=case,
        full=full,
        groups=tuple(site.policy.year_groups),
        may_decide="cases:decide" in staff.scopes,
        may_look="query-log:read" in staff.scopes,
        effect=_effect(site, staff.name, case_id) if case.open and "cases:decide" in staff.scopes else None,
    )


@router.post("/cases/{case_id}/around", openapi_extra=needs("query-log:read", COOKIE))
def around(
    request: Request, case_id: CaseId, site: Site, staff: Staff, purpose: Annotated[Purpose, Form()]
) -> HTMLResponse:
    """A page of its own and no place to come back to: each look says what for, and stands in the audit."""
    found = case_log.around_case(case_id, case_log.LookAround(purpose=purpose), site, staff)
    return page(request, "case_around.html", found=found)


@router.post("/cases/{case_id}/decide", openapi_extra=needs("cases:decide", COOKIE))
def decide(
    case_id: CaseId,
    site: Site,
    staff: Staff,
    outcome: Annotated[Outcome, Form()],
    reason: Annotated[Reason, Form()],
    scope: Annotated[str, Form(max_length=63)] = "pupils",
    reach: Annotated[Reach, Form()] = Reach.BELOW,
    until: Day = "",
    review_on: Day = "",
    override: Annotated[str, Form(max_length=300)] = "",
    everywhere: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """A day in `until` is the last on which it holds, up to the bell."""
    asked = Decide(
        outcome=outcome,
        reason=reason,
        scope=_scope(scope),
        reach=reach,
        until=_end_of(until, site),
        review_on=date.fromisoformat(review_on) if review_on else None,
        override=tuple(filter(None, (each.strip() for each in override.split(",")))),
        everywhere=everywhere,
    )
    desk.settle(site, staff, case_id, asked.decision)
    return RedirectResponse("/cases?said=decided", 303)


@router.post("/cases/{case_id}/undo", openapi_extra=needs("cases:decide", COOKIE))
def undo(case_id: CaseId, site: Site, staff: Staff, reason: Annotated[Reason, Form()]) -> RedirectResponse:
    case = desk.undo(site, staff, case_id, reason)
    return RedirectResponse(f"/cases/{case.id}?said=undone", 303)


@router.get("/site-rules", openapi_extra=needs("site-rules:read", COOKIE))
def rules_page(request: Request, site: Site, staff: Staff, said: Said = None) -> HTMLResponse:
    now = site.clock.now()
    rules = site.store.site_rules(500)
    return page(
        request,
        "site_rules.html",
        said=SAID.get(said or ""),
        rules=rules,
        due={each.rule.id: each for each in due_for_review(rules, now, site.policy.school.zone)},
        may_write="site-rules:write" in staff.scopes,
    )


@router.post("/site-rules/{rule_id}/end", openapi_extra=needs("site-rules:write", COOKIE))
def end_rule(rule_id: RuleId, site: Site, staff: Staff, reason: Annotated[Reason, Form()]) -> RedirectResponse:
    ended = site.store.end_site_rule(rule_id, reason, staff, site.clock.now())
    site.loop.wake(f"rule {ended.id} ended")
    return RedirectResponse("/site-rules?said=ended", 303)


def _scope(chosen: str) -> ScopeOut:
    if chosen in ("pupils", "school"):
        return ScopeOut(pupils=chosen == "pupils", school=chosen == "school")
    return ScopeOut(groups=(chosen,)) if chosen else ScopeOut()


def _end_of(day: str, site: SiteView) -> datetime | None:
    if not day:
        return None
    try:
        last = date.fromisoformat(day)
    except ValueError:
        raise WrongInput("That is no day.", "Choose one of the calendar.") from None
    bell = site.policy.day.bell or time(23, 59)
    return datetime.combine(last, bell, site.policy.school.zone)


def _effect(site: SiteView, by: str, case_id: str) -> dict[str, int] | None:
    """What a block for pupils would have closed in the last two days; None where that cannot be said."""
    case = site.store.case(case_id)
    try:
        asked = Decide(outcome=Outcome.BLOCKED, reason="what if", scope=ScopeOut(pupils=True))
        return dict(list(api.effect(site, by, case, asked, 2).closes.items())[:10])
    except WrongInput:
        return None
