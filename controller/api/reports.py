"""Reports: a site that somebody found unsuitable, or one that is blocked and should not be (F2, F12)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, status
from pydantic import Field, StringConstraints

from controller.api import report_desk as desk
from controller.api.access import Site, Staff, address_of, needs
from controller.api.problems import WrongInput
from controller.api.report_shapes import SiteRuleOut, rule_out
from controller.api.shapes import Answer, Ask, Id, examples
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.reports.model import Means, Wish
from controller.reports.words import answer_words, spoken

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])

SiteText = Annotated[
    str, StringConstraints(max_length=4096), Field(description="The address of the page, or its name.")
]
Said = Annotated[str, StringConstraints(max_length=4000)]
Receipt = Annotated[
    str, Path(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$", examples=["S3cret-of-the-reporter"])
]


class ReportSite(Ask):
    """`address` is of the device it was seen on; left out: where this call comes from. `block`: at once, by staff."""

    model_config = examples(
        {"site": "https://www.poki.com/en/g/shooter", "said": "people shoot each other"},
        {"site": "poki.com", "said": "games in the lesson", "block": True},
    )
    site: SiteText
    said: Said = ""
    by: Annotated[str, StringConstraints(max_length=80)] = ""
    address: Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9A-Fa-f:.]*$")] = ""
    block: bool = False
    means: Literal["api", "bookmarklet", "mail"] = "api"
    language: Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Za-z-]*$")] = "en"


class AskForSite(Ask):
    """Please open a site: for whom, and by when."""

    model_config = examples(
        {"site": "ttrockstars.com", "said": "times tables", "wanted_for": "year-4", "wanted_by": "2026-12-03"}
    )
    site: SiteText
    said: Said = ""
    wanted_for: Id
    wanted_by: date | None = None


class ReportOut(Answer):
    """`receipt` opens the answer to this report and is shown only here. `block`: the rule that holds at once."""

    model_config = examples(
        {
            "id": "rep31",
            "case": "c12",
            "voices": 3,
            "site": "www.poki.com",
            "kind": "site",
            "receipt": "S3cret-of-the-reporter",
            "block": None,
            "not_blocked": "",
        }
    )
    id: str
    case: str
    voices: int
    site: str
    kind: str
    receipt: str
    block: SiteRuleOut | None
    not_blocked: str


class ReportAnswer(Answer):
    """In words for whoever reported, a child too."""

    model_config = examples(
        {
            "at": "2026-11-24T09:00:00Z",
            "site": "www.poki.com",
            "state": "blocked",
            "title": "Thank you! It is blocked now.",
            "text": "A grown-up at school looked at what you told us and blocked the site.",
            "language": "en",
        }
    )
    at: datetime
    site: str
    state: str
    title: str
    text: str
    language: str


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="report_site", openapi_extra=needs("reports:write"))
def report_site(ask: ReportSite, site: Site, staff: Staff, request: Request) -> ReportOut:
    """A pupil's report goes to the named person. A member of staff may have it blocked for pupils at once."""
    told = desk.Told(
        site=ask.site,
        said=ask.said,
        means=Means(ask.means),
        by=ask.by or staff.name,
        address=address_of(request) if staff.role == "pupil" else ask.address or address_of(request),
        language=spoken(ask.language),
        block=ask.block,
    )
    return _filed(site, staff, told)


@router.post(
    "/unblock-requests",
    status_code=status.HTTP_201_CREATED,
    operation_id="ask_for_site",
    openapi_extra=needs("reports:write"),
)
def ask_for_site(ask: AskForSite, site: Site, staff: Staff, request: Request) -> ReportOut:
    """Goes the same way as a report: a case, a decision with an end or a review, an answer."""
    if ask.wanted_for not in (*site.policy.year_groups, *site.policy.roles):
        raise WrongInput("The policy has no such year group or role.", "Name one of the policy.")
    told = desk.Told(
        site=ask.site,
        said=ask.said,
        wish=Wish.OPEN,
        by=staff.name,
        address=address_of(request),
        wanted_for=ask.wanted_for,
        wanted_by=ask.wanted_by,
    )
    return _filed(site, staff, told)


@router.get("/answers/{receipt}", operation_id="get_report_answer", openapi_extra=needs("reports:write"))
def get_report_answer(receipt: Receipt, site: Site) -> ReportAnswer:
    """What has become of a report, for whoever has its receipt."""
    report, case = site.store.report_with(desk.receipt_hash(receipt))
    words = answer_words(case, report.language)
    return ReportAnswer(
        at=report.at,
        site=report.site,
        state=case.decided.outcome if case.decided else "waiting",
        title=words.title,
        text=words.text,
        language=words.language,
    )


def _filed(site: SiteView, staff: Actor, told: desk.Told) -> ReportOut:
    filed = desk.take(site, staff, told)
    report, case, rule = filed.taken.report, filed.taken.case, filed.taken.rule
    return ReportOut(
        id=report.id,
        case=case.id,
        voices=case.voices,
        site=report.site,
        kind=report.kind,
        receipt=filed.receipt,
        block=rule_out(rule, site.clock.now()) if rule else None,
        not_blocked=filed.not_blocked,
    )
