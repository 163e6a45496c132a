"""A site is blocked; telling the school of a site; and what has become of it (F2, F12). Nobody signs in for that."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from controller.api import report_desk as desk
from controller.api.access import the_site, the_throttle
from controller.api.problems import NotFound as Unknown
from controller.model import Actor
from controller.reports.model import Means, Wish
from controller.reports.words import answer_words
from controller.store import NotFound
from controller.web.doorway.page import AtTheDoor, link, page
from controller.web.doorway.visit import Visit, neighbourhood

PATH, FORM = "/doorway/blocked", "/doorway/report"
router = APIRouter()
AT_THE_DOOR = Actor("at the door", "stranger")
Address = Annotated[str, Query(max_length=2048)]
Receipt = Annotated[str, Path(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


def wanted(visit: Visit) -> bool:
    """Somebody whose device is fine was led here from a site."""
    return bool(visit.site) and visit.decision is not None and visit.decision.internet


@router.get(PATH)
def blocked(request: Request) -> HTMLResponse:
    """Says nothing of why: whoever is curious asks a person, and no list is learnt from here."""
    return page(request, "blocked.html", "report", form=FORM, may_report=_may_report(request))


@router.get(FORM)
def report_form(request: Request, visit: AtTheDoor, address: Address = "") -> HTMLResponse:
    """`address` comes from a bookmark that names the page somebody looked at."""
    return page(
        request,
        "report.html",
        "report",
        form=FORM,
        given=address or visit.site,
        opens=False,
        may_report=_may_report(request),
    )


@router.post(FORM)
def report(
    request: Request,
    visit: AtTheDoor,
    site: Annotated[str, Form(max_length=4096)] = "",
    said: Annotated[str, Form(max_length=4000)] = "",
    wish: Annotated[Literal["block", "open"], Form()] = "block",
) -> RedirectResponse:
    """Kept like every report of somebody nobody has proven to be: it changes nothing by itself."""
    where = the_site(request)
    the_throttle(request).count_form(neighbourhood(visit.address))
    if not (site.strip() or said.strip()) or not _may_report(request):
        return RedirectResponse(_onward(FORM, visit), 303)
    told = desk.Told(
        site=site,
        said=said,
        wish=Wish(wish),
        means=Means.BLOCK_PAGE,
        address=visit.address,
        language=visit.language,
        wanted_for=(visit.group or "") if wish == "open" else "",
    )
    filed = desk.take(where, AT_THE_DOOR, told)
    return RedirectResponse(_onward(f"/doorway/reported/{filed.receipt}", visit), 303)


@router.get("/doorway/reported/{receipt}")
def reported(request: Request, visit: AtTheDoor, receipt: Receipt) -> HTMLResponse:
    """The answer so far, in words for a child. The address of this page is the receipt."""
    try:
        _, case = the_site(request).store.report_with(desk.receipt_hash(receipt))
    except NotFound:
        raise Unknown("There is no report with this receipt.") from None
    return page(
        request,
        "reported.html",
        "report",
        said=answer_words(case, visit.language),
        waiting=case.open,
        form=FORM,
    )


def _may_report(request: Request) -> bool:
    return the_site(request).policy.reports.pupils_report


def _onward(path: str, visit: Visit) -> str:
    return link(path, {"lang": visit.language} if visit.chosen else {})
