"""Access points with hostapd, OpenWrt's among them (package hostapd-utils): who is on the air, and who is kept off it.

The account is root, or may run `hostapd_cli` as root by `sudo -n`. What is told lives in the running hostapd: after a
restart the next turn of the loop tells it again. Entries of the box's own configuration are nobody's of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from device_drivers.formats.hostapd import MARK, read_air
from device_drivers.formats.leases import read_leases
from device_drivers.formats.linux_shell import REFUSALS, SUDO
from device_drivers.joining import observe
from device_drivers.model import Capability, Change, DenyClient, Disconnect, Driver, Kind, Observed, Reader
from device_drivers.rendering import one_by_one, refused
from inventory.model import parse_mac

TITLE = "Access points with hostapd (OpenWrt)"
_EACH = "for s in /var/run/hostapd/*; do i=${s##*/}; test -S $s && test $i != global || continue; "
_CLI = f"{SUDO} hostapd_cli -i $i"
AIR = f"{_EACH}echo interface $i; {_CLI} all_sta; echo denied; {_CLI} deny_acl SHOW; done"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        AIR: Reader(Kind.WIRELESS, read_air),
        "cat /tmp/dhcp.leases": Reader(Kind.LEASES, read_leases, quiet=True),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def _lines(change: Change) -> Iterator[str]:
    match change:
        case DenyClient(client, _, becomes):
            # hostapd throws whoever it is to keep off out by itself.
            words = f"ADD_MAC {parse_mac(client)} VLAN_ID={MARK}" if becomes else f"DEL_MAC {parse_mac(client)}"
            yield f"{_EACH}{_CLI} deny_acl {words} | grep -qx OK || exit 1; done"
        case Disconnect(client):
            yield f"{_EACH}{_CLI} deauthenticate {parse_mac(client)} | grep -qx OK || exit 1; done"
        case _:
            raise refused(change, TITLE)


DRIVER = Driver(
    platform="linux_hostapd",
    netmiko_type="linux",
    title=TITLE,
    can=frozenset(
        {
            Capability.WIRELESS_CLIENTS,
            Capability.LEASES_READ,
            Capability.DENY,
            Capability.DISCONNECT,
            Capability.READ_BACK,
        }
    ),
    reads=tuple(READERS),
    parse=parse,
    render=one_by_one(_lines),
    refusals=("Failed to connect to hostapd", "FAIL", "UNKNOWN COMMAND", *REFUSALS),
    config=False,
    readers=READERS,
    tried=("real",),
    observes="Which VLAN a client is in is hostapd's own configuration or RADIUS; it is read and not told.",
)
