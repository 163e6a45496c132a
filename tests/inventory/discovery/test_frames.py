"""What single frames say: who lies, who repeats others, and who is cut short."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.discovery.frames import Heard, read_frame
from inventory.discovery.frames.layers import checksum
from inventory.model import Mac

LAPTOP, ROUTER = bytes.fromhex("3c22fb050011"), bytes.fromhex("00005e000101")
MAC = Mac("3c:22:fb:05:00:11")
EVERYBODY = b"\xff" * 6
PRINTER_ADDRESS = bytes((10, 40, 0, 9))


def ether(kind: int, payload: bytes, source: bytes = LAPTOP, tags: bytes = b"") -> bytes:
    return EVERYBODY + source + tags + struct.pack(">H", kind) + payload


def arp(mac: bytes = LAPTOP, address: bytes = PRINTER_ADDRESS, kind: int = 1) -> bytes:
    return struct.pack(">HHBBH", 1, 0x0800, 6, 4, kind) + mac + address + bytes(6) + bytes((10, 40, 0, 1)) + bytes(18)


def udp4(payload: bytes, ports: tuple[int, int], source: bytes = bytes(4), fragment: int = 0) -> bytes:
    segment = struct.pack(">HHHH", *ports, len(payload) + 8, 0) + payload
    header = struct.pack(">BBHHHBBH", 0x45, 0, len(segment) + 20, 0, fragment, 64, 17, 0)
    return ether(0x0800, header + source + b"\xff" * 4 + segment)


def dhcp(kind: int, *options: tuple[int, bytes], op: int = 1, yours: bytes = bytes(4), own: bytes = bytes(4)) -> bytes:
    head = struct.pack(">BBBBIHH", op, 1, 6, 0, 7, 0, 0) + own + yours + bytes(8) + LAPTOP + bytes(10)
    head += bytes(192) + bytes((99, 130, 83, 99))
    return (
        head + b"".join(bytes((code, len(value))) + value for code, value in ((53, bytes((kind,))), *options)) + b"\xff"
    )


def neighbour(kind: int, target: bytes, option: bytes, hops: int = 255, source: bytes = bytes(16)) -> bytes:
    body = struct.pack(">BBHI", kind, 0, 0, 0) + target + option
    pseudo = source + target + struct.pack(">II", len(body), 58)
    body = body[:2] + struct.pack(">H", checksum(pseudo + body)) + body[4:]
    return ether(0x86DD, struct.pack(">IHBB", 6 << 28, len(body), 58, hops) + source + target + body)


HOME = bytes.fromhex("fd000020000000000000000000000011")


def test_whoever_asks_by_arp_says_its_own_address() -> None:
    assert read_frame(ether(0x0806, arp())) == (Heard(MAC, "arp", "10.40.0.9"),)


@pytest.mark.parametrize(
    ("tags", "vlan"),
    [
        ("8100 0014", 20),
        ("8100 e014", 20),
        ("88a8 0064 8100 0014", 20),
        ("8100 0000", None),
        ("9100 0fff", 4095),
    ],
)
def test_the_innermost_tag_is_the_vlan(tags: str, vlan: int | None) -> None:
    assert [one.vlan for one in read_frame(ether(0x0806, arp(), tags=bytes.fromhex(tags)))] == [vlan]


@pytest.mark.parametrize("address", ["00000000", "7f000001", "e0000001", "ffffffff"])
def test_an_address_that_is_nobodys_is_left_out(address: str) -> None:
    assert read_frame(ether(0x0806, arp(address=bytes.fromhex(address)))) == (Heard(MAC, "arp", None),)


@pytest.mark.parametrize("mac", ["000000000000", "01005e000001", "ffffffffffff"])
def test_a_mac_that_names_no_device_says_nothing(mac: str) -> None:
    assert read_frame(ether(0x0806, arp(mac=bytes.fromhex(mac)))) == ()


def test_a_client_tells_what_it_is_when_it_asks_for_an_address() -> None:
    asked = dhcp(1, (55, bytes((1, 3, 6, 15))), (60, b"MSFT 5.0"), (12, b"DESKTOP-1234567\0"))
    heard = Heard(MAC, "dhcp", None, "DESKTOP-1234567", "1,3,6,15", "MSFT 5.0")
    assert read_frame(udp4(asked, (68, 67))) == (heard,)


def test_an_option_in_parts_is_one_option() -> None:
    asked = dhcp(3, (12, b"library"), (12, b"-pc"))
    assert [one.hostname for one in read_frame(udp4(asked, (68, 67)))] == ["library-pc"]


def test_only_an_acknowledgement_gives_an_address() -> None:
    given = {kind: read_frame(udp4(dhcp(kind, op=2, yours=PRINTER_ADDRESS), (67, 68))) for kind in (2, 5, 6)}
    assert given == {2: (), 5: (Heard(MAC, "dhcp", "10.40.0.9"),), 6: ()}


@pytest.mark.parametrize("kind", [4, 7])
def test_who_gives_its_address_back_has_it_no_longer(kind: int) -> None:
    assert [one.address for one in read_frame(udp4(dhcp(kind, own=PRINTER_ADDRESS), (68, 67)))] == [None]


def test_a_control_character_in_a_name_is_not_passed_on() -> None:
    asked = dhcp(1, (12, b"pc\x1b[2J\xff"))
    assert [one.hostname for one in read_frame(udp4(asked, (68, 67)))] == [
        "pc\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}"
    ]


@pytest.mark.parametrize("fragment", [0x2000, 0x0010])
def test_a_part_of_a_packet_is_not_read(fragment: int) -> None:
    assert read_frame(udp4(dhcp(1), (68, 67), fragment=fragment)) == ()


def test_a_neighbour_says_its_own_address() -> None:
    answer = neighbour(136, HOME, b"\x02\x01" + LAPTOP, source=HOME)
    assert read_frame(answer) == (Heard(MAC, "nd", "fd00:20::11"),)


def test_who_only_asks_whether_an_address_is_free_has_none_yet() -> None:
    assert read_frame(neighbour(135, HOME, b"")) == (Heard(MAC, "nd", None),)


def test_what_came_over_a_router_is_no_neighbours_word() -> None:
    assert read_frame(neighbour(136, HOME, b"\x02\x01" + LAPTOP, hops=254, source=HOME)) == ()


def test_a_wrong_checksum_says_nothing() -> None:
    frame = bytearray(neighbour(136, HOME, b"\x02\x01" + LAPTOP, source=HOME))
    frame[-1] ^= 1
    assert read_frame(bytes(frame)) == ()


def test_an_option_of_no_length_ends_nobody_in_a_circle() -> None:
    assert read_frame(neighbour(136, HOME, bytes(8), source=HOME)) == ()


def mdns(name: bytes, address: bytes) -> bytes:
    head = struct.pack(">HHHHHH", 0, 0x8400, 0, 1, 0, 0)
    return head + bytes((len(name),)) + name + b"\x05local\x00" + struct.pack(">HHIH", 1, 0x8001, 120, 4) + address


def test_a_name_for_the_own_address_is_a_hint() -> None:
    frame = udp4(mdns(b"iPad-11", PRINTER_ADDRESS), (5353, 5353), source=PRINTER_ADDRESS)
    assert read_frame(frame) == (Heard(MAC, "mdns", None, "iPad-11"),)


def test_a_repeater_that_speaks_for_others_does_not_get_their_name() -> None:
    assert read_frame(udp4(mdns(b"iPad-11", PRINTER_ADDRESS), (5353, 5353), source=bytes((10, 40, 0, 1)))) == ()


def test_a_name_that_points_at_itself_ends() -> None:
    looping = struct.pack(">HHHHHH", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 1, 4)
    frame = udp4(looping + PRINTER_ADDRESS, (5353, 5353), source=PRINTER_ADDRESS)
    assert read_frame(frame) == ()


WHOLE = (
    ether(0x0806, arp()),
    udp4(dhcp(1, (55, bytes((1, 3, 6))), (12, b"pc")), (68, 67)),
    neighbour(136, HOME, b"\x02\x01" + LAPTOP, source=HOME),
    udp4(mdns(b"iPad-11", PRINTER_ADDRESS), (5353, 5353), source=PRINTER_ADDRESS),
)


@pytest.mark.parametrize("frame", WHOLE)
def test_a_frame_cut_anywhere_is_read_without_a_bug(frame: bytes) -> None:
    for length in range(len(frame)):
        read_frame(frame[:length])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.integers(12, 330), st.integers(0, 255)), max_size=8))
def test_no_stranger_can_make_the_reader_fail(frame: bytes, flips: list[tuple[int, int]]) -> None:
    changed = bytearray(frame)
    for place, value in flips:
        changed[place % len(changed)] = value
    for one in read_frame(bytes(changed)):
        assert one.hostname is None or one.hostname.isprintable()
