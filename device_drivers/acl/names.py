"""What our lists are called on a device, and how a routed VLAN is called in one spelling: `vlan20`.

    caretaker-pupils       IPv4; also the name in the intent
    caretaker6-pupils      IPv6: platforms take no two lists of one name
    caretakerN-pupils      where a list is loaded beside the one in force while it is swapped (`caretakerN6-…` too)

No name of a segment can make one of these out of another: the intent's names all begin with `caretaker-`.
"""

from __future__ import annotations

import re

from device_drivers.acl import PREFIX
from device_drivers.encode import cli_name

_STEM = PREFIX.rstrip("-")
_OURS = re.compile(rf"{_STEM}(N?)(6?)-(.+)")
_VLAN = re.compile(r"(?:vlan|ve|irb\.)\s?(\d{1,4})", re.IGNORECASE)


def on_device(name: str, family: int, *, staged: bool = False) -> str:
    """The name of one family's list on the device; `staged`: while it is loaded."""
    mark = ("N" if staged else "") + ("6" if family == 6 else "")
    return cli_name(f"{_STEM}{mark}-{cli_name(name).removeprefix(PREFIX)}")


def in_intent(name: str) -> tuple[str, int] | None:
    """The intent's name and the family of a list of ours that is in force; None for lists of others and staged ones."""
    ours = _OURS.fullmatch(name)
    return (PREFIX + ours[3], 6 if ours[2] else 4) if ours and not ours[1] else None


def is_ours(name: str) -> bool:
    return _OURS.fullmatch(name) is not None


def vlan_of(interface: str) -> int | None:
    """The VLAN of a routed interface in any platform's spelling (`Vlan20`, `vlan 20`, `ve 20`, `irb.20`)."""
    found = _VLAN.fullmatch(interface.strip())
    return int(found[1]) if found else None


def canonical(interface: str) -> str:
    """`vlan20` for a routed VLAN however it is spelled; every other name as it is."""
    vlan = vlan_of(interface)
    return interface if vlan is None else f"vlan{vlan}"
