"""Whom a device acts for and what the policy says of it: all that does not change with the hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from controller import policy as wanted
from controller.policy import DeviceKind, Policy, Role, YearGroup
from inventory.history import SignIn
from inventory.model import Admission, Device, Inventory, Mac, PersonId
from inventory.posture import PostureRule

NOBODY = Mac("")
ANY_AGE = timedelta(days=36_500)
_A_DAY = timedelta(days=1)
_FOLLOWS_ITS_USER = (None, "by-person")


@dataclass(frozen=True, slots=True)
class Lease:
    """A sign-in, and when it ends at the latest: by logging off, with the lesson, or at the bell."""

    sign_in: SignIn
    ends: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """One device before the policy. `group` is the year group or role it acts for, None where nobody said.

    `home` is the segment it belongs to when nothing speaks against it; None where the policy does not say.
    """

    mac: Mac
    device: Device | None
    kind: DeviceKind | None
    group: str | None
    belongs: YearGroup | Role | None
    home: str | None
    posture_rule: PostureRule | None
    thing: bool
    person: PersonId | None = None
    """Who is signed in, else whom the device belongs to."""
    school_class: str | None = None
    """The class of the policy it acts for, where that is known."""
    signed_in_until: datetime | None = None
    """When the sign-in that makes it act for somebody ends; None where nobody is signed in."""

    @property
    def pupils(self) -> bool:
        return isinstance(self.belongs, YearGroup)

    @property
    def admission(self) -> Admission:
        return self.device.admission if self.device else Admission.UNKNOWN


def subject_of(policy: Policy, inventory: Inventory, mac: Mac, sign_in: Lease | None = None) -> Subject:
    """Never raises: a MAC that nobody ever registered is a subject too, of an unknown device.

    `sign_in` is the one in force. It counts where the policy lets the kind of device follow its user.
    """
    device = inventory.devices.get(mac)
    if device is None:
        return Subject(mac, None, None, None, None, None, None, thing=False)
    kind = policy.devices.get(device.kind)
    if sign_in is not None and kind is not None and kind.segment in _FOLLOWS_ITS_USER:
        found = _signed_in(policy, inventory, device, kind, sign_in)
        if found is not None:
            return found
    name, belongs = acts_for(policy, inventory, device)
    home = home_of(kind, belongs)
    if is_thing(policy, kind):
        # A board in a year group's room is still nobody's.
        return Subject(mac, device, kind, None, None, home, posture_rule(kind), thing=True)
    group, of_class = (policy.year_group_of(name), class_of(policy, name)) if name else (None, None)
    return Subject(mac, device, kind, group, belongs, home, posture_rule(kind), False, device.person, of_class)


def _signed_in(policy: Policy, inventory: Inventory, device: Device, kind: DeviceKind, lease: Lease) -> Subject | None:
    """The device as whoever is signed in has it; None where the policy knows neither person nor group (W1)."""
    sign_in = lease.sign_in
    person = inventory.people.get(sign_in.person) if sign_in.person else None
    named = (person.role, person.year_group) if person else (sign_in.role, sign_in.year_group)
    name = next((each for each in named if group_of(policy, each) is not None), None)
    if name is None or is_thing(policy, kind):
        return None
    belongs = group_of(policy, name)
    home, who, group = home_of(kind, belongs), person.id if person else None, policy.year_group_of(name)
    return Subject(
        device.mac,
        device,
        kind,
        group,
        belongs,
        home,
        posture_rule(kind),
        False,
        who,
        class_of(policy, name),
        lease.ends,
    )


def group_subject(policy: Policy, group: str) -> Subject:
    """A device of nobody in particular that acts for a year group, class or role: what holds for all of them."""
    device = Device(NOBODY, group, kind="", admission=Admission.REGISTERED)
    belongs, year, of_class = group_of(policy, group), policy.year_group_of(group), class_of(policy, group)
    home = home_of(DeviceKind(), belongs)
    return Subject(NOBODY, device, DeviceKind(), year, belongs, home, None, thing=False, school_class=of_class)


def acts_for(policy: Policy, inventory: Inventory, device: Device) -> tuple[str | None, YearGroup | Role | None]:
    """Its person's role or year group, else its own year group, else its own role (W1); a class stands for its year."""
    person = inventory.people.get(device.person) if device.person else None
    own = (device.year_group, device.role)
    for group in (person.role, person.year_group, *own) if person else own:
        belongs = group_of(policy, group) if group else None
        if belongs is not None:
            return group, belongs
    return None, None


def group_of(policy: Policy, group: str | None) -> YearGroup | Role | None:
    """`group`: a year group, a class of one, or a role."""
    if not group:
        return None
    return policy.year_groups.get(policy.classes.get(group, group)) or policy.roles.get(group)


def class_of(policy: Policy, name: str) -> str | None:
    """The name where it is that of a class."""
    return name if name in policy.classes else None


def home_of(kind: DeviceKind | None, belongs: YearGroup | Role | None) -> str | None:
    """`by-person`, or nothing said: the segment of its group; else the kind's own."""
    if kind is None:
        return None
    if kind.segment in _FOLLOWS_ITS_USER:
        return belongs.segment if belongs else None
    return kind.segment


def posture_rule(kind: DeviceKind | None) -> PostureRule | None:
    """What a kind must show. `needs: [scan-receipt]` is a posture too: a scan no older than `receipt_lasts` (D1, D3).

    The permission of D3 is the registration itself: a person let the device in.
    """
    if kind is None:
        return None
    asked = kind.posture if isinstance(kind.posture, wanted.PostureRule) else None
    signatures = asked.antivirus_signatures if asked else None
    scans = [asked.scan] if asked and asked.scan else []
    if "scan-receipt" in kind.needs:
        scans.append(_receipt_lasts(kind))
    return PostureRule(signatures, min(scans, default=None)) if asked or scans else None


def is_thing(policy: Policy, kind: DeviceKind | None) -> bool:
    """Printers, boards, door locks: nobody sits in front of them, no lesson opens or closes them."""
    if kind is None:
        return False
    segment = policy.segments.get(kind.segment or "")
    return kind.pinned or kind.level is not None or ((segment and segment.purpose) or kind.segment) == "things"


def _receipt_lasts(kind: DeviceKind) -> timedelta:
    if kind.receipt_lasts == "once":
        # A device on the network has no "next time it is put in": a new day is a new time.
        return _A_DAY
    return kind.receipt_lasts or ANY_AGE
