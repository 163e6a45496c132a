"""The buttons of the lessons: open, extend, end. Each is one click and one form."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path
from fastapi.responses import RedirectResponse

from controller.api import lessons
from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.shapes import Id
from controller.web.choices import kind_of, whom_of
from controller.web.origin import own_form
from controller.web.view import EXTENSION, length_of

router = APIRouter(prefix="/lessons", dependencies=[Depends(own_form)])

WindowId = Annotated[str, Path(max_length=100)]


@router.post("/open", openapi_extra=needs("windows:open", COOKIE))
def open_lesson(
    site: Site,
    staff: Staff,
    group: Annotated[Id, Form()],
    length: Annotated[Literal["15", "30", "45", "60", "lesson", "bell"], Form()],
    whom: Annotated[str, Form(max_length=210)] = "",
    what: Annotated[str, Form(max_length=80)] = "",
) -> RedirectResponse:
    """`whom`: empty for the whole year group, `class:5b` or `room:hall`; `what`: `pause`, `focus:` or `exam:` sites."""
    kind, sites = kind_of(what)
    lessons.open_lesson(site, staff, whom_of(group, whom), length_of(length), focus=sites, kind=kind)
    return RedirectResponse("/?said=opened", 303)


@router.post("/{window_id}/extend", openapi_extra=needs("windows:open", COOKIE))
def extend_lesson(window_id: WindowId, site: Site, staff: Staff) -> RedirectResponse:
    lessons.extend_lesson(site, staff, window_id, EXTENSION)
    return RedirectResponse("/?said=extended", 303)


@router.post("/{window_id}/end", openapi_extra=needs("windows:open", COOKIE))
def end_lesson(window_id: WindowId, site: Site, staff: Staff) -> RedirectResponse:
    lessons.end_lesson(site, staff, window_id)
    return RedirectResponse("/?said=ended", 303)
