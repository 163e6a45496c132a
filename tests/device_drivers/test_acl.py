"""Shorter lists, the same decisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.acl import Packet, compile_list, covers, decides, same
from device_drivers.model import AccessList, Ace, Refused, Verb

NETWORKS = (
    "any",
    "10.0.0.0/8",
    "10.20.0.0/24",
    "10.20.0.0/25",
    "10.20.0.128/25",
    "10.20.0.7/32",
    "fd00::/8",
    "fd00:5::/64",
)
ADDRESSES = ("10.20.0.7", "10.20.0.200", "10.9.9.9", "192.0.2.1", "fd00:5::1", "2001:db8::1")


def _possible(ace: Ace) -> bool:
    families = {":" in net for net in (ace.source, ace.destination) if net != "any"}
    return len(families) < 2 and (ace.port is None or ace.protocol in ("tcp", "udp"))


ACES = st.builds(
    Ace,
    verb=st.sampled_from(Verb),
    protocol=st.sampled_from(("ip", "tcp", "udp", "icmp")),
    source=st.sampled_from(NETWORKS),
    destination=st.sampled_from(NETWORKS),
    port=st.sampled_from((None, None, 53, 443)),
    remark=st.sampled_from(("", "to the filter")),
).filter(_possible)
PACKETS = st.builds(
    Packet,
    protocol=st.sampled_from(("tcp", "udp", "icmp", "gre")),
    source=st.sampled_from(ADDRESSES),
    destination=st.sampled_from(ADDRESSES),
    port=st.sampled_from((None, 53, 80, 443)),
)


@given(st.lists(ACES, max_size=12), st.lists(PACKETS, min_size=20, max_size=60))
def test_a_compiled_list_decides_every_packet_as_the_intent_did(entries: list[Ace], packets: list[Packet]) -> None:
    intent, compiled = AccessList("caretaker-ks2", tuple(entries)), compile_list("ks2", entries)
    assert [decides(compiled, packet) for packet in packets] == [decides(intent, packet) for packet in packets]


@given(st.lists(ACES, max_size=12))
def test_a_compiled_list_hides_no_entry_and_compiling_it_again_changes_nothing(entries: list[Ace]) -> None:
    compiled = compile_list("ks2", entries)
    assert len(compiled.entries) <= len(entries)
    assert compile_list(compiled.name, compiled.entries) == compiled
    for at, ace in enumerate(compiled.entries):
        assert not any(covers(earlier, ace) for earlier in compiled.entries[:at])


def test_two_halves_of_a_network_become_the_whole() -> None:
    halves = [Ace(Verb.PERMIT, "ip", f"10.20.0.{start}/25", "any") for start in (0, 128)]
    assert compile_list("ks2", halves).entries == (Ace(Verb.PERMIT, "ip", "10.20.0.0/24", "any"),)


def test_a_third_entry_between_two_halves_keeps_them_apart() -> None:
    first, second = (Ace(Verb.PERMIT, "ip", f"10.20.0.{start}/25", "any") for start in (0, 128))
    between = Ace(Verb.DENY, "udp", "any", "any", 53)
    assert compile_list("ks2", [first, between, second]).entries == (first, between, second)


def test_a_denial_at_the_end_stays_for_a_grant_does_not_open_it() -> None:
    entries = (Ace(Verb.PERMIT, "udp", "any", "any", 53), Ace(Verb.DENY, "ip", "any", "10.30.0.0/16"))
    assert compile_list("ks2", entries).entries == entries


def test_remarks_do_not_make_two_lists_different() -> None:
    said = AccessList("caretaker-a", (Ace(Verb.PERMIT, "ip", "10.1.2.3", "any", None, "the printer"),))
    read = AccessList("caretaker-b", (Ace(Verb.PERMIT, "ip", "10.1.2.3/32", "any"),))
    assert same(said, read)
    assert not same(said, None)
    assert same(None, None)


@pytest.mark.parametrize(
    "ace",
    [
        Ace(Verb.PERMIT, "gre", "any", "any"),
        Ace(Verb.PERMIT, "ip", "any", "any", 53),
        Ace(Verb.PERMIT, "tcp", "any", "any", 70000),
        Ace(Verb.PERMIT, "ip", "the hall", "any"),
        Ace(Verb.PERMIT, "ip", "10.0.0.0/8", "fd00::/8"),
        Ace(Verb.PERMIT, "ip", "0.0.0.0/0", "any"),
    ],
)
def test_an_entry_no_list_can_hold_is_refused(ace: Ace) -> None:
    with pytest.raises(Refused):
        compile_list("ks2", [ace])
