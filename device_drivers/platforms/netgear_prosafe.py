"""Netgear managed switches of both command lines (Smart Managed Pro; M4250 and its like): observed, not steered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.formats.fastpath import read_ports
from device_drivers.formats.hybrid import SMART_PRO, SMART_PRO_CONFIG, read_hybrid
from device_drivers.formats.watched import tells_nothing
from device_drivers.joining import observe
from device_drivers.model import Driver, Kind, Observed, Reader
from device_drivers.rows import LagRow, PortRow

TITLE = "Netgear managed switches"


def read_running(text: str) -> tuple[PortRow | LagRow, ...]:
    """The configuration says by its first line which of the two command lines it is of."""
    return read_hybrid(text, SMART_PRO_CONFIG, SMART_PRO) if "SYSTEM CONFIG FILE" in text else read_ports(text)


READERS: Mapping[str, Reader] = MappingProxyType({"show running-config": Reader(Kind.MODES, read_running)})


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


DRIVER = Driver(
    platform="netgear_prosafe",
    netmiko_type="netgear_prosafe",
    title=TITLE,
    can=frozenset(),
    reads=tuple(READERS),
    parse=parse,
    render=tells_nothing(TITLE),
    refusals=("% ", "Incomplete command", "Command not found"),
    readers=READERS,
    tried=("captures",),
    observes="The one public dialogue shows a configuration and no table or change: it is read, and nothing is sent.",
)
