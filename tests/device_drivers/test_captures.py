"""Real outputs of switches nobody here configured: read as their collectors read them, or refused. Never half."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from device_drivers.formats.ios_neighbours import read_cdp, read_lldp
from device_drivers.formats.ios_ports import read_status, read_switchport, short_port
from device_drivers.formats.ios_vlans import read_vlans
from device_drivers.formats.mac_table import read_mac_table
from device_drivers.model import Unreadable
from inventory.model import parse_mac
from tests.shared_data import shared_cases

# What a person looked at and found to be no output of one device: rows of another switch, columns lost, group MACs.
REFUSED = {
    "cisco_ios_show_interfaces_status.raw": "notconnect: TD",
    "cisco_ios_show_cdp_neighbors_3.raw": "SEP000000000000 Gig",
    "4948_format": "1111.2222.3333",
    "6500_format": "1111.2222.3333",
    "isr_multiple_ehwic_format": "1111.2222.3333",
}
NTC = "switch-cli/ntc-templates/cisco_ios"
NAPALM = "switch-cli/napalm-ios"


def _text(path: Path) -> str:
    return lzma.open(path, "rt").read() if path.suffix == ".xz" else path.read_text()


def _expected(path: Path) -> list[dict[str, Any]]:
    """The collectors' own reading, beside the capture."""
    if NAPALM in str(path):
        rows: list[dict[str, Any]] = json.loads((path.parent / "expected_result.json").read_text())
        return rows
    base = path.with_name(path.name.replace(".raw", ".yml"))
    parsed: list[dict[str, Any]] = YAML(typ="safe").load(_text(base))["parsed_sample"]
    return parsed


def _read(path: Path, reader: Callable[[str], Collection[Any]]) -> Collection[Any] | None:
    """What was read of a capture, or None where it is refused as it should be."""
    line = REFUSED.get(path.name) or (REFUSED.get(path.parent.name) if NAPALM in str(path) else None)
    if line is None:
        found = reader(_text(path))
        assert found, "an empty table"
        return found
    with pytest.raises(Unreadable) as refused:
        reader(_text(path))
    assert line in refused.value.line
    return None


@pytest.mark.parametrize("path", shared_cases(NTC, "show_interfaces_status/*.raw*"))
def test_port_status(path: Path) -> None:
    rows = _read(path, read_status)
    if rows is None:
        return
    assert [(row.port, row.name, row.up, row.word or str(row.vlan)) for row in rows] == [
        (row["port"], row["name"], row["status"] == "connected", row["vlan_id"]) for row in _expected(path)
    ]


@pytest.mark.parametrize("path", shared_cases(NTC, "show_interfaces_switchport/*.raw*"))
def test_switchport_modes(path: Path) -> None:
    blocks = _read(path, read_switchport)
    assert blocks is not None
    assert [(b.port, b.switching, b.wanted, b.actual, str(b.access_vlan or "")) for b in blocks] == [
        (row["interface"], row["switchport"] == "Enabled", row["admin_mode"], row["mode"], row["access_vlan"])
        for row in _expected(path)
    ]


@pytest.mark.parametrize("path", shared_cases(NTC, "show_mac-address-table/*.raw*"))
def test_forwarding_tables_of_catalysts(path: Path) -> None:
    entries = _read(path, read_mac_table)
    assert entries is not None
    assert {(e.mac, str(e.vlan), e.port) for e in entries} == {
        (parse_mac(row["destination_address"]), row["vlan_id"], short_port(row["destination_port"][0]))
        for row in _expected(path)
        if _is_device(row["destination_address"], row["vlan_id"], row["destination_port"])
    }


@pytest.mark.parametrize("path", shared_cases(NAPALM, "test_get_mac_address_table/*/show_mac*"))
def test_forwarding_tables_of_many_models(path: Path) -> None:
    entries = _read(path, read_mac_table)
    if entries is None:
        return
    expected = {
        (parse_mac(row["mac"]), row["vlan"], short_port(row["interface"]))
        for row in _expected(path)
        if _is_device(row["mac"], str(row["vlan"]), [row["interface"]])
    }
    assert {(e.mac, e.vlan, e.port) for e in entries} == expected


def _is_device(mac: str, vlan: str, ports: list[str]) -> bool:
    """A row that says which port one device is behind."""
    digits = mac.replace(".", "").replace(":", "")
    group = int(digits[1], 16) & 1 or not digits.strip("0")
    own = ports[0].lower().startswith(("cpu", "router", "switch", "stby", "vlan")) if ports and ports[0] else True
    return not group and vlan.isdigit() and vlan != "0" and not own and len(ports) == 1


@pytest.mark.parametrize("path", shared_cases(NTC, "show_cdp_neighbors/*.raw*"))
def test_cdp_neighbours(path: Path) -> None:
    found = _read(path, read_cdp)
    if found is None:
        return
    assert [(n.name, n.port) for n in found] == [
        (row["neighbor_name"], short_port(row["local_interface"])) for row in _expected(path)
    ]


@pytest.mark.parametrize("path", shared_cases(NTC, "show_lldp_neighbors/*.raw*"))
def test_lldp_neighbours(path: Path) -> None:
    found = _read(path, read_lldp)
    assert found is not None
    assert [(n.name, n.port) for n in found] == [
        (row["neighbor_name"], row["local_interface"]) for row in _expected(path)
    ]


@pytest.mark.parametrize("path", shared_cases(NAPALM, "test_get_lldp_neighbors/*/show_lldp_neighbors.txt*"))
def test_lldp_neighbours_of_many_models(path: Path) -> None:
    found = _read(path, read_lldp)
    assert found is not None
    expected: Any = _expected(path)
    assert {short_port(port) for port in expected} == {n.port for n in found}
    assert sum(map(len, expected.values())) == len(found)


@pytest.mark.parametrize("path", shared_cases(NAPALM, "test_get_vlans/*/show_vlan_brief.txt*"))
def test_vlans(path: Path) -> None:
    names: Any = _expected(path)
    unsupported = {"1002", "1003", "1004", "1005"}
    assert {str(number) for number in read_vlans(_text(path))} == set(names) - unsupported


@pytest.mark.parametrize("path", shared_cases(NAPALM, "test_get_vlans/*/show_vlan_all_ports.txt*"))
def test_the_output_of_another_command_is_refused(path: Path) -> None:
    with pytest.raises(Unreadable):
        read_vlans(_text(path))


@pytest.mark.parametrize("reader", [read_status, read_switchport, read_mac_table, read_cdp, read_lldp, read_vlans])
@pytest.mark.parametrize("text", ["", "\n\n", "% Invalid input detected at '^' marker.\n", "sw-hall#\n"])
def test_an_empty_or_refused_output_is_unreadable_and_never_an_empty_table(
    reader: Callable[[str], Collection[Any]], text: str
) -> None:
    with pytest.raises(Unreadable):
        reader(text)
