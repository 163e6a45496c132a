"""JSON of NetBox and of Ansible into devices and switches. Pure.

NetBox: lists of its REST API, `/api/dcim/devices/` and `/api/dcim/interfaces/` (NetBox 3 and 4: `mac_address`, or
`primary_mac_address`). Ansible: what `ansible-inventory --list` prints.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_interface
from types import MappingProxyType
from typing import Any

from inventory.csv_file import MAX_BYTES, MAX_ROWS, RowProblem
from inventory.fold import clean_name
from inventory.imports.entries import Choices, Entries, Gathering
from inventory.model import Admission, Device, Mode, Purpose, Switch, SwitchName, parse_mac

ROLES: Mapping[str, Purpose] = MappingProxyType(
    {"switch": Purpose.ACCESS, "router": Purpose.GATEWAY, "firewall": Purpose.GATEWAY, "wireless": Purpose.WIRELESS}
)
"""Words in the slug of a NetBox role, and what such a device is for."""
OS_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "cisco.ios.ios": "cisco_ios",
        "ios": "cisco_ios",
        "arubanetworks.aoscx.aoscx": "aruba_aoscx",
        "arubanetworks.aos_switch.arubaoss": "aruba_osswitch",
        "junipernetworks.junos.junos": "juniper_junos",
        "junos": "juniper_junos",
        "community.routeros.routeros": "mikrotik_routeros",
        "arista.eos.eos": "arista_eos",
        "eos": "arista_eos",
    }
)
"""Ansible's `ansible_network_os` as Caretaker's platforms are called; another name is taken as it stands."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Documents:
    """Devices to import, and switches for a person to put into switches.csv: they begin by being looked at only."""

    entries: Entries
    switches: tuple[Switch, ...] = ()


class NotSuch(Exception):
    """The text is no such document; the message says what was expected."""


def read_netbox(devices: bytes, interfaces: bytes, file: str, choices: Choices) -> Documents:
    """Raises NotSuch."""
    found, switches = Gathering(file), list[Switch]()
    macs = _macs(_results(interfaces, file))
    for number, row in enumerate(_results(devices, file), 1):
        purpose = next((p for word, p in ROLES.items() if word in _text(row, "role", "slug")), None)
        if purpose is not None:
            _add_switch(found, switches, number, _switch_of_netbox(row, purpose))
        elif row.get("id") in macs:
            name = clean_name(str(row.get("name") or "")) or macs[row["id"]]
            _add_device(found, number, macs[row["id"]], name, choices)
    return Documents(found.whole(), tuple(switches))


def read_ansible(raw: bytes, file: str, choices: Choices) -> Documents:
    """Hosts with `ansible_network_os` are switches; those with a variable `mac` are devices. Raises NotSuch."""
    whole = _loaded(raw, file)
    variables = whole.get("_meta", {}).get("hostvars") if isinstance(whole.get("_meta"), dict) else None
    if not isinstance(variables, dict):
        raise NotSuch(f"{file}: expected what `ansible-inventory --list` prints")
    found, switches = Gathering(file), list[Switch]()
    for number, (host, said) in enumerate(sorted(variables.items()), 1):
        if not isinstance(said, dict):
            continue
        if system := said.get("ansible_network_os"):
            where = str(said.get("ansible_host") or host)
            platform = OS_NAMES.get(str(system), str(system))
            _add_switch(found, switches, number, (str(host), where, platform, Purpose.ACCESS))
        elif mac := said.get("mac"):
            _add_device(found, number, str(mac), clean_name(str(host)), choices)
    return Documents(found.whole(), tuple(switches))


def _switch_of_netbox(row: Mapping[str, Any], purpose: Purpose) -> tuple[str, str, str, Purpose]:
    address = _text(row, "primary_ip", "address") or _text(row, "primary_ip4", "address")
    platform = _text(row, "platform", "slug").replace("-", "_")
    return str(row.get("name") or ""), address, OS_NAMES.get(platform, platform), purpose


def _add_switch(found: Gathering, switches: list[Switch], number: int, told: tuple[str, str, str, Purpose]) -> None:
    name, host, platform, purpose = told
    if not _NAME.fullmatch(name):
        found.wrong(number, "name", f"expected letters, digits and ._-, not {name[:40]!r}")
    elif not _PLATFORM.fullmatch(platform):
        found.wrong(number, "platform", f"expected a platform for {name}, not {platform[:40]!r}")
    else:
        try:
            host = str(ip_interface(host).ip)
        except ValueError:
            if not _NAME.fullmatch(host):
                found.wrong(number, "host", f"expected an address for {name}, not {host[:40]!r}")
                return
        switches.append(Switch(SwitchName(name), host, 22, platform, purpose, Mode.OBSERVE))


def _add_device(found: Gathering, number: int, mac: str, name: str, choices: Choices) -> None:
    try:
        found.add_device(number, Device(parse_mac(mac), name or mac, choices.kind, Admission.REGISTERED))
    except ValueError as error:
        found.problems.append(RowProblem(found.file, number, "mac", f"expected a MAC ({error})"))


def _macs(interfaces: Sequence[Mapping[str, Any]]) -> Mapping[Any, str]:
    """Of each device the MAC of its first interface that has one."""
    found: dict[Any, str] = {}
    for row in interfaces:
        mac = row.get("mac_address") or _text(row, "primary_mac_address", "mac_address")
        owner = row["device"].get("id") if isinstance(row.get("device"), dict) else None
        if mac and owner is not None:
            found.setdefault(owner, str(mac))
    return found


def _text(row: Mapping[str, Any], part: str, key: str) -> str:
    below = row.get(part)
    return str(below.get(key) or "") if isinstance(below, dict) else ""


def _results(raw: bytes, file: str) -> Sequence[Mapping[str, Any]]:
    rows = _loaded(raw, file).get("results")
    if not isinstance(rows, list):
        raise NotSuch(f"{file}: expected a list of NetBox, with `results`")
    return list(_objects(rows[:MAX_ROWS]))


def _objects(rows: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    return (row for row in rows if isinstance(row, dict))


def _loaded(raw: bytes, file: str) -> Mapping[str, Any]:
    if len(raw) > MAX_BYTES:
        raise NotSuch(f"{file}: expected at most {MAX_BYTES // 1024 // 1024} MiB")
    try:
        whole = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NotSuch(f"{file}: expected JSON") from error
    if not isinstance(whole, dict):
        raise NotSuch(f"{file}: expected a JSON object")
    return whole
