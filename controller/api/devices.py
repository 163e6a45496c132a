"""Devices: the list with its filters, registering, quarantine and release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, status

from controller.api import admission
from controller.api import admission_acts as acts
from controller.api.access import Site, Staff, needs
from controller.api.device_shapes import ActOnDevices, DeviceOut, Devices, Quarantine, RegisterDevices, Release, shown
from controller.api.shapes import Id, Limit, MacInPath
from controller.api.sight import devices_in_sight, require_device, require_devices
from controller.api.site_view import SiteView
from controller.model import Actor, Decision
from controller.push.of_device import quarantine_of
from controller.store import Push
from inventory.model import Admission, Device, Mac

LOOKED_AT = 1000
"""The newest pushes, among which that of a quarantine is looked for."""

router = APIRouter(prefix="/api/v1/devices", tags=["devices"])

After = Annotated[str, Query(max_length=17, description="`next` of the page before.")]
Find = Annotated[str, Query(max_length=100, description="Part of a name, MAC, address or host name.")]


@router.get("", operation_id="list_devices", openapi_extra=needs("devices:read"))
def list_devices(
    site: Site,
    staff: Staff,
    admitted: Annotated[Admission | None, Query(alias="admission")] = None,
    kind: Annotated[Id | None, Query()] = None,
    year_group: Annotated[Id | None, Query()] = None,
    room: Annotated[str | None, Query(max_length=64)] = None,
    quarantined: Annotated[bool | None, Query(description="By hand, or because nobody registered it.")] = None,
    find: Find = "",
    after: After = "",
    limit: Limit = 100,
) -> Devices:
    """By MAC, a page at a time: pass `next` as `after` for the following one. Teachers see own classes and things."""
    inventory, decisions = site.inventory(), decided(site)
    asked = {"admission": admitted, "kind": kind, "year_group": year_group, "room": room}
    wanted = {name: value for name, value in asked.items() if value is not None}
    in_sight = devices_in_sight(site, staff)

    def fits(device: Device) -> bool:
        if not in_sight(device) or any(getattr(device, name) != value for name, value in wanted.items()):
            return False
        if quarantined not in (None, admission.in_quarantine(site.policy, device, decisions.get(device.mac))):
            return False
        return admission.mentions(find, device, inventory.whereabouts.get(device.mac))

    found = [device for _, device in sorted(inventory.devices.items()) if fits(device)]
    page = [device for device in found if device.mac > after][: limit + 1]
    return Devices(
        items=tuple(shown(device, inventory, decisions.get(device.mac)) for device in page[:limit]),
        next=page[limit - 1].mac if len(page) > limit else None,
        total=len(found),
    )


@router.get("/{mac}", operation_id="get_device", openapi_extra=needs("devices:read"))
def get_device(mac: MacInPath, site: Site, staff: Staff) -> DeviceOut:
    require_device(site, staff, mac)
    return _one(site, mac)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    operation_id="register_devices",
    openapi_extra=needs("devices:write"),
)
def register_devices(ask: RegisterDevices, site: Site, staff: Staff) -> Devices:
    """All or none. A device somebody put in quarantine stays there; only a release lets it out."""
    require_devices(site, staff, (each.mac for each in ask.devices))
    entries = tuple(entry.as_entry() for entry in ask.devices)
    registered = admission.register(site, staff, entries, ask.reason)
    inventory, decisions = site.inventory(), decided(site)
    items = tuple(shown(inventory.devices[d.mac], inventory, decisions.get(d.mac)) for d in registered)
    return Devices(items=items, next=None, total=len(items))


@router.post(
    "/acts", status_code=status.HTTP_202_ACCEPTED, operation_id="act_on_devices", openapi_extra=needs("devices:write")
)
def act_on_devices(ask: ActOnDevices, site: Site, staff: Staff) -> Devices:
    """One act on one device or on many, all or none: approve, exempt, bar (lost, stolen, retired), readmit…"""
    require_devices(site, staff, ask.devices)
    _act(ask, site, staff)
    inventory, decisions = site.inventory(), decided(site)
    macs = dict.fromkeys(ask.devices)
    items = tuple(shown(inventory.devices[mac], inventory, decisions.get(mac)) for mac in macs)
    return Devices(items=items, next=None, total=len(items))


@router.post(
    "/{mac}/quarantine",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="quarantine_device",
    openapi_extra=needs("quarantine:write"),
)
def quarantine_device(mac: MacInPath, ask: Quarantine, site: Site, staff: Staff) -> DeviceOut:
    """Until a person releases it. No lesson, rule or timetable lets it out."""
    require_device(site, staff, mac)
    admission.quarantine(site, staff, mac, ask.reason)
    return _one(site, mac)


@router.post(
    "/{mac}/release",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="release_device",
    openapi_extra=needs("quarantine:write"),
)
def release_device(mac: MacInPath, ask: Release, site: Site, staff: Staff) -> DeviceOut:
    """Takes back a quarantine by hand. What else holds the device back (posture, registration) stays."""
    require_device(site, staff, mac)
    admission.release(site, staff, mac, ask.reason)
    return _one(site, mac)


def _act(ask: ActOnDevices, site: SiteView, staff: Actor) -> None:
    match ask.act:
        case "approve" if ask.until is not None:
            acts.approve(site, staff, ask.devices, ask.until, ask.reason)
        case "exempt" if ask.until is not None:
            acts.exempt(site, staff, ask.devices, ask.until, ask.reason)
        case "bar" if ask.barred_as is not None:
            acts.bar(site, staff, ask.devices, ask.barred_as, ask.reason)
        case "end-exemption":
            acts.end_exemption(site, staff, ask.devices, ask.reason)
        case "readmit":
            acts.readmit(site, staff, ask.devices, ask.reason)
        case "quarantine":
            acts.hold(site, staff, ask.devices, ask.reason)
        case "release":
            acts.let_go(site, staff, ask.devices, ask.reason)


def _one(site: SiteView, mac: Mac) -> DeviceOut:
    inventory = site.inventory()
    return shown(admission.known(inventory, mac), inventory, decided(site).get(mac), put_there(site, mac))


def put_there(site: SiteView, mac: Mac) -> Push | None:
    """The push that put a device into quarantine, where it is there now; of the newest pushes only."""
    decision, resting = decided(site).get(mac), site.policy.segment_for("quarantine")
    if decision is None or resting is None or decision.segment != resting[0]:
        return None
    return quarantine_of(
        mac, site.inventory().whereabouts.get(mac), site.store.pushes(limit=LOOKED_AT), resting[1].vlan
    )


def decided(site: SiteView) -> Mapping[Mac, Decision]:
    """What the loop last decided of each device; nothing before its first turn."""
    intent = site.loop.intent()
    return intent.decisions if intent else {}
