"""Letting devices in and out: register, quarantine by hand, release. The API and the console both call these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from controller.api.problems import Conflict, NotFound, WrongInput
from controller.api.site_view import SiteView
from controller.model import Actor, Decision
from controller.policy import Policy
from inventory.model import Admission, Approval, Device, Hold, Inventory, Mac, PersonId, Whereabouts, YearGroupId

# A device is stored as a whole: two people at the same one must not take back what the other just did.
one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person says of a device when registering it."""

    mac: Mac
    name: str
    kind: str
    year_group: YearGroupId | None = None
    role: str | None = None
    person: PersonId | None = None
    room: str | None = None
    until: datetime | None = None
    """The end of a permission: asked for where the kind is one from home (D3)."""


def register(site: SiteView, staff: Actor, entries: tuple[Entry, ...], reason: str = "") -> tuple[Device, ...]:
    """All or none. Raises WrongInput where the policy does not know a word, Conflict for a barred device."""
    with one_at_a_time:
        inventory = site.inventory()
        for number, entry in enumerate(entries):
            _check(site.policy, inventory, entry, f"Device {number + 1}", site.clock.now())
        devices = tuple(_registered(inventory, entry, staff, reason) for entry in entries)
        keep(site, staff, devices, "device.register", reason)
    return devices


def quarantine(site: SiteView, staff: Actor, mac: Mac, reason: str) -> None:
    """A device that is held already keeps who held it first and why. Raises NotFound."""
    with one_at_a_time:
        device = known(site.inventory(), mac)
        if device.hold is None:
            held = replace(device, hold=Hold(staff.name, reason, site.clock.now()))
            keep(site, staff, (held,), "device.quarantine", reason)


def release(site: SiteView, staff: Actor, mac: Mac, reason: str) -> None:
    """Releasing a device that nobody holds changes nothing. Raises NotFound."""
    with one_at_a_time:
        device = known(site.inventory(), mac)
        if device.hold is not None:
            keep(site, staff, (replace(device, hold=None),), "device.release", reason)


def known(inventory: Inventory, mac: Mac) -> Device:
    if mac not in inventory.devices:
        raise NotFound("No device with this MAC address is known.", "Register it, or wait until it is seen.")
    return inventory.devices[mac]


def in_quarantine(policy: Policy, device: Device, decision: Decision | None) -> bool:
    """By hand, unregistered, or because the decision keeps it in the quarantine segment."""
    resting = policy.segment_for("quarantine")
    if device.hold is not None or device.admission is not Admission.REGISTERED:
        return True
    return decision is not None and resting is not None and decision.segment == resting[0]


def mentions(wanted: str, device: Device, place: Whereabouts | None) -> bool:
    """Is `wanted` part of its name, MAC, room, address or host name?"""
    texts: Iterable[str | None] = (device.mac, device.name, device.room)
    if place is not None:
        texts = (*texts, place.address, place.hostname)
    return any(wanted.casefold() in text.casefold() for text in texts if text)


def _check(policy: Policy, inventory: Inventory, entry: Entry, which: str, now: datetime) -> None:
    if entry.kind not in policy.devices:
        raise WrongInput(f"{which}: the policy knows no such kind.", f"It knows: {', '.join(policy.devices)}.")
    if entry.year_group is not None and policy.year_group_of(entry.year_group) not in policy.year_groups:
        raise WrongInput(f"{which}: no such year group.", f"The policy knows: {', '.join(policy.year_groups)}.")
    if entry.role is not None and entry.role not in policy.roles:
        raise WrongInput(f"{which}: no such role.", f"The policy knows: {', '.join(policy.roles)}.")
    if entry.person is not None and entry.person not in inventory.people:
        raise WrongInput(f"{which}: no such person.", "People come from people.csv.")
    before = inventory.devices.get(entry.mac)
    if before is not None and before.admission is Admission.BARRED:
        why = before.barred_as or "lost, stolen, retired or refused"
        raise Conflict(f"{which} is barred: {why}.", "If it may come back, readmit it first.")
    if entry.until is not None and entry.until <= now:
        raise WrongInput(f"{which}: the permission would have ended already.", "Name an end that is to come.")
    approval = before.approval if before is not None else None
    permitted = entry.until is not None or (approval is not None and approval.until > now)
    if "permission" in policy.devices[entry.kind].needs and not permitted:
        raise WrongInput(
            f"{which}: a {entry.kind} needs a permission with an end (D3).", "Say until when it may come in."
        )


def _registered(inventory: Inventory, entry: Entry, staff: Actor, reason: str) -> Device:
    before = inventory.devices.get(entry.mac) or Device(entry.mac, entry.name, entry.kind)
    approval = Approval(staff.name, reason, entry.until) if entry.until is not None else before.approval
    return replace(
        before,
        name=entry.name,
        kind=entry.kind,
        admission=Admission.REGISTERED,
        year_group=entry.year_group,
        role=entry.role,
        person=entry.person,
        room=entry.room,
        approval=approval,
    )


def keep(site: SiteView, staff: Actor, devices: tuple[Device, ...], action: str, reason: str) -> None:
    site.store.put_devices(devices, staff, site.clock.now(), action=action, reason=reason)
    site.loop.wake(action)
