"""One device at the console: why it is where it is, and registering, releasing or quarantining it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from controller.api import admission
from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.devices import decided
from controller.api.shapes import Id, MacInPath, Name, Words
from controller.web.origin import own_form
from controller.web.pages import page
from inventory.model import PersonId, YearGroupId

router = APIRouter(prefix="/devices/{mac}", dependencies=[Depends(own_form)])

ActsFor = Annotated[str, Form(pattern=r"^$|^(group|role):[a-z0-9_-]{1,63}$")]


@router.get("", openapi_extra=needs("devices:read", COOKIE))
def device_page(request: Request, mac: MacInPath, site: Site) -> HTMLResponse:
    inventory, decision = site.inventory(), decided(site).get(mac)
    device = admission.known(inventory, mac)
    return page(
        request,
        "device.html",
        device=device,
        place=inventory.whereabouts.get(mac),
        person=inventory.people.get(device.person or PersonId("")),
        decision=decision,
        held=admission.in_quarantine(site.policy, device, decision),
        kinds=tuple(site.policy.devices),
        groups=tuple(site.policy.year_groups),
        roles=tuple(site.policy.roles),
    )


@router.post("/register", openapi_extra=needs("devices:write", COOKIE))
def register(
    mac: MacInPath,
    site: Site,
    staff: Staff,
    name: Annotated[Name, Form()],
    kind: Annotated[Id, Form()],
    acts_for: ActsFor = "",
) -> RedirectResponse:
    what, _, who = acts_for.partition(":")
    before = site.inventory().devices.get(mac)
    entry = admission.Entry(
        mac,
        name.strip(),
        kind,
        year_group=YearGroupId(who) if what == "group" else None,
        role=who if what == "role" else None,
        person=before.person if before and not acts_for else None,
        room=before.room if before else None,
    )
    admission.register(site, staff, (entry,))
    return RedirectResponse("/?said=registered", 303)


@router.post("/quarantine", openapi_extra=needs("quarantine:write", COOKIE))
def quarantine(mac: MacInPath, site: Site, staff: Staff, reason: Annotated[Words, Form()]) -> RedirectResponse:
    admission.quarantine(site, staff, mac, reason)
    return RedirectResponse("/?said=quarantined", 303)


@router.post("/release", openapi_extra=needs("quarantine:write", COOKIE))
def release(mac: MacInPath, site: Site, staff: Staff, reason: Annotated[Words, Form()]) -> RedirectResponse:
    admission.release(site, staff, mac, reason)
    return RedirectResponse("/?said=released", 303)
