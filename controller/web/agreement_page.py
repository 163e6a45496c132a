"""The own agreement at the console: read, ticked, signed by name; for colleagues where the policy says so (W4)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.agreements import PersonText, Version
from controller.api.own_agreement import Sign, Typed, sign, signing
from controller.web.origin import own_form
from controller.web.pages import page

router = APIRouter(prefix="/agreement", dependencies=[Depends(own_form)])
SAID = {"signed": "Signed. Thank you.", "for-another": "Signed for your colleague."}
Said = Literal["signed", "for-another"]


@router.get("", openapi_extra=needs("agreements:sign", COOKIE))
def agreement_page(
    request: Request, site: Site, staff: Staff, said: Annotated[Said | None, Query()] = None
) -> HTMLResponse:
    today = site.clock.now().astimezone(site.policy.school.zone).date()
    return page(request, "agreement.html", said=SAID.get(said or ""), asked=signing(site, staff), today=today)


@router.post("", openapi_extra=needs("agreements:sign", COOKIE))
def sign_agreement(
    site: Site,
    staff: Staff,
    version: Annotated[Version, Form()],
    name: Annotated[Typed, Form()],
    agrees: Annotated[Literal["yes"], Form()],
    person: Annotated[PersonText | None, Form()] = None,
) -> RedirectResponse:
    sign(site, staff, Sign(version=version, name=name, agrees=agrees == "yes", person=person))
    return RedirectResponse(f"/agreement?said={'signed' if person in (None, staff.name) else 'for-another'}", 303)
