"""The school's rules and what shows them kept, for the head: one page to print, and one for each clause."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from controller.api.access import COOKIE, Site, needs
from controller.api.clauses import ClauseId, known
from controller.compliance.gather import all_kept
from controller.web.pages import page

router = APIRouter(prefix="/clauses")
SUBJECTS = {
    "filtering": "Filtering",
    "times": "Times",
    "who": "Who",
    "devices": "Devices",
    "watching": "Watching, evidence, answering",
}


@router.get("", openapi_extra=needs("clauses:read", COOKIE))
def clauses_page(request: Request, site: Site) -> HTMLResponse:
    return page(request, "clauses.html", kept=all_kept(site.store, site.checks), subjects=SUBJECTS)


@router.get("/{clause_id}", openapi_extra=needs("clauses:read", COOKIE))
def clause_page(request: Request, clause_id: ClauseId, site: Site) -> HTMLResponse:
    return page(request, "clause.html", kept=known(all_kept(site.store, site.checks), clause_id))
