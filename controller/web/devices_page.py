"""Every device at the console, found by a piece of its name, MAC or address, a page at a time."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.devices import list_devices
from controller.web.pages import page
from inventory.model import Admission

router = APIRouter(prefix="/devices")
ROWS = 100
Which = Literal["", "quarantined", "unknown", "registered", "barred"]


@router.get("", openapi_extra=needs("devices:read", COOKIE))
def devices_page(
    request: Request,
    site: Site,
    staff: Staff,
    find: Annotated[str, Query(max_length=100)] = "",
    which: Which = "",
    after: Annotated[str, Query(pattern=r"^$|^[0-9a-f:]{17}$")] = "",
) -> HTMLResponse:
    admitted = Admission(which) if which not in ("", "quarantined") else None
    quarantined = True if which == "quarantined" else None
    found = list_devices(
        site, staff, admitted=admitted, quarantined=quarantined, find=find.strip(), after=after, limit=ROWS
    )
    people = site.inventory().people
    names = {id_: person.name for id_, person in people.items()}
    return page(request, "devices.html", found=found, asked={"find": find, "which": which}, names=names)
