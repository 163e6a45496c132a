"""Every frame of the public captures says to us what it says to tshark, a parser that shares nothing with ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path

import pytest

from inventory.discovery.frames import Heard, read_frame
from tests.inventory.discovery.captured import ETHERNET, frames, told_by_tshark, written
from tests.shared_data import shared_data

Row = Mapping[str, list[str]]
Said = tuple[str, str, str | None, str | None, str | None, str | None]

# Layers that may stand around what a socket on an Ethernet interface hears; all else is somebody's tunnel.
AROUND = {"eth", "ethertype", "vlan", "ieee8021ad", "llc", "ip", "ipv6", "ipv6.hopopts", "udp"}
INNERMOST = ("arp", "dhcp", "dhcpv6", "icmpv6", "mdns")


@pytest.fixture(scope="module")
def ether_frames() -> list[bytes]:
    root = shared_data("captures")
    files = sorted(path for path in root.rglob("*") if path.suffix in (".pcap", ".pcapng", ".cap"))
    return [octets for path in files for _, link, octets in frames(path) if link == ETHERNET]


@pytest.mark.needs("tshark")
def test_every_arp_dhcp_and_neighbour_frame_says_to_us_what_it_says_to_tshark(
    ether_frames: list[bytes], tmp_path: Path
) -> None:
    written(tmp_path / "all.pcap", ether_frames)
    told = told_by_tshark(tmp_path / "all.pcap")
    compared: Counter[str] = Counter()
    differ = []
    for number, octets in enumerate(ether_frames, 1):
        ours, row = read_frame(octets), told.get(number, {})
        protocol = innermost(row)
        if protocol == "mdns":
            if not {one.hostname for one in ours} <= names_announced(row):
                differ.append((number, ours, dict(row)))
            continue
        theirs = set(expected(row, protocol)) if protocol else set()
        same = set(map(as_said, ours)) == theirs or ("_ws.malformed" in row and not ours)
        if not same:
            differ.append((number, ours, dict(row)))
        compared[protocol or ""] += bool(theirs)
    assert not differ, "\n".join(map(str, differ[:20]))
    assert compared["arp"] > 1500
    assert compared["dhcp"] > 500
    assert compared["dhcpv6"] > 20
    assert compared["icmpv6"] > 20


def as_said(one: Heard) -> Said:
    return (one.mac, one.source, one.address, one.hostname, one.fingerprint, one.vendor_class)


def innermost(row: Row) -> str | None:
    """The protocol of interest where nothing but ordinary layers stands around it."""
    layers = row.get("frame.protocols", [""])[0].split(":")
    found = next((layer for layer in layers if layer not in AROUND), None)
    return found if found in INNERMOST else None


def expected(row: Row, protocol: str) -> Iterator[Said]:
    return {"arp": arp, "dhcp": dhcp, "dhcpv6": dhcpv6, "icmpv6": neighbours}[protocol](row)


def arp(row: Row) -> Iterator[Said]:
    mac = unicast(first(row, "arp.src.hw_mac"))
    if mac and first(row, "arp.opcode") in ("1", "2") and "arp.src.proto_ipv4" in row:
        yield (mac, "arp", own(first(row, "arp.src.proto_ipv4")), None, None, None)


def dhcp(row: Row) -> Iterator[Said]:
    mac, kind = unicast(first(row, "dhcp.hw.mac_addr")), first(row, "dhcp.option.dhcp")
    if not mac or not kind or "dhcp.cookie" not in row:
        return
    client, given = own(first(row, "dhcp.ip.client")), own(first(row, "dhcp.ip.your"))
    if first(row, "dhcp.type") == "2":
        if kind == "5" and (given or client):
            yield (mac, "dhcp", given or client, None, None, None)
        return
    asked = ",".join(row.get("dhcp.option.request_list_item", [])) or None
    name, vendor = first(row, "dhcp.option.hostname"), first(row, "dhcp.option.vendor_class_id")
    yield (mac, "dhcp", None if kind in ("4", "7") else client, name, asked, vendor)


def dhcpv6(row: Row) -> Iterator[Said]:
    kinds = row.get("dhcpv6.msgtype", [])
    if not kinds or kinds[-1] == "2":
        return
    if kinds[0] in ("12", "13"):
        mac = unicast(first(row, "dhcpv6.duidll.link_layer_addr") or first(row, "dhcpv6.duidllt.link_layer_addr"))
    else:
        mac = unicast(first(row, "eth.dst" if kinds[0] == "7" else "eth.src"))
    if not mac:
        return
    if kinds[-1] == "7":
        for address in row.get("dhcpv6.iaaddr.ip", []):
            yield (mac, "dhcp6", str(ip_address(address)), None, None, None)
    else:
        name = first(row, "dhcpv6.client_domain")
        yield (
            mac,
            "dhcp6",
            None,
            name.partition(".")[0] if name else None,
            None,
            first(row, "dhcpv6.vendorclass.data"),
        )


def neighbours(row: Row) -> Iterator[Said]:
    kind, options = first(row, "icmpv6.type"), row.get("icmpv6.opt.type", [])
    wrong = (
        first(row, "ipv6.hlim") != "255"
        or first(row, "icmpv6.code") != "0"
        or first(row, "icmpv6.checksum.status") != "1"
    )
    if kind not in ("133", "134", "135", "136") or wrong:
        return
    wanted, address = ("2", "icmpv6.nd.na.target_address") if kind == "136" else ("1", "ipv6.src")
    stated = dict(
        zip([each for each in options if each in ("1", "2")], row.get("icmpv6.opt.linkaddr", []), strict=False)
    )
    mac = unicast(stated.get(wanted) or first(row, "eth.src"))
    if mac:
        yield (mac, "nd", own(first(row, address)), None, None, None)


def names_announced(row: Row) -> set[str | None]:
    return {name.partition(".")[0] for name in row.get("dns.resp.name", [])}


def first(row: Row, field: str) -> str | None:
    return row.get(field, [None])[0]


def unicast(text: str | None) -> str | None:
    if not text or text == "00:00:00:00:00:00" or int(text[1], 16) & 1:
        return None
    return text


def own(text: str | None) -> str | None:
    if not text:
        return None
    address = ip_address(text)
    nobody = address.is_unspecified or address.is_loopback or address.is_multicast
    return None if nobody or (address.version == 4 and text.startswith(("0.", "255."))) else str(address)
