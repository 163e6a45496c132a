"""Extreme Networks switches with ExtremeXOS 16.1 or newer (VLANs are named by their numbers)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.exos import read_config, read_fdb, read_summary
from device_drivers.joining import observe
from device_drivers.model import (
    Bounce,
    Change,
    Driver,
    Kind,
    Observed,
    Reader,
    SetAccessVlan,
    SetShutdown,
)
from device_drivers.rendering import WIRED, one_by_one, refused

TITLE = "Extreme Networks EXOS"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "show configuration vlan": Reader(Kind.VLANS, read_config),
        "show ports no-refresh": Reader(Kind.PORTS, read_summary),
        "show fdb": Reader(Kind.MACS, read_fdb),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def _lines(change: Change) -> Iterator[str]:
    match change:
        case SetAccessVlan(port, was, becomes):
            # A port is untagged in one VLAN only: EXOS refuses the second before the first is gone.
            if was != becomes:
                yield f"configure vlan {vlan_id(was)} delete ports {port_name(port)}"
            yield f"configure vlan {vlan_id(becomes)} add ports {port_name(port)} untagged"
        case SetShutdown(port, _, becomes):
            yield f"{'disable' if becomes else 'enable'} ports {port_name(port)}"
        case Bounce(port):
            yield from (f"disable ports {port_name(port)}", f"enable ports {port_name(port)}")
        case _:
            raise refused(change, TITLE)


DRIVER = Driver(
    platform="extreme_exos",
    netmiko_type="extreme_exos",
    title=TITLE,
    can=WIRED,
    reads=tuple(READERS),
    parse=parse,
    render=one_by_one(_lines),
    refusals=("%%", "Error:", "Invalid", "Syntax error"),
    config=False,
    save=("save configuration primary",),
    readers=READERS,
    answers=MappingProxyType({"(y/N)": "y"}),
    prompt=r"\.\d+ ?[>#]",
    observes="Neighbours are not read (no public capture): name a port protected that leads to an access point or"
    " switch without tags.",
)
