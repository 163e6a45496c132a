"""For whom a window is asked: a year group, a class, a room or named devices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from controller.api.problems import WrongInput
from controller.facts import Facts
from controller.may_open import role_of
from controller.policy import YearGroup
from controller.standing import Subject
from inventory.model import Inventory, Mac

if TYPE_CHECKING:
    from controller.api.site_view import SiteView
    from controller.model import Actor


@dataclass(frozen=True, slots=True)
class Whom:
    """What was asked for, and then what it means. `group` empty: every year group."""

    group: str | None = None
    school_class: str | None = None
    room: str | None = None
    macs: tuple[Mac, ...] = ()


def found(site: SiteView, staff: Actor, asked: Whom) -> Whom:
    """With the year group it is for. Raises WrongInput."""
    if asked == Whom():
        raise WrongInput("Nobody is named.", "Name a year group, a class, a room or devices.")
    meant = _of_class(site, asked) if asked.school_class is not None else asked
    if meant.room is not None:
        _know_room(site, meant.room)
    if meant.macs:
        return _of_devices(site, meant)
    return meant if meant.group is not None else replace(meant, group=_own_group(site, staff))


def _of_class(site: SiteView, asked: Whom) -> Whom:
    group = site.policy.classes.get(asked.school_class or "")
    if group is None:
        known = ", ".join(site.policy.classes) or "none yet"
        raise WrongInput("The policy knows no class of this name.", f"It knows: {known}.")
    if asked.group not in (None, group):
        raise WrongInput(f"This class belongs to {group}.", "Leave the year group out.")
    return replace(asked, group=group)


def _know_room(site: SiteView, room: str) -> None:
    known = rooms(site)
    if room not in known:
        raise WrongInput(
            "No device, port or switch is in a room of this name.", f"Known: {', '.join(known) or 'none'}."
        )


def rooms(site: SiteView) -> tuple[str, ...]:
    """Those of the policy first, then those that devices, ports and switches are said to be in."""
    inventory = site.inventory()
    places = (inventory.devices.values(), inventory.ports.values(), inventory.switches.values())
    said = sorted({each.room for many in places for each in many if each.room})
    return tuple(dict.fromkeys((*site.policy.rooms, *said)))


def _own_group(site: SiteView, staff: Actor) -> str:
    """Who opens for own classes only opens a room for these; who opens for anyone, for all in it."""
    role = role_of(site.policy, staff)
    if role is None or role.may_open != "own-classes":
        return ""
    own = sorted({site.policy.year_group_of(each) for each in staff.groups})
    if len(own) == 1:
        return own[0]
    raise WrongInput(
        "For which of your classes in this room?", f"Name the year group: {', '.join(own) or 'you have none'}."
    )


def _of_devices(site: SiteView, asked: Whom) -> Whom:
    inventory = site.inventory()
    facts, now = Facts(site.policy, inventory), site.clock.now()
    subjects = [facts.subject(mac, now) for mac in asked.macs]
    for subject in subjects:
        if not isinstance(subject.belongs, YearGroup):
            raise WrongInput(
                f"{_name(inventory, subject)} is no pupil's device.", "A window is for devices of year groups."
            )
    groups, classes = {each.group for each in subjects}, {each.school_class for each in subjects}
    group = asked.group if asked.group is not None else (groups.pop() if len(groups) == 1 else "")
    own = asked.school_class or (classes.pop() if len(classes) == 1 and group else None)
    return replace(asked, group=group, school_class=own, macs=tuple(sorted(set(asked.macs))))


def _name(inventory: Inventory, subject: Subject) -> str:
    device = inventory.devices.get(subject.mac)
    return device.name if device else str(subject.mac)
