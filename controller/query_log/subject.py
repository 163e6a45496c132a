"""Whom a look-up of the query log is about: a person, a device or an address; never a whole group."""

from __future__ import annotations

from ipaddress import ip_address

from controller.client import UnknownClient
from controller.query_log import Subject
from dns_filter.model import FilterTable
from inventory.model import Inventory, Mac, parse_mac


def subject_of(text: str, inventory: Inventory, table: FilterTable | None) -> Subject:
    """Raises UnknownClient. A person's devices are those that are the person's today."""
    asked = text.strip()
    for find in (_by_address, _by_mac, _by_name, _by_person):
        if (found := find(asked, inventory, table)) is not None:
            return found
    raise UnknownClient(
        f"nobody is called {asked[:60]!r}: expected a person's id, a device's name, a MAC or an address"
    )


def _by_address(asked: str, _: Inventory, table: FilterTable | None) -> Subject | None:
    try:
        address = str(ip_address(asked))
    except ValueError:
        return None
    binding = table.bindings.get(address) if table else None
    # Before anybody knew whose the address is, its queries were written down under the address itself.
    keys = {address: address} | ({binding.device: binding.name} if binding else {})
    how = f"{address}, which is {binding.name} today" if binding else f"{address}, which is nobody's today"
    return Subject(asked, keys, how)


def _by_mac(asked: str, inventory: Inventory, _: FilterTable | None) -> Subject | None:
    try:
        mac = parse_mac(asked)
    except ValueError:
        return None
    return Subject(asked, {str(mac): _name(mac, inventory)}, f"the device {_name(mac, inventory)}")


def _by_name(asked: str, inventory: Inventory, _: FilterTable | None) -> Subject | None:
    wanted = asked.casefold()
    found = {str(mac): device.name for mac, device in inventory.devices.items() if device.name.casefold() == wanted}
    if len(found) > 1:
        raise UnknownClient(f"{len(found)} devices are called {asked!r}: ask by MAC, such as {min(found)}")
    return Subject(asked, found, f"the device {asked}") if found else None


def _by_person(asked: str, inventory: Inventory, _: FilterTable | None) -> Subject | None:
    person = next((each for each in inventory.people.values() if asked in (each.id, each.name)), None)
    if person is None:
        return None
    found = {str(mac): device.name for mac, device in inventory.devices.items() if device.person == person.id}
    if not found:
        raise UnknownClient(f"{person.name} has no device of their own: ask by the device that was used")
    return Subject(asked, found, f"the {len(found)} devices that are {person.name}'s today")


def _name(mac: Mac, inventory: Inventory) -> str:
    return inventory.devices[mac].name if mac in inventory.devices else mac
