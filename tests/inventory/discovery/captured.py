"""Frames of capture files, and what tshark reads in them."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ETHERNET = 1
FIELDS = (
    "frame.number",
    "frame.protocols",
    "eth.src",
    "eth.dst",
    "vlan.id",
    "arp.opcode",
    "arp.hw.size",
    "arp.src.hw_mac",
    "arp.src.proto_ipv4",
    "dhcp.type",
    "dhcp.hw.mac_addr",
    "dhcp.cookie",
    "dhcp.option.dhcp",
    "dhcp.ip.client",
    "dhcp.ip.your",
    "dhcp.option.hostname",
    "dhcp.option.request_list_item",
    "dhcp.option.vendor_class_id",
    "icmpv6.type",
    "icmpv6.code",
    "icmpv6.checksum.status",
    "icmpv6.opt.type",
    "icmpv6.opt.linkaddr",
    "icmpv6.nd.na.target_address",
    "ipv6.src",
    "ipv6.hlim",
    "dhcpv6.msgtype",
    "dhcpv6.iaaddr.ip",
    "dhcpv6.iaaddr.valid_lifetime",
    "dhcpv6.client_domain",
    "dhcpv6.vendorclass.data",
    "dhcpv6.duidll.link_layer_addr",
    "dhcpv6.duidllt.link_layer_addr",
    "_ws.malformed",
    "dns.flags.response",
    "dns.resp.name",
    "dns.resp.type",
    "dns.a",
    "dns.aaaa",
    "ip.src",
)
WANTED = "arp or dhcp or dhcpv6 or icmpv6 or mdns"


def frames(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Number from 1, link type, and the octets that were kept of each frame, of pcap or pcapng."""
    raw = path.read_bytes()
    yield from _next_generation(raw) if raw[:4] == b"\x0a\x0d\x0d\x0a" else _classic(raw)


def _classic(raw: bytes) -> Iterator[tuple[int, int, bytes]]:
    order = "<" if raw[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link, at, count = struct.unpack_from(f"{order}I", raw, 20)[0] & 0xFFFF, 24, 0
    while at + 16 <= len(raw):
        kept = struct.unpack_from(f"{order}I", raw, at + 8)[0]
        count += 1
        yield count, link, raw[at + 16 : at + 16 + kept]
        at += 16 + kept


def _next_generation(raw: bytes) -> Iterator[tuple[int, int, bytes]]:
    order, at, count, links = "<", 0, 0, list[int]()
    while at + 12 <= len(raw):
        if raw[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order, links = ("<" if raw[at + 8] == 0x4D else ">"), []
        kind, length = struct.unpack_from(f"{order}II", raw, at)
        if kind == 1:
            links.append(struct.unpack_from(f"{order}H", raw, at + 8)[0])
        if kind in (3, 6):
            count += 1
            head, place = (28, 20) if kind == 6 else (12, 8)
            interface = struct.unpack_from(f"{order}I", raw, at + 8)[0] if kind == 6 else 0
            kept = struct.unpack_from(f"{order}I", raw, at + place)[0]
            yield count, links[interface], raw[at + head : at + head + kept]
        at += length


def written(path: Path, kept: Iterable[bytes]) -> None:
    """One pcap file of Ethernet frames."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, ETHERNET))
        for frame in kept:
            out.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def told_by_tshark(path: Path) -> Mapping[int, Mapping[str, list[str]]]:
    """Frame number -> field -> every occurrence, in order; frames of other protocols are left out."""
    command = ["tshark", "-n", "-r", str(path), "-Y", WANTED, "-T", "fields"]
    command += ["-E", "separator=\x1f", "-E", "aggregator=\x1e", "-o", "tcp.desegment_tcp_streams:FALSE"]
    for field in FIELDS:
        command += ["-e", field]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = (dict(zip(FIELDS, line.split("\x1f"), strict=True)) for line in said.split("\n") if line)
    return {int(row["frame.number"]): {name: text.split("\x1e") for name, text in row.items() if text} for row in rows}
