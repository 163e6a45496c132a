"""Aruba Instant clusters (IAP): observed, not steered.

Source of the table: Aruba Instant CLI Reference Guide, "show clients". No public capture proves it, so nothing is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.formats.aruba_wifi import read_clients
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import Capability, Change, Driver, Kind, Observed, Reader
from device_drivers.rendering import refused

TITLE = "Aruba Instant clusters"
CLIENTS = "show clients"
READERS: Mapping[str, Reader] = MappingProxyType(
    {CLIENTS: Reader(Kind.WIRELESS, read_clients), "show version": about("hp_procurve_show_version")}
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Raises Refused for any change."""
    del now
    for change in changes:
        raise refused(change, TITLE)
    return ()


DRIVER = Driver(
    platform="aruba_instant",
    netmiko_type="aruba_os",
    title=TITLE,
    can=frozenset({Capability.WIRELESS_CLIENTS}),
    reads=(CLIENTS,),
    parse=parse,
    render=render,
    refusals=("% Invalid", "% Incomplete", "% Ambiguous", "% Parse error", "Error"),
    readers=READERS,
    tried=("captures",),
    prompt=r"[^\n]{0,40}[>#]",
    observes="roles, disconnects and who is kept off are not told: no public capture shows how they are printed back",
)
