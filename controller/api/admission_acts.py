"""What a person does to devices that are known: approve for a while, exempt, bar, readmit. One or many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from controller.api import admission
from controller.api.problems import Conflict, WrongInput
from controller.api.site_view import SiteView
from controller.model import Actor
from inventory.model import Admission, Approval, BarredAs, Device, Exemption, Hold, Mac

LONGEST = timedelta(days=400)
"""A school year with its summer: what lasts longer is looked at again."""


def approve(site: SiteView, staff: Actor, macs: Iterable[Mac], until: datetime, reason: str) -> tuple[Device, ...]:
    """Registered devices, until a moment; told again, the end moves. Raises NotFound, Conflict, WrongInput."""
    approval = Approval(staff.name, reason, _end(site, until))

    def change(device: Device) -> Device:
        if device.admission is not Admission.REGISTERED:
            raise Conflict(f"{device.name} is not registered.", "Register it first: with a name, a kind and an end.")
        return replace(device, approval=approval)

    return _each(site, staff, macs, change, "device.approve", reason)


def exempt(site: SiteView, staff: Actor, macs: Iterable[Mac], until: datetime, reason: str) -> tuple[Device, ...]:
    """Outside the posture rules (a door lock), with the person, the reason and the end."""
    exemption = Exemption(staff.name, reason, _end(site, until))
    return _each(site, staff, macs, lambda device: replace(device, exemption=exemption), "device.exempt", reason)


def end_exemption(site: SiteView, staff: Actor, macs: Iterable[Mac], reason: str) -> tuple[Device, ...]:
    return _each(site, staff, macs, lambda device: replace(device, exemption=None), "device.end-exemption", reason)


def bar(site: SiteView, staff: Actor, macs: Iterable[Mac], barred_as: BarredAs, reason: str) -> tuple[Device, ...]:
    """Lost, stolen, retired or refused: denied access at once, and seen again it stays so (W6)."""

    def change(device: Device) -> Device:
        return replace(device, admission=Admission.BARRED, barred_as=barred_as)

    return _each(site, staff, macs, change, "device.bar", reason)


def readmit(site: SiteView, staff: Actor, macs: Iterable[Mac], reason: str) -> tuple[Device, ...]:
    """Found again, or let in after all: as it was registered. A hold stays."""

    def change(device: Device) -> Device:
        if device.admission is not Admission.BARRED:
            raise Conflict(f"{device.name} is not barred.", "Nothing keeps it out but what its page says.")
        return replace(device, admission=Admission.REGISTERED, barred_as=None)

    return _each(site, staff, macs, change, "device.readmit", reason)


def hold(site: SiteView, staff: Actor, macs: Iterable[Mac], reason: str) -> tuple[Device, ...]:
    """In quarantine until a person releases it; who held it first, and why, stays."""
    held = Hold(staff.name, reason, site.clock.now())
    return _each(site, staff, macs, lambda one: replace(one, hold=one.hold or held), "device.quarantine", reason)


def let_go(site: SiteView, staff: Actor, macs: Iterable[Mac], reason: str) -> tuple[Device, ...]:
    return _each(site, staff, macs, lambda one: replace(one, hold=None), "device.release", reason)


def _each(
    site: SiteView, staff: Actor, macs: Iterable[Mac], change: Callable[[Device], Device], action: str, reason: str
) -> tuple[Device, ...]:
    """All or none."""
    with admission.one_at_a_time:
        inventory = site.inventory()
        changed = tuple(change(admission.known(inventory, mac)) for mac in dict.fromkeys(macs))
        admission.keep(site, staff, changed, action, reason)
    return changed


def _end(site: SiteView, until: datetime) -> datetime:
    now = site.clock.now()
    if not now < until <= now + LONGEST:
        raise WrongInput("The end is not in the coming 400 days.", "Name a day on which somebody looks at it again.")
    return until
