"""`show spanning-tree` of IOS: which ports lead towards the root. None of its columns is free text."""

from __future__ import annotations

import re

from device_drivers.formats.ios_ports import short_port
from device_drivers.model import Unreadable
from device_drivers.rows import StpRow

_NONE = re.compile(r"\s*No spanning tree instances? exists?\.")
_ROW = re.compile(
    r"([A-Z][A-Za-z-]*\d\S*)\s+(Root|Desg|Altn|Back|Mstr|Boun)\*?\s+([A-Z*]{2,4})\s+\d+\s+\d+\.\d+\s+\S.*$"
)
_ROLES = {"Root": "root", "Desg": "designated", "Altn": "alternate", "Back": "backup", "Mstr": "root",
          "Boun": "boundary"}  # fmt: skip
_VLAN = re.compile(r"VLAN(\d+)$")


def read_spanning_tree(text: str) -> tuple[StpRow, ...]:
    """None where it is switched off. Raises Unreadable for a row under the titles that is none."""
    if _NONE.match(text):
        return ()
    rows: list[StpRow] = []
    vlan: int | None = None
    instances = titles = 0
    inside = False
    for line in map(str.rstrip, text.splitlines()):
        if re.match(r"(?:VLAN|MST)\d+$", line):
            found = _VLAN.match(line)
            vlan, inside, instances = int(found[1]) if found else None, False, instances + 1
        elif line.startswith("Interface ") and line.split()[1:3] == ["Role", "Sts"]:
            inside, titles = True, titles + 1
        elif inside and line and not set(line) <= {"-", " "}:
            row = _ROW.match(line)
            if not row:
                raise Unreadable("show spanning-tree: a row outside its columns", line)
            rows.append(StpRow(short_port(row[1]), _ROLES[row[2]], vlan))
    if not instances or titles < instances:
        raise Unreadable("show spanning-tree: no instance with a table of its ports", text.strip())
    return tuple(rows)
