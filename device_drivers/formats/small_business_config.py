"""`show running-config` of Cisco Small Business switches: bundles, names and what is switched off.

Modes and VLANs are not read here: what stands in no line is a default, and defaults differ between models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.formats.port_lists import expand
from device_drivers.model import Unreadable
from device_drivers.rows import LagRow, PortRow

_SECTION = re.compile(r"interface (?:range )?((?:fa|gi|te|tw|fo|xg)[\d/,a-z-]+|Po\d+)$", re.IGNORECASE)
_LONG = {"fastethernet": "fa", "gigabitethernet": "gi", "tengigabitethernet": "te", "port-channel": "Po"}


def read_config(text: str) -> tuple[PortRow | LagRow, ...]:
    """Raises Unreadable for what is not the configuration of such a switch."""
    if not text.lstrip().startswith("config-file-header"):
        raise Unreadable("show running-config: no config-file-header", text.strip()[:200])
    return tuple(_rows(text))


def _rows(text: str) -> Iterator[PortRow | LagRow]:
    members: dict[str, set[str]] = {}
    ports: tuple[str, ...] = ()
    facts: dict[str, list[str]] = {}
    for line in text.splitlines():
        if section := _SECTION.match(_short(line.strip())):
            ports = expand(section[1], line)
        elif not line.startswith(" "):
            ports = ()
        elif bundle := re.match(r" channel-group (\d+)", line):
            members.setdefault(f"Po{bundle[1]}", set()).update(ports)
        for port in ports:
            facts.setdefault(port, []).append(line.strip())
    yield from (LagRow(lag, frozenset(names)) for lag, names in members.items())
    for port, lines in facts.items():
        described = next((line[12:].strip('"') for line in lines if line.startswith("description ")), "")
        yield PortRow(port, description=described, shut="shutdown" in lines)


def _short(line: str) -> str:
    """Newer switches write `interface GigabitEthernet1`."""
    for long, short in _LONG.items():
        line = re.sub(rf"(?i)\b{long} ?(?=\d)", short, line)
    return line
