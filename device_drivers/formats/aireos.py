"""Clients of a Cisco AireOS Wi-Fi controller: `show client summary`."""

from __future__ import annotations

import re

from device_drivers.formats.dashed import cells
from device_drivers.model import Unreadable, WirelessClient
from device_drivers.rows import DeniedRow
from inventory.model import parse_mac

_TOTAL = re.compile(r"^Number of Clients\.+ (\d+)\s*$", re.MULTILINE)
_RULE = re.compile(r"(?:-{2,} ?)+\s*$")
_GROUP = re.compile(r"-{2,}")
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")


MARK = "caretaker"
"""The description of the entries that are ours; a person's says something else."""
_MANUAL = "Manually Disabled Clients"
_NO_MORE = re.compile(r"Dynamically Disabled Clients|No dynamically (?:excluded|disabled) clients")


def read_denied(text: str) -> tuple[DeniedRow, ...]:
    """`show exclusionlist`: who was excluded by a person or by us; what the controller excludes for a while by itself
    ends by itself and is left out. Raises Unreadable for a row that begins with no address.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or not (_MANUAL in lines[0] or "No manually" in lines[0] or _NO_MORE.search(lines[0])):
        raise Unreadable("show exclusionlist: no title", lines[0] if lines else "")
    found: list[DeniedRow] = []
    for line in lines[1:] if _MANUAL in lines[0] else ():
        if _NO_MORE.search(line):
            break
        word, _, rest = line.strip().partition(" ")
        if set(line) <= {"-", " "} or (word, rest.split()[:1]) == ("MAC", ["Address"]):
            continue
        if not _MAC.fullmatch(word):
            raise Unreadable("show exclusionlist: a row that begins with no address", line)
        found.append(DeniedRow(parse_mac(word), rest.strip() == MARK))
    return tuple(found)


def read_clients(text: str) -> tuple[WirelessClient, ...]:
    """Clients by access point. Every version draws other columns: they are cut by the dashes under the titles.

    Raises Unreadable for a row outside its columns, or for another number of clients than announced.
    """
    total = _TOTAL.search(text)
    if not total:
        raise Unreadable("show client summary: no number of clients", text.strip()[:200])
    lines = text[total.end() :].splitlines()
    at = next((number for number, line in enumerate(lines) if _RULE.match(line)), None)
    if at is None and total[1] != "0":
        raise Unreadable("show client summary: clients were announced and no table came", total[0])
    found: list[WirelessClient] = []
    spans = [match.span() for match in _GROUP.finditer(lines[at])] if at is not None else []
    titles = tuple(map(str, range(len(spans))))
    for line in lines[at + 1 :] if at is not None else ():
        if not line.strip():
            break
        row = cells(line, spans, titles, "show client summary")
        if not _MAC.fullmatch(row["0"]):
            raise Unreadable("show client summary: a row that begins with no address", line)
        found.append(WirelessClient(parse_mac(row["0"]), row["1"]))
    if len(found) != int(total[1]):
        raise Unreadable(f"show client summary: {total[1]} clients announced, {len(found)} listed", total[0])
    return tuple(found)
