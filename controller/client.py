"""Whom a question is about: an address, a MAC, a device's name, or a whole year group or role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address

from controller.model import IntendedState
from controller.policy import Policy
from controller.standing import group_of
from inventory.model import Inventory, Mac, Person, is_randomised, parse_mac

FRESH = timedelta(minutes=15)


class Sure(StrEnum):
    """How sure it is that this device asks from this address."""

    SURE = "sure"
    LIKELY = "likely"
    NOBODY = "nobody"
    """Nobody is known to have this address: the strictest profile holds."""


class UnknownClient(LookupError):
    """Nobody answers to this; the message says what could be asked instead."""


@dataclass(frozen=True, slots=True)
class Client:
    """`address` is the key of the filter's bindings, None for a device without one and for a whole group."""

    asked: str
    how: str
    """A sentence: by what it was identified, and how old that knowledge is."""
    sure: Sure
    address: str | None = None
    mac: Mac | None = None
    name: str = ""
    group: str | None = None


def identify(text: str, policy: Policy, inventory: Inventory, intent: IntendedState) -> Client:
    """Raises UnknownClient."""
    asked = text.strip()
    if (address := _address(asked)) is not None:
        return _by_address(asked, address, inventory, intent)
    if (mac := _mac(asked)) is not None:
        return _by_mac(asked, mac, inventory, intent, "its MAC")
    if group_of(policy, asked) is not None:
        return Client(asked, f"every device that acts for {asked}", Sure.SURE, name=asked, group=asked)
    return _by_name(asked, policy, inventory, intent)


def _by_address(asked: str, address: str, inventory: Inventory, intent: IntendedState) -> Client:
    binding = intent.table.bindings.get(address)
    if binding is None:
        return Client(asked, f"nobody was seen with the address {address}", Sure.NOBODY, address, name=address)
    mac = Mac(binding.device)
    sure, how = _age(mac, inventory, intent.at)
    return Client(
        asked, f"{binding.name} was seen with {address} {how}", sure, address, mac, binding.name, _group(mac, intent)
    )


def _by_mac(asked: str, mac: Mac, inventory: Inventory, intent: IntendedState, by: str) -> Client:
    device, where = inventory.devices.get(mac), inventory.whereabouts.get(mac)
    if device is None and where is None:
        raise UnknownClient(f"no device {mac} was ever registered or seen")
    name = device.name if device else mac
    address = next((key for key, binding in intent.table.bindings.items() if binding.device == mac), None)
    how = f"{name}, by {by}" + ("" if address else "; it has no address now")
    # A randomised MAC names a device only as long as the device keeps it.
    return Client(asked, how, Sure.LIKELY if is_randomised(mac) else Sure.SURE, address, mac, name, _group(mac, intent))


def _by_name(asked: str, policy: Policy, inventory: Inventory, intent: IntendedState) -> Client:
    wanted = asked.casefold()
    found = [mac for mac, device in inventory.devices.items() if device.name.casefold() == wanted]
    if len(found) > 1:
        raise UnknownClient(f"{len(found)} devices are called {asked!r}: ask by MAC, such as {sorted(found)[0]}")
    if found:
        return _by_mac(asked, found[0], inventory, intent, "its name")
    person = next(
        (each for each in inventory.people.values() if wanted in (each.id.casefold(), each.name.casefold())), None
    )
    if person is None:
        raise UnknownClient(
            f"nobody is called {asked[:60]!r}: expected an address, a MAC, a device's name, a person's id, a year group"
            " or a role"
        )
    return _by_person(asked, person, policy, inventory, intent)


def _by_person(asked: str, person: Person, policy: Policy, inventory: Inventory, intent: IntendedState) -> Client:
    """By the device of theirs that was seen last; who has none is what all of the group are."""
    own = [mac for mac, device in inventory.devices.items() if device.person == person.id]
    if own:
        seen = {mac: inventory.whereabouts[mac].last_seen for mac in own if mac in inventory.whereabouts}
        last = max(own, key=lambda mac: (mac in seen, seen[mac].timestamp() if mac in seen else 0.0, mac))
        return _by_mac(asked, last, inventory, intent, f"being {person.name}'s" + (" seen last" if own[1:] else ""))
    group = person.role or (policy.year_group_of(person.year_group) if person.year_group else None)
    if group is None:
        raise UnknownClient(f"{person.name} has no device, no year group and no role")
    return Client(
        asked, f"{person.name}, who has no device, acts for {group}", Sure.LIKELY, name=person.name, group=group
    )


def _age(mac: Mac, inventory: Inventory, now: datetime) -> tuple[Sure, str]:
    where = inventory.whereabouts.get(mac)
    if where is None:
        return Sure.LIKELY, "at a moment nobody wrote down"
    minutes = int((now - where.last_seen) / timedelta(minutes=1))
    sure = Sure.LIKELY if now - where.last_seen > FRESH or is_randomised(mac) else Sure.SURE
    return sure, f"{minutes} minutes ago" if minutes > 1 else "just now"


def _group(mac: Mac, intent: IntendedState) -> str | None:
    decision = intent.decisions.get(mac)
    return decision.group if decision else None


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _mac(text: str) -> Mac | None:
    try:
        return parse_mac(text)
    except ValueError:
        return None
