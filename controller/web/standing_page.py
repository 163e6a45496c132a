"""Sanctions and agreements at the console, for those entitled: what runs, what waits, who has not signed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from controller.agreement_round import standings
from controller.api import sanctions
from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.shapes import Words
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.web.origin import own_form
from controller.web.pages import page
from inventory.agreements import Agreed
from inventory.model import Mac, PersonId

router = APIRouter(prefix="/standing", dependencies=[Depends(own_form)])
MOST = 200
SAID = {"approved": "Approved.", "ended": "Ended. Access is being given back now."}
Said = Literal["approved", "ended"]


@router.get("", openapi_extra=needs("agreements:read", COOKIE))
def standing_page(
    request: Request, site: Site, staff: Staff, said: Annotated[Said | None, Query()] = None
) -> HTMLResponse:
    return page(request, "standing.html", said=SAID.get(said or ""), **_sanctions(site, staff), **_agreements(site))


@router.post("/sanctions/{sanction_id}/approve", openapi_extra=needs("sanctions:write", COOKIE))
def approve(sanction_id: sanctions.SanctionId, site: Site, staff: Staff) -> RedirectResponse:
    sanctions.approve_sanction(sanction_id, site, staff)
    return RedirectResponse("/standing?said=approved", 303)


@router.post("/sanctions/{sanction_id}/end", openapi_extra=needs("sanctions:write", COOKIE))
def end(
    sanction_id: sanctions.SanctionId, site: Site, staff: Staff, reason: Annotated[Words, Form()]
) -> RedirectResponse:
    sanctions.end_sanction(sanction_id, sanctions.EndSanction(reason=reason), site, staff)
    return RedirectResponse("/standing?said=ended", 303)


def _sanctions(site: SiteView, staff: Actor) -> dict[str, Any]:
    """None where this person may not see any."""
    if "sanctions:read" not in staff.scopes:
        return {"running": None, "over": None, "names": {}, "today": None, "may_write": False}
    found = [sanctions.shown(site, each) for each in site.store.sanctions(MOST)]
    inventory = site.inventory()
    names = {each.id: _name(inventory.people, inventory.devices, each) for each in found}
    return {
        "running": [each for each in found if each.running],
        "over": [each for each in found if not each.running][:20],
        "names": names,
        "today": site.clock.now().astimezone(site.policy.school.zone).date(),
        "may_write": "sanctions:write" in staff.scopes,
    }


def _name(people: Any, devices: Any, sanction: sanctions.SanctionOut) -> str:
    if sanction.person is not None:
        person = people.get(PersonId(sanction.person))
        return person.name if person is not None else sanction.person
    device = devices.get(Mac(sanction.mac or ""))
    return device.name if device is not None else str(sanction.mac)


def _agreements(site: SiteView) -> dict[str, Any]:
    waits = [
        each for each in standings(site.policy, site.inventory(), site.clock.now()) if each.agreed is not Agreed.SIGNED
    ]
    return {"waits": waits[:MOST], "waiting": len(waits)}
