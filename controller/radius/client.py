"""A switch or Wi-Fi that asks by RADIUS, and how it is told of a change. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

CHANGE_PORT = 3799


class Way(StrEnum):
    """How a client is told that a decision has changed (RFC 5176)."""

    DISCONNECT = "disconnect"
    """The device has to sign on again: every switch that knows RFC 5176 can do this."""
    COA = "coa"
    """The session goes on in the other VLAN."""
    NONE = "none"
    """It cannot be told; it asks again when the session's time is up."""


@dataclass(frozen=True, slots=True)
class Client:
    """`name` is that of a switch in switches.csv wherever it is one. `address` may be a network (Wi-Fi bridges)."""

    name: str
    address: str
    secret: str = field(repr=False)
    way: Way = Way.DISCONNECT
    change_port: int = CHANGE_PORT
    message_authenticator: bool = True
    """Ask for it in every request (CVE-2024-3596); False only for switches that cannot."""

    @property
    def is_network(self) -> bool:
        return "/" in self.address
