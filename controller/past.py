"""Who had an address, or where a device was, at a moment that is past: asked of the store, and written down. ●"""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address

from controller.model import Actor
from controller.store import Store
from inventory.history import Held, Past, who_had
from inventory.model import Mac, parse_mac


class NobodyMeant(Exception):
    """What was asked for is neither an address nor a MAC."""


def ask(store: Store, staff: Actor, asked: str, at: datetime, now: datetime) -> tuple[Held, ...]:
    """The surest first. Who asked for whom stands in the audit (M9). Raises NobodyMeant or StoreError."""
    address, mac = _address(asked), _mac(asked)
    if address is not None:
        stays = store.stays_at(address, at)
    elif mac is not None:
        stays = store.stays_of(mac, at)
    else:
        raise NobodyMeant(f"expected an address such as 10.20.0.11, or a MAC, not {asked[:60]!r}")
    macs = tuple(dict.fromkeys(stay.mac for stay in stays))
    past = Past(stays, store.sign_ins_of(macs, at), store.devices_at(macs, at), store.inventory().people)
    found = who_had(past, at)
    store.record(staff, "history.ask", address or mac or "", {"at": at, "found": len(found)}, now)
    return found


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return None


def _mac(text: str) -> Mac | None:
    try:
        return parse_mac(text)
    except ValueError:
        return None
