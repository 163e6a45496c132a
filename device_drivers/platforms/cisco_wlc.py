"""Cisco Wi-Fi controllers with AireOS (2504 to 8540, and the vWLC): clients are observed and disconnected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.formats.aireos import read_clients
from device_drivers.formats.shown import shown
from device_drivers.joining import observe
from device_drivers.model import Capability, Change, Disconnect, Driver, Kind, Observed, Reader, Refused
from inventory.model import parse_mac

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "show client summary": Reader(Kind.WIRELESS, read_clients),
        **shown(
            "cisco_wlc_ssh",
            "show ap config general",
            "show ap summary",
            "show client detail",
            "show interface detailed id",
            "show interface group summary",
            "show interface summary",
            "show inventory",
        ),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Raises Refused for anything but a disconnect."""
    del now
    return tuple(_lines(changes))


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        if not isinstance(change, Disconnect):
            raise Refused("this driver only observes AireOS controllers and disconnects their clients")
        yield f"config client deauthenticate {parse_mac(change.client)}"


DRIVER = Driver(
    platform="cisco_wlc",
    netmiko_type="cisco_wlc",
    title="Cisco AireOS Wi-Fi controllers",
    can=frozenset({Capability.WIRELESS_CLIENTS, Capability.DISCONNECT}),
    reads=("show client summary",),
    parse=parse,
    render=render,
    refusals=("Incorrect usage", "Request failed", "Invalid", "Client specified is unknown"),
    config=False,
    readers=READERS,
    tried=("captures",),
    prompt=r" ?>",
    observes="Roles and VLANs of clients come from RADIUS here; no command of the controller gives another one.",
)
