"""Reporting a site at the console: the form, the bookmark that fills it in, and what came of the report."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from controller.api import report_desk as desk
from controller.api.access import COOKIE, Site, Staff, address_of, needs
from controller.reports.model import Means, Wish
from controller.reports.words import answer_words
from controller.web.origin import own_form
from controller.web.pages import page

router = APIRouter(dependencies=[Depends(own_form)])
PLACE = "/report"
BOOKMARK = "javascript:location.href=%s+encodeURIComponent(location.href)"
Address = Annotated[str, Query(max_length=4096)]


@router.get(PLACE, openapi_extra=needs("reports:write", COOKIE))
def report_form(request: Request, site: Site, staff: Staff, address: Address = "") -> HTMLResponse:
    here = f"{request.url.scheme}://{request.url.netloc}{PLACE}?address="
    return page(
        request,
        "report_form.html",
        given=address,
        bookmark=BOOKMARK % f"'{here}'" if _is_plain(here) else "",
        may_block="reports:block" in staff.scopes,
        groups=tuple(site.policy.year_groups) + tuple(site.policy.roles),
        lasts=site.policy.reports.provisional_block,
    )


@router.post(PLACE, openapi_extra=needs("reports:write", COOKIE))
def report(
    request: Request,
    site: Site,
    staff: Staff,
    address: Annotated[str, Form(max_length=4096)] = "",
    said: Annotated[str, Form(max_length=4000)] = "",
    act: Annotated[str, Form(pattern=r"^(report|block|open)$")] = "report",
    group: Annotated[str, Form(max_length=63)] = "",
) -> RedirectResponse:
    """`act`: look at it, block it at once, or open it for `group`."""
    told = desk.Told(
        site=address,
        said=said,
        wish=Wish.OPEN if act == "open" else Wish.BLOCK,
        means=Means.CONSOLE,
        by=staff.name,
        address=address_of(request),
        block=act == "block",
        wanted_for=group if act == "open" and group in (*site.policy.year_groups, *site.policy.roles) else "",
    )
    filed = desk.take(site, staff, told)
    shown = {"receipt": filed.receipt, "blocked": "yes" if filed.taken.rule else "no" if told.block else ""}
    return RedirectResponse(f"/reported?{urlencode(shown)}", 303)


@router.get("/reported", openapi_extra=needs("reports:write", COOKIE))
def reported(
    request: Request,
    site: Site,
    receipt: Annotated[str, Query(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")],
    blocked: Annotated[str, Query(pattern=r"^(yes|no)?$")] = "",
) -> HTMLResponse:
    report, case = site.store.report_with(desk.receipt_hash(receipt))
    return page(
        request, "reported_page.html", report=report, case=case, blocked=blocked, words=answer_words(case, "en")
    )


def _is_plain(address: str) -> bool:
    """Nothing in it that could end a piece of program: it stands in one."""
    return all(each.isalnum() or each in ":/.-[]?=" for each in address)
