"""The school's own rules for sites: made, looked at again, ended, and exported as lists (F12, T4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, status
from fastapi.responses import PlainTextResponse
from pydantic import Field, StringConstraints

from controller.api import report_desk as desk
from controller.api.access import Site, Staff, needs
from controller.api.problems import WrongInput
from controller.api.report_shapes import Reason, ScopeOut, SiteName, SiteRuleOut, rule_out
from controller.api.shapes import Answer, Ask, Limit, Moment, example_of, examples
from controller.policy import Clause
from controller.reports.decision import NotPossible, rule_by_hand
from controller.reports.export import FORMATS, exported
from controller.reports.review import Due, due_for_review

router = APIRouter(prefix="/api/v1/site-rules", tags=["reports"])
RuleId = Annotated[str, Path(max_length=20, examples=["r7"])]


class MakeRule(Ask):
    """`pattern`: `example.org`, `=example.org` or `*.example.org`. What opens needs an end or a day of review."""

    model_config = examples(
        {"pattern": "poki.com", "allow": False, "scope": {"pupils": True}, "reason": "games"},
        {
            "pattern": "ttrockstars.com",
            "allow": True,
            "scope": {"groups": ["year-4"]},
            "reason": "times tables",
            "until": "2026-12-03T15:15:00Z",
        },
    )
    pattern: SiteName
    allow: bool
    scope: ScopeOut
    reason: Reason
    until: Moment | None = None
    review_on: date | None = None
    clauses: tuple[Clause, ...] = Field(default=(), max_length=20)
    everywhere: bool = False
    override: tuple[SiteName, ...] = Field(default=(), max_length=20)
    origin: Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    """Whose word it is, where a provider sent it."""


class EndRule(Ask):
    model_config = examples({"reason": "the shop has closed"})
    reason: Reason


class ReviewRule(Ask):
    model_config = examples({"reason": "still needed", "review_on": "2027-11-24"})
    reason: Reason
    review_on: date


class SiteRules(Answer):
    model_config = examples({"items": [example_of(SiteRuleOut)]})
    items: tuple[SiteRuleOut, ...]


class DueOut(Answer):
    """`suggest`: `review`, or `remove` for a rule that decided nothing for a year."""

    model_config = examples({"rule": example_of(SiteRuleOut), "suggest": "review", "why": "its day of review has come"})
    rule: SiteRuleOut
    suggest: str
    why: str


class DueRules(Answer):
    model_config = examples({"items": [example_of(DueOut)]})
    items: tuple[DueOut, ...]


@router.get("", operation_id="list_site_rules", openapi_extra=needs("site-rules:read"))
def list_site_rules(
    site: Site,
    ended: Annotated[bool, Query(description="Those too that have ended.")] = False,
    limit: Limit = 100,
) -> SiteRules:
    now = site.clock.now()
    return SiteRules(items=tuple(rule_out(each, now) for each in site.store.site_rules(limit, ended=ended)))


@router.post(
    "", status_code=status.HTTP_201_CREATED, operation_id="make_site_rule", openapi_extra=needs("site-rules:write")
)
def make_site_rule(ask: MakeRule, site: Site, staff: Staff) -> SiteRuleOut:
    """Without a report. What stands in the way of a reported site stands in the way of this too."""
    now = site.clock.now()
    try:
        rule = rule_by_hand(
            ask.pattern,
            ask.scope.scope,
            site.policy,
            staff.name,
            now,
            allow=ask.allow,
            reason=ask.reason,
            until=ask.until,
            review_on=ask.review_on,
            clauses=ask.clauses,
            everywhere=ask.everywhere,
            override=ask.override,
            held=desk.held_by(site),
        )
    except NotPossible as wrong:
        raise WrongInput(str(wrong)) from None
    made = site.store.put_site_rule(replace(rule, origin=ask.origin), staff, now)
    site.loop.wake(f"rule {made.id} made")
    return rule_out(made, now)


@router.get("/due", operation_id="list_due_site_rules", openapi_extra=needs("site-rules:read"))
def list_due_site_rules(site: Site) -> DueRules:
    """Those to look at again: their day has come, or nothing has met them for a year."""
    now = site.clock.now()
    found = due_for_review(site.inventory().site_rules, now, site.policy.school.zone)
    return DueRules(items=tuple(_due_out(each, site) for each in found))


@router.get(
    "/export",
    operation_id="export_site_rules",
    openapi_extra=needs("site-rules:read"),
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": "# What the school blocks by its own rules\npoki.com\n"}}}},
)
def export_site_rules(
    site: Site,
    form: Annotated[
        Literal["domains", "hosts", "adblock", "rpz", "dnsmasq", "unbound"], Query(alias="format")
    ] = "domains",
    allow: Annotated[bool, Query(description="The rules that open, instead of those that block.")] = False,
) -> PlainTextResponse:
    """As a list that other filters read."""
    now = site.clock.now()
    rules = tuple(each for each in site.inventory().site_rules if each.holds(now) and each.allow is allow)
    return PlainTextResponse(exported(rules, FORMATS[form], site.policy.school.name, now, allow=allow))


@router.get("/{rule_id}", operation_id="get_site_rule", openapi_extra=needs("site-rules:read"))
def get_site_rule(rule_id: RuleId, site: Site) -> SiteRuleOut:
    return rule_out(site.store.site_rule(rule_id), site.clock.now())


@router.post("/{rule_id}/end", operation_id="end_site_rule", openapi_extra=needs("site-rules:write"))
def end_site_rule(rule_id: RuleId, ask: EndRule, site: Site, staff: Staff) -> SiteRuleOut:
    """Ending an ended one changes nothing."""
    ended = site.store.end_site_rule(rule_id, ask.reason, staff, site.clock.now())
    site.loop.wake(f"rule {ended.id} ended")
    return rule_out(ended, site.clock.now())


@router.post("/{rule_id}/review", operation_id="review_site_rule", openapi_extra=needs("site-rules:write"))
def review_site_rule(rule_id: RuleId, ask: ReviewRule, site: Site, staff: Staff) -> SiteRuleOut:
    """Somebody has looked: it stays until the next day of review."""
    now = site.clock.now()
    if ask.review_on <= now.astimezone(site.policy.school.zone).date():
        raise WrongInput("That day of review is past.", "Name one that is still to come.")
    return rule_out(site.store.review_site_rule(rule_id, ask.review_on, staff, now, ask.reason), now)


def _due_out(due: Due, site: Site) -> DueOut:
    return DueOut(rule=rule_out(due.rule, site.clock.now()), suggest=due.suggest, why=due.why)
