"""One device at the console: why it is where it is, and registering, releasing or quarantining it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from controller.api import admission, admission_acts
from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.devices import decided, put_there
from controller.api.identity import identity_of
from controller.api.problems import WrongInput
from controller.api.shapes import Id, MacInPath, Name, Words
from controller.api.sight import require_device
from controller.web.origin import own_form
from controller.web.pages import page
from inventory.model import BarredAs, PersonId, YearGroupId


def _in_sight(mac: MacInPath, site: Site, staff: Staff) -> None:
    require_device(site, staff, mac)


router = APIRouter(prefix="/devices/{mac}", dependencies=[Depends(own_form), Depends(_in_sight)])

LastDay = Annotated[str, Form(pattern=r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
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
        barred_as=tuple(word.value for word in BarredAs),
        identity=identity_of(site, mac)[0],
        push=put_there(site, mac),
    )


@router.post("/register", openapi_extra=needs("devices:write", COOKIE))
def register(
    mac: MacInPath,
    site: Site,
    staff: Staff,
    name: Annotated[Name, Form()],
    kind: Annotated[Id, Form()],
    acts_for: ActsFor = "",
    until: LastDay = "",
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
        until=_end_of(until, site.policy.school.zone) if until else None,
    )
    admission.register(site, staff, (entry,))
    return RedirectResponse("/?said=registered", 303)


@router.post("/bar", openapi_extra=needs("devices:write", COOKIE))
def bar(
    mac: MacInPath,
    site: Site,
    staff: Staff,
    barred_as: Annotated[BarredAs, Form()],
    reason: Annotated[Words, Form()],
) -> RedirectResponse:
    admission_acts.bar(site, staff, (mac,), barred_as, reason)
    return RedirectResponse(f"/devices/{mac}", 303)


@router.post("/readmit", openapi_extra=needs("devices:write", COOKIE))
def readmit(mac: MacInPath, site: Site, staff: Staff, reason: Annotated[Words, Form()]) -> RedirectResponse:
    admission_acts.readmit(site, staff, (mac,), reason)
    return RedirectResponse(f"/devices/{mac}", 303)


@router.post("/quarantine", openapi_extra=needs("quarantine:write", COOKIE))
def quarantine(mac: MacInPath, site: Site, staff: Staff, reason: Annotated[Words, Form()]) -> RedirectResponse:
    admission.quarantine(site, staff, mac, reason)
    return RedirectResponse("/?said=quarantined", 303)


@router.post("/release", openapi_extra=needs("quarantine:write", COOKIE))
def release(mac: MacInPath, site: Site, staff: Staff, reason: Annotated[Words, Form()]) -> RedirectResponse:
    admission.release(site, staff, mac, reason)
    return RedirectResponse("/?said=released", 303)


def _end_of(day: str, zone: ZoneInfo) -> datetime:
    """The end of that day on the school's wall clock. Raises WrongInput."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WrongInput("That is no day.", "Choose one from the calendar.") from error
