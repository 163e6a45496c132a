"""What a device can be told: every change carries what was there before, so undo and stale plans come free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from device_drivers.model.access_list import AccessList
from inventory.model import Mac


@dataclass(frozen=True, slots=True)
class SetAccessVlan:
    """Move an access port to another VLAN."""

    port: str
    was: int
    becomes: int


@dataclass(frozen=True, slots=True)
class SetAccessList:
    """Put an access list in place of another as a whole; `interface` is where it is bound."""

    name: str
    interface: str
    was: AccessList | None
    becomes: AccessList | None


@dataclass(frozen=True, slots=True)
class GrantInternet:
    """Open the way out for an address or subnet until `becomes`; the gateway closes it by itself.

    `was` and `becomes` are ends (aware UTC), None where there is no grant: `becomes=None` closes now.
    """

    source: str
    was: datetime | None
    becomes: datetime | None


@dataclass(frozen=True, slots=True)
class SetShutdown:
    """Switch a port off (`becomes=True`) or on again."""

    port: str
    was: bool
    becomes: bool


@dataclass(frozen=True, slots=True)
class Bounce:
    """Take the link of a port down and up, so that its device asks for an address again."""

    port: str


@dataclass(frozen=True, slots=True)
class SetClientRole:
    """Give a client on the air another role (or user group, or VLAN: what the platform calls it)."""

    client: Mac
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Throw a client off the air; it may come back, into what is then in force for it."""

    client: Mac


@dataclass(frozen=True, slots=True)
class DenyClient:
    """Keep a client off the air (`becomes=True`), on every network of the controller, or let it on again."""

    client: Mac
    was: bool
    becomes: bool


@dataclass(frozen=True, slots=True)
class SetSsid:
    """Put a Wi-Fi network on the air (`becomes=True`) or take it off."""

    ssid: str
    was: bool
    becomes: bool


Change = (
    SetAccessVlan
    | SetAccessList
    | GrantInternet
    | SetShutdown
    | Bounce
    | SetClientRole
    | Disconnect
    | DenyClient
    | SetSsid
)


def undo(change: Change) -> Change:
    """The change that puts back what was there before."""
    match change:
        case SetAccessVlan(port, was, becomes):
            return SetAccessVlan(port, becomes, was)
        case SetAccessList(name, interface, was, becomes):
            return SetAccessList(name, interface, becomes, was)
        case GrantInternet(source, was, becomes):
            return GrantInternet(source, becomes, was)
        case SetShutdown(port, was, becomes):
            return SetShutdown(port, becomes, was)
        case SetClientRole(client, was, becomes):
            return SetClientRole(client, becomes, was)
        case DenyClient(client, was, becomes):
            return DenyClient(client, becomes, was)
        case SetSsid(ssid, was, becomes):
            return SetSsid(ssid, becomes, was)
        case Bounce() | Disconnect():
            return change  # what was put back is noticed only by a device that has to ask again
