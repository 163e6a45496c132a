"""Every real capture of a platform that has a driver: read as its collectors read it, or refused. Never half."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from device_drivers.model import Kind, Lease, Neighbour, TableEntry, Unreadable
from device_drivers.platforms import drivers
from device_drivers.reading import read
from device_drivers.rows import PortRow, VlanRow
from tests.device_drivers.captures import NTC, Capture, captures, seen
from tests.device_drivers.captures_table import page
from tests.shared_data import shared_cases, shared_data

OWN = ("aruba_aoscx", "aruba_instant", "aruba_os", "cisco_ios", "cisco_s300", "hp_procurve", "juniper_junos",
       "ruckus_fastiron", "arista_eos", "cisco_wlc", "mikrotik_routeros", "ubiquiti_edgeswitch")  # fmt: skip
# What a person looked at: rows of another device, no rows at all, or another system's way of printing.
REFUSED = {
    "show_interface7.raw": "Interface vlan2 is up",
    "brocade_fastiron_show_arp.raw": "Protocol  Address",
    "cisco_ios_show_cdp_neighbors_3.raw": "SEP000000000000 Gig",
    "cisco_ios_show_interfaces_status.raw": "notconnect: TD",
    "cisco_ios_show_power_inline_6807-XL.raw": "%No inline power card",
    "cisco_ios_show_power_inline_6880-X.raw": "(enabled )            From PS To PD",
    "arista_eos_show_interfaces_status_port_channel.raw": "Et1 Cust: (SERV-XXXXX",
    "interface_bridge_host_print_terse_without-paging.raw": "11:22:33:44:55:01",
    "mikrotik_routeros_interface_ethernet_poe_print_without-paging_no_poe.raw": "bad command name poe",
}
# The collectors' reading is another table here: one row for each port, or lists of ports cut off at the line's end.
OTHER_ROWS = {
    ("cisco_s300", "show vlan"),
    ("ruckus_fastiron", "show vlan"),
    ("ruckus_fastiron", "show running-config vlan"),
    # Suspended VLANs, interfaces that are no sockets, addresses of nobody and second names of a port are left out.
    ("arista_eos", "show interfaces status"),
    ("arista_eos", "show vlan"),
    ("mikrotik_routeros", "/interface print terse without-paging"),
    ("mikrotik_routeros", "/ip dhcp-server lease print terse without-paging"),
    ("mikrotik_routeros", "/ip neighbor print detail"),
    ("ubiquiti_edgeswitch", "show arp"),
}
# Read by the template of the newer system, which leaves names out that the older one printed otherwise.
OLDER = {("ruckus_fastiron", "show interfaces", "brocade_fastiron")}
ALIKE = {"aruba_osswitch": "hp_procurve"}
COMPARED = (PortRow, VlanRow, TableEntry, Neighbour, Lease, tuple)
STATES = ("link_status", "linkstate", "status")


def _cases() -> list[Any]:
    found = shared_cases(NTC, "*/*/*.raw*")
    if found[0].marks:
        return found
    root = shared_data(NTC)
    return [pytest.param(each, id=str(each.path.relative_to(root))) for each in captures(root) if each.platform in OWN]


@pytest.mark.parametrize("capture", _cases())
def test_a_capture_is_read_as_its_collectors_read_it_or_refused_by_its_line(capture: Capture) -> None:
    found = seen(capture)
    assert found.kind is not None, f"{capture.platform} reads no {capture.command}"
    if line := REFUSED.get(capture.path.name):
        assert found.rows is None
        assert line in found.refusal
        return
    assert found.rows, "an empty table"
    if (capture.platform, capture.command, capture.path.parent.parent.name) in OLDER:
        return
    if found.kind is Kind.ABOUT:
        assert len(found.rows) == len(capture.expected)
        for ours, theirs in zip(found.rows, capture.expected, strict=True):
            # The collectors read some outputs by a second template too, whose fields we do not have.
            assert isinstance(ours, Mapping)
            assert {key: _words(value) for key, value in ours.items()} == {key: _words(theirs[key]) for key in ours}
    elif capture.platform != "cisco_ios" and (capture.platform, capture.command) not in OTHER_ROWS:
        _compare([row for row in found.rows if isinstance(row, COMPARED)], capture)


def _compare(rows: list[Any], capture: Capture) -> None:
    """Row for row: whatever we say stands in what they say, and a port is up where they say so."""
    physical = capture.command == "show interface"
    expected = [row for row in capture.expected if not physical or row["interface"][0].isdigit()]
    assert len(rows) == len(expected)
    for ours, theirs in zip(rows, expected, strict=True):
        values = {_plain(value) for each in theirs.values() for value in (each if isinstance(each, list) else [each])}
        words = "".join(sorted(values)) if capture.command == "show lldp neighbors" else ""
        missing = [fact for fact in _facts(ours) if _plain(fact) not in values and _plain(fact) not in words]
        assert not missing or _joined(ours, theirs), (missing, theirs)
        if isinstance(ours, PortRow) and (state := next((theirs[key] for key in STATES if key in theirs), None)):
            assert ours.up == (state.lower() == "up")


def _words(value: Any) -> Any:
    """Blanks at the ends do not count."""
    return [" ".join(str(each).split()) for each in value] if isinstance(value, list) else " ".join(str(value).split())


def _joined(ours: Any, theirs: dict[str, Any]) -> bool:
    """A name that wrapped over lines is one name for us and a list of its pieces for them; one of several words is
    only its first for them.
    """
    if isinstance(ours, PortRow):
        return ours.description.split()[0] == theirs["name"]
    return isinstance(ours, Neighbour) and ours.name in ("".join(theirs["neighbor_name"]), "")


def _facts(row: Any) -> Iterator[str]:
    match row:
        case PortRow():
            yield row.port
            yield from ([str(row.access_vlan)] if row.access_vlan is not None else [])
            yield from ([row.description] if row.description else [])
        case VlanRow():
            yield from (str(row.vlan), row.name)
        case TableEntry():
            yield from (row.mac, row.port, *([str(row.vlan)] if row.vlan else []))
        case Lease():
            yield from (row.mac, row.address)
        case Neighbour():
            yield from (row.port, row.name)
        case (vlan, mac, port):
            yield from (vlan.removeprefix("Vlan"), mac, port)


def _plain(value: Any) -> str:
    """As both sides spell it: MACs as their digits, bundle members and units without their marks, blanks once."""
    text = " ".join(str(value).split())
    if re.fullmatch(r"[0-9a-fA-F.:-]{12,17}", text) and len(digits := re.sub(r"[^0-9a-fA-F]", "", text)) == 12:
        return digits.lower()
    return re.sub(r"\*$|-Trk\d+$|-\.\.\.$|\.0$", "", text)


@pytest.mark.parametrize("platform", drivers())
def test_a_driver_says_that_it_was_tried_on_captures_where_one_was_read(platform: str) -> None:
    root = shared_data(NTC)
    read_one = any(each.platform == ALIKE.get(platform, platform) and seen(each).rows for each in captures(root))
    assert "captures" in drivers()[platform].tried or not read_one


DECIDING = [
    case
    for case in _cases()
    if isinstance(case.values[0], Capture)
    and case.values[0].path.name not in REFUSED
    and drivers()[case.values[0].platform].readers[case.values[0].command].kind is not Kind.ABOUT
]


@pytest.mark.parametrize("capture", DECIDING)
def test_a_capture_that_was_cut_off_says_nothing_that_the_whole_does_not(capture: Capture) -> None:
    driver, text = drivers()[capture.platform], capture.text
    whole = list(read(driver, capture.command, text))
    for at in range(0, len(text), max(1, len(text) // 40)):
        try:
            part = list(read(driver, capture.command, text[:at]))
        except Unreadable:
            continue
        assert len(part) <= len(whole)
        assert [row for row in part[:-2] if _key(row) not in {_key(each) for each in whole}] == []


def _key(row: Any) -> object:
    """What is not spread over many lines."""
    return getattr(row, "port", None) or getattr(row, "vlan", None) or getattr(row, "lag", None) or str(row)


@pytest.mark.parametrize("capture", DECIDING)
@pytest.mark.parametrize(
    "remains", [" --More-- ", "-- MORE --, next page: Space, next line: Enter, quit: Control-C", "\x1b[24;1H", "\b\b\b"]
)
def test_a_capture_with_remains_of_a_pager_is_refused(capture: Capture, remains: str) -> None:
    lines = capture.text.splitlines()
    middle = len(lines) // 2
    with pytest.raises(Unreadable) as refused:
        read(drivers()[capture.platform], capture.command, "\n".join([*lines[:middle], remains, *lines[middle:]]))
    assert refused.value.line


@pytest.mark.parametrize("capture", DECIDING)
def test_the_output_of_another_command_is_never_taken_for_this_one(capture: Capture) -> None:
    driver = drivers()[capture.platform]
    others = [
        name for name, reader in driver.readers.items() if name != capture.command and reader.kind is not Kind.ABOUT
    ]
    for command in others:
        if driver.readers[command].kind is driver.readers[capture.command].kind or command == "show running-config":
            continue
        try:
            rows = read(driver, command, capture.text)
        except Unreadable:
            continue
        assert rows, f"read as an empty {command}"
        pytest.fail(f"{capture.command} was read as {command}")


def test_the_table_of_captures_names_every_platform_file_and_refusal() -> None:
    every = [seen(capture) for capture in captures(shared_data(NTC))]
    text = page(every)
    assert f"{len(every)} captures: " in text
    for each in every:
        assert f"| {each.capture.platform} | `{each.capture.command}` |" in text
        if each.refusal:
            assert f"| {each.capture.platform} | {each.capture.path.name} |" in text
