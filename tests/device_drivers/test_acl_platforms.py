"""What the intent says, every platform decides: written, printed back and read again, packet by packet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.acl import Packet, compile_list, decides, routeros, same
from device_drivers.acl.dialects import IOS
from device_drivers.acl.junos import read_lists as read_junos
from device_drivers.acl.read import read_lists
from device_drivers.model import AccessList, Ace, Refused, SetAccessList, Unreadable, Verb
from tests.device_drivers.acl_devices import DEVICES, Blocks, Junos, told_by

GOLDEN = Path(__file__).parent / "golden" / "acl"
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PUPILS = compile_list(
    "pupils",
    [
        Ace(Verb.PERMIT, "udp", "any", "10.10.0.5", 53, "names from the filter"),
        Ace(Verb.PERMIT, "udp", "any", "fd00:10::5", 53, "names from the filter"),
        Ace(Verb.DENY, "udp", "any", "any", 53),
        Ace(Verb.DENY, "tcp", "any", "any", 853),
        Ace(Verb.PERMIT, "tcp", "any", "10.30.0.0/24", established=True),
        Ace(Verb.DENY, "ip", "any", "10.30.0.0/24"),
        Ace(Verb.DENY, "ip", "any", "fd00:30::/64"),
        Ace(Verb.PERMIT, "icmp", "any", "fe80::/10"),
        Ace(Verb.PERMIT, "ip", "any", "any"),
    ],
)
SHORTER = AccessList(PUPILS.name, PUPILS.entries[:1])
NETWORKS = (
    "any",
    "10.0.0.0/8",
    "10.20.0.0/24",
    "10.20.0.7/32",
    "127.0.0.0/8",
    "fd00::/8",
    "fd00:5::/64",
    "fd00:5::1/128",
)
ADDRESSES = (
    "10.20.0.7",
    "10.20.0.200",
    "10.9.9.9",
    "127.255.255.255",
    "192.0.2.1",
    "fd00:5::1",
    "fd00:6::1",
    "2001:db8::1",
)
ACES = st.builds(
    Ace,
    verb=st.sampled_from(Verb),
    protocol=st.sampled_from(("ip", "tcp", "udp", "icmp")),
    source=st.sampled_from(NETWORKS),
    destination=st.sampled_from(NETWORKS),
    port=st.sampled_from((None, None, 53, 67, 443, 853)),
    remark=st.sampled_from(("", "to the filter")),
    family=st.sampled_from((None, None, None, 4, 6)),
    established=st.sampled_from((False, False, False, True)),
)
PACKETS = [
    Packet(protocol, source, destination, port, reply)
    for source in ADDRESSES
    for destination in ADDRESSES
    if (":" in source) == (":" in destination)
    for protocol, port, reply in (
        ("tcp", 443, False), ("tcp", 853, True), ("udp", 53, False), ("udp", 67, False), ("icmp", None, False),
        ("gre", None, False),
    )
]  # fmt: skip


def _possible(entries: list[Ace]) -> AccessList | None:
    try:
        return compile_list("pupils", entries)
    except Refused:
        return None


@pytest.mark.parametrize("platform", DEVICES)
@given(entries=st.lists(ACES, max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_platform_decides_every_packet_as_the_intent(platform: str, entries: list[Ace]) -> None:
    wanted = _possible([ace for ace in entries if _possible([ace])])
    assert wanted is not None
    device = DEVICES[platform]()
    device.tell(SetAccessList(wanted.name, "vlan20", None, SHORTER))
    device.tell(SetAccessList(wanted.name, "vlan20", SHORTER, wanted))
    lists = device.lists()
    read = lists.lists[lists.bindings["vlan20"]]
    assert same(read, wanted)
    assert [decides(read, packet) for packet in PACKETS] == [decides(wanted, packet) for packet in PACKETS]


@pytest.mark.parametrize("platform", DEVICES)
def test_a_push_and_a_swap_are_told_as_the_manual_says(platform: str) -> None:
    device = DEVICES[platform]()
    first = device.tell(SetAccessList(PUPILS.name, "vlan20", None, PUPILS))
    swap = device.tell(SetAccessList(PUPILS.name, "vlan20", PUPILS, SHORTER))
    away = device.tell(SetAccessList(PUPILS.name, "vlan20", SHORTER, None))
    told = "\n".join(("# first", *first, "# swap", *swap, "# away", *away, ""))
    assert told == (GOLDEN / f"{platform}.txt").read_text()
    assert device.lists().bindings == {}
    assert device.lists().lists == {}


@pytest.mark.parametrize("platform", [name for name in DEVICES if name != "juniper_junos"])
def test_at_no_line_of_a_swap_is_a_list_missing_or_half_loaded(platform: str) -> None:
    """Junos needs no such care: nothing is in force before its commit, and then all of it."""
    old, new, swapped = (DEVICES[platform]() for _ in range(3))
    swapped.tell(SetAccessList(PUPILS.name, "vlan20", None, PUPILS))
    old.tell(SetAccessList(PUPILS.name, "vlan20", None, PUPILS))
    new.tell(SetAccessList(PUPILS.name, "vlan20", None, SHORTER))
    assert not isinstance(old, Junos)
    assert not isinstance(new, Junos)
    assert not isinstance(swapped, Junos)
    whole = {family: (old.in_force(family), new.in_force(family)) for family in (4, 6)}
    lines = told_by(swapped, SetAccessList(PUPILS.name, "vlan20", PUPILS, SHORTER))
    for line in lines:
        swapped.take(line)
        assert all(swapped.in_force(family) in whole[family] for family in (4, 6)), line
    assert swapped.lists() == new.lists()


@pytest.mark.parametrize("platform", DEVICES)
def test_a_list_of_which_one_family_is_not_bound_is_seen_to_let_that_family_through(platform: str) -> None:
    device = DEVICES[platform]()
    device.tell(SetAccessList(PUPILS.name, "vlan20", None, PUPILS))
    assert device.lists().bindings == {"vlan20": PUPILS.name}
    cut = "\n".join(line for line in device.printed().splitlines() if not _binds_six(line))
    lists = {"juniper_junos": read_junos, "mikrotik_routeros": routeros.read_lists}.get(platform)
    found = lists(cut) if lists else read_lists(device.dialect, cut)  # type: ignore[union-attr]
    read = found.lists[found.bindings["vlan20"]]
    assert not same(read, PUPILS)
    names = [Packet("udp", *pair, 53) for pair in (("10.20.0.7", "192.0.2.1"), ("fd00:20::7", "2001:db8::1"))]
    assert [decides(read, packet) for packet in names] == [Verb.DENY, Verb.PERMIT]


def _binds_six(line: str) -> bool:
    return "caretaker6-" in line and (" in" in line.split("caretaker6-")[1] or "input" in line or "jump" in line)


def test_lists_of_others_are_kept_apart_and_a_list_of_ours_that_was_edited_is_unreadable() -> None:
    text = "ip access-list extended {}\n permit tcp any any range 1000 2000\ninterface Vlan20\n ip access-group {} in\n"
    lists = read_lists(IOS, text.format("cctv", "cctv"))
    assert (lists.bindings, lists.foreign) == ({"vlan20": "cctv"}, frozenset({"cctv"}))
    for name in ("caretaker-pupils", "caretakerN-pupils"):
        with pytest.raises(Unreadable, match="range"):
            read_lists(IOS, text.format(name, name))


def test_two_segments_with_long_names_never_share_a_list() -> None:
    one, other = (compile_list(f"pupils-of-key-stage-two-{name}", PUPILS.entries).name for name in ("red", "blue"))
    device = Blocks(IOS)
    device.tell(SetAccessList(one, "vlan20", None, PUPILS))
    device.tell(SetAccessList(other, "vlan21", None, SHORTER))
    assert device.lists().bindings == {"vlan20": one, "vlan21": other}
    assert max(len(word) for line in device.printed().split() for word in (line,) if "caretaker" in word) <= 31


def test_a_grant_on_routeros_ends_by_itself_and_is_read_back_in_seconds() -> None:
    lines = tuple(routeros.grants({"10.20.0.7": 2400, "fd00:20::/64": 60, "10.20.0.8": 0}))
    assert lines == (
        "/ip firewall address-list remove [find list=caretaker-granted address=10.20.0.7]",
        "/ip firewall address-list add list=caretaker-granted address=10.20.0.7 timeout=2400s",
        "/ipv6 firewall address-list remove [find list=caretaker-granted address=fd00:20::/64]",
        "/ipv6 firewall address-list add list=caretaker-granted address=fd00:20::/64 timeout=60s",
        "/ip firewall address-list remove [find list=caretaker-granted address=10.20.0.8]",
    )
    printed = (
        " 0 D list=caretaker-granted address=10.20.0.7 creation-time=2026-11-23 09:00:00 timeout=39m58s dynamic=yes\n"
        " 1   list=cctv address=10.40.0.9 creation-time=2026-11-23 09:00:00 dynamic=no\n"
        " 2   list=caretaker-granted address=10.20.0.9 dynamic=no\n"
    )
    assert routeros.read_grants(printed) == {"10.20.0.7": 2398.0, "10.20.0.9": routeros.WITHOUT_END}
    with pytest.raises(Unreadable):
        routeros.read_grants("bad command name\n")
