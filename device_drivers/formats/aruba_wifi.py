"""Aruba controllers (`aruba_os`) and Instant clusters: ARP, and clients on the air."""

from __future__ import annotations

import re

from device_drivers.columns import cut, find_header, starts
from device_drivers.formats.macs import device_of
from device_drivers.model import Lease, Unreadable, WirelessClient
from device_drivers.rows import DeniedRow

_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_ARP = ("Protocol", "IP Address", "Hardware Address", "Interface", "Age (min)")
_CLIENTS = ("Name", "IP Address", "MAC Address", "OS", "ESSID", "Access Point", "Channel", "Type", "Role")


def read_arp(text: str) -> tuple[Lease, ...]:
    """`show arp` of a controller. None of its columns is free text, so a row is cut at its blanks."""
    _, rows = find_header(text.splitlines(), _ARP, "show arp")
    found: list[Lease] = []
    for row in (row for row in rows if row.strip() and set(row) - {"-", " "}):
        words = row.split()
        if len(words) not in (4, 5) or words[0] != "Internet" or not re.fullmatch(r"[\d.]{7,15}", words[1]):
            raise Unreadable("show arp: a row outside its columns", row)
        if not _MAC.fullmatch(words[2]):
            raise Unreadable("show arp: a row without a MAC", row)
        vlan = re.fullmatch(r"vlan(\d+)", words[3])
        if mac := device_of(words[2]):
            found.append(Lease(mac, words[1], None, int(vlan[1]) if vlan else None))
    return tuple(found)


_DENIED = ("STA", "reason", "block-time(sec)", "remaining time(sec)")


def read_denied(text: str) -> tuple[DeniedRow, ...]:
    """`show ap blacklist-clients` of a controller. Nothing in an entry says who made it. A reason is two words at most
    and never an address, so a row is cut at its blanks. Raises Unreadable for a row that begins with no address.
    """
    if not re.search(r"^(?:Blacklisted Clients|Client Denylist)\s*$", text, re.MULTILINE):
        raise Unreadable("show ap blacklist-clients: no title", text.strip()[:200])
    _, rows = find_header(text.splitlines(), _DENIED, "show ap blacklist-clients")
    found: list[DeniedRow] = []
    for row in (row for row in rows if row.strip() and set(row) - {"-", " "}):
        if re.match(r"(?:Num|Total)\b", row):
            continue
        word, ends = row.split()[0].lower(), row.split()[-1]
        if not _MAC.fullmatch(word) or not re.fullmatch(r"\d+|Permanent|-", ends):
            raise Unreadable("show ap blacklist-clients: a row outside its columns", row)
        if mac := device_of(word):
            found.append(DeniedRow(mac))
    return tuple(found)


def read_clients(text: str) -> tuple[WirelessClient, ...]:
    """`show clients` of an Instant cluster. Raises Unreadable where more clients are announced than listed."""
    total = re.search(r"^Number of Clients +:(\d+)", text, re.MULTILINE)
    if not total:
        raise Unreadable("show clients: no number of clients", text.strip()[:200])
    header, rows = find_header(text.splitlines(), _CLIENTS, "show clients")
    at = starts(header, _CLIENTS)
    found: list[WirelessClient] = []
    for row in rows:
        if row.startswith(("Number of Clients", "Info timestamp")) or not row.strip() or set(row) <= {"-", " "}:
            continue
        cells = cut(row, at, _CLIENTS)
        if any(row[begin - 1 : begin].strip() for begin in at[1:]) or not _MAC.fullmatch(cells["MAC Address"]):
            raise Unreadable("show clients: a row outside its columns", row)
        role = cells["Role"].split("  ")[0].strip()
        address = cells["IP Address"] if re.fullmatch(r"[\d.]{7,15}", cells["IP Address"]) else None
        mac = device_of(cells["MAC Address"])
        if not mac:
            raise Unreadable("show clients: a group address on the air", row)
        found.append(WirelessClient(mac, cells["Access Point"], role, None, address))
    if len(found) != int(total[1]):
        raise Unreadable(f"show clients: {total[1]} announced, {len(found)} listed", total[0])
    return tuple(found)
