"""The two buttons of the emergency: close everything for pupils, open again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse

from controller.api import emergency
from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.shapes import Words
from controller.web.origin import own_form

router = APIRouter(prefix="/emergency", dependencies=[Depends(own_form)])


@router.post("/close", openapi_extra=needs("emergency:declare", COOKIE))
def close(site: Site, staff: Staff, why: Annotated[Words, Form()]) -> RedirectResponse:
    emergency.declare_emergency(emergency.Declare(why=why), site, staff)
    return RedirectResponse("/?said=closed", 303)


@router.post("/open", openapi_extra=needs("emergency:end", COOKIE))
def open_again(site: Site, staff: Staff, reason: Annotated[Words, Form()]) -> RedirectResponse:
    emergency.end_emergency(emergency.End(reason=reason), site, staff)
    return RedirectResponse("/?said=all-clear", 303)
