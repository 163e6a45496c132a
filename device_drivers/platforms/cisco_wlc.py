"""Cisco Wi-Fi controllers with AireOS (2504 to 8540, and the vWLC): clients are observed, disconnected and kept off.

Source: Cisco Wireless Controller Command Reference, "config exclusionlist", "show exclusionlist"; captures of the
latter in ntc-templates. An entry carries a description, and ours says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from device_drivers.formats.aireos import MARK, read_clients, read_denied
from device_drivers.formats.shown import shown
from device_drivers.joining import observe
from device_drivers.model import Capability, Change, DenyClient, Disconnect, Driver, Kind, Observed, Reader
from device_drivers.rendering import one_by_one, refused
from inventory.model import parse_mac

TITLE = "Cisco AireOS Wi-Fi controllers"
CLIENTS, DENIED = "show client summary", "show exclusionlist"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        CLIENTS: Reader(Kind.WIRELESS, read_clients),
        DENIED: Reader(Kind.DENIED, read_denied),
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


def _lines(change: Change) -> Iterator[str]:
    match change:
        case Disconnect(client):
            yield f"config client deauthenticate {parse_mac(client)}"
        case DenyClient(client, _, becomes):
            # Whoever is on the air stays there until it is thrown off; it cannot come back.
            words = f"add {parse_mac(client)} {MARK}" if becomes else f"delete {parse_mac(client)}"
            yield f"config exclusionlist {words}"
        case _:
            raise refused(change, TITLE)


DRIVER = Driver(
    platform="cisco_wlc",
    netmiko_type="cisco_wlc",
    title=TITLE,
    can=frozenset({Capability.WIRELESS_CLIENTS, Capability.DISCONNECT, Capability.DENY, Capability.READ_BACK}),
    reads=(CLIENTS, DENIED),
    parse=parse,
    render=one_by_one(_lines),
    refusals=("Incorrect usage", "Request failed", "Invalid", "Client specified is unknown"),
    config=False,
    readers=READERS,
    tried=("captures",),
    prompt=r" ?>",
    observes="Roles and VLANs of clients come from RADIUS here; no command of the controller gives another one. Whoever"
    " is kept off the air is so until the controller boots, unless somebody saves: it is then kept off anew.",
)
