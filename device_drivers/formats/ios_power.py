"""`show power inline` of IOS: behind which ports something draws power from the switch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from device_drivers.columns import cut, find_header, starts
from device_drivers.formats.ios_ports import short_port
from device_drivers.model import Unreadable
from device_drivers.rows import PowerRow

TITLES = ("Interface", "Admin", "Oper", "Power", "Device")
_ORNAMENT = re.compile(r"\s*\(Watts\)|[- ]+$|Totals?:|Interface +Admin +Oper |Module +Available|\d+ +\d+\.\d")
_PORT = re.compile(r"[A-Z][A-Za-z]{1,2}\d[\d/]*")
_OFF = frozenset({"off"})
_FED = frozenset({"on", "faulty", "power-deny", "power-den"})


def read_power(text: str) -> tuple[PowerRow, ...]:
    """Whatever is not plainly off counts as fed. Raises Unreadable for a word that IOS does not print there."""
    header, rest = find_header(text.splitlines(), TITLES, "show power inline")
    at = starts(header, TITLES)
    return tuple(_row(line, cut(line, at, TITLES)) for line in rest if line.strip() and not _ORNAMENT.match(line))


def _row(line: str, cells: Mapping[str, str]) -> PowerRow:
    port = short_port(cells["Interface"])
    if not _PORT.fullmatch(port) or cells["Oper"] not in _OFF | _FED:
        raise Unreadable("show power inline: no row of a port", line.strip())
    return PowerRow(port, cells["Oper"] not in _OFF)
