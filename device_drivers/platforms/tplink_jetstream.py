"""TP-Link JetStream managed switches: observed, not steered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.formats.hybrid import JETSTREAM, JETSTREAM_CONFIG, read_hybrid
from device_drivers.formats.watched import tells_nothing
from device_drivers.joining import observe
from device_drivers.model import Driver, Kind, Observed, Reader

TITLE = "TP-Link JetStream"
READERS: Mapping[str, Reader] = MappingProxyType(
    {"show running-config": Reader(Kind.MODES, lambda text: read_hybrid(text, JETSTREAM_CONFIG, JETSTREAM))}
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


DRIVER = Driver(
    platform="tplink_jetstream",
    netmiko_type="tplink_jetstream",
    title=TITLE,
    can=frozenset(),
    reads=tuple(READERS),
    parse=parse,
    render=tells_nothing(TITLE),
    refusals=("Error:", "Bad command"),
    readers=READERS,
    observes="No public capture shows what this system prints after a change, nor its tables: its configuration is"
    " read, and nothing is sent.",
)
