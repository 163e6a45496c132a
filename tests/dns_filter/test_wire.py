"""Odd packets: each is answered as the specification says or met with silence, over UDP and TCP alike."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_filter import wire
from dns_filter.names import to_wire
from dns_filter.wire import Malformed, Question, read_name, read_question
from tests.dns_filter.ask import running
from tests.shared_data import shared_cases

NAME = to_wire("www.roblox.com")
A_IN = b"\0\1\0\1"
PLAIN = NAME + A_IN
EDNS = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"


def header(flags: int = 0x0100, *, qd: int = 1, an: int = 0, ns: int = 0, ar: int = 0) -> bytes:
    return wire.HEADER.pack(b"id", flags, qd, an, ns, ar)


def rcode(reply: bytes) -> int:
    """The whole rcode: the header's four bits and the OPT's eight."""
    extended = reply[-6] if reply[10:12] == b"\0\1" and reply[-11:-8] == b"\0\0\x29" else 0
    return extended << 4 | reply[3] & 0xF


SILENCE = None
FORMERR, NOTIMP, REFUSED, BADVERS = wire.FORMERR, wire.NOTIMP, wire.REFUSED, wire.BADVERS
HEADER_ONLY = 12
OWNED_OPT = b"\3www\0" + EDNS[1:]
ODD = {
    "eleven octets": (b"id\1\0\0\1\0\0\0\0\0", SILENCE, 0),
    "a response": (header(0x8100) + PLAIN, SILENCE, 0),
    "no question": (header(qd=0), FORMERR, HEADER_ONLY),
    "two questions": (header(qd=2) + PLAIN + PLAIN, FORMERR, HEADER_ONLY),
    "a pointer to itself": (header() + b"\xc0\x0c" + A_IN, FORMERR, HEADER_ONLY),
    "a pointer into the header": (header() + b"\3www\xc0\0" + A_IN, FORMERR, HEADER_ONLY),
    "a reserved kind of label": (header() + b"\x41" + b"w" * 65 + b"\0" + A_IN, FORMERR, HEADER_ONLY),
    "a label of 64 octets": (header() + b"\x40" + b"w" * 64 + b"\0" + A_IN, FORMERR, HEADER_ONLY),
    "a name of 256 octets": (header() + b"\x3e" + b"w" * 62 + (b"\x3f" + b"w" * 63) * 3 + b"\0" + A_IN, FORMERR, 12),
    "cut off in the name": (header() + b"\3ww", FORMERR, HEADER_ONLY),
    "cut off after the type": (header() + NAME + b"\0\1", FORMERR, HEADER_ONLY),
    "octets left over": (header() + PLAIN + b"!", FORMERR, HEADER_ONLY),
    "a notify": (header(0x2100) + PLAIN, NOTIMP, HEADER_ONLY),
    "an update": (header(0x2900) + PLAIN, NOTIMP, HEADER_ONLY),
    "class CHAOS": (header() + NAME + b"\0\x10\0\3", REFUSED, 12 + len(PLAIN)),
    "class ANY": (header() + NAME + b"\0\1\0\xff", REFUSED, 12 + len(PLAIN)),
    "a zone transfer": (header() + NAME + b"\0\xfc\0\1", REFUSED, 12 + len(PLAIN)),
    "an incremental transfer": (header() + NAME + b"\0\xfb\0\1", REFUSED, 12 + len(PLAIN)),
    "two OPT records": (header(ar=2) + PLAIN + EDNS + EDNS, FORMERR, HEADER_ONLY),
    "an OPT among the answers": (header(an=1) + PLAIN + EDNS, FORMERR, HEADER_ONLY),
    "an OPT that has an owner": (header(ar=1) + PLAIN + OWNED_OPT, FORMERR, HEADER_ONLY),
    "an OPT that is cut off": (header(ar=1) + PLAIN + EDNS[:-1], FORMERR, HEADER_ONLY),
    "an option longer than its OPT": (header(ar=1) + PLAIN + EDNS[:-1] + b"\4\0\x0a\0\x08", FORMERR, HEADER_ONLY),
    "EDNS version 1": (header(ar=1) + PLAIN + EDNS[:6] + b"\1" + EDNS[7:], BADVERS, 12 + len(PLAIN) + 11),
    "an announced record that is not there": (header(ar=1) + PLAIN, FORMERR, HEADER_ONLY),
}


@pytest.mark.parametrize(("packet", "expected", "length"), ODD.values(), ids=ODD)
def test_an_odd_packet_gets_its_reply_and_no_more(packet: bytes, expected: int | None, length: int) -> None:
    reply = read_question(packet)
    assert isinstance(reply, bytes)
    if expected is SILENCE:
        assert reply == b""
        return
    assert (rcode(reply), len(reply), reply[:2]) == (expected, length, b"id")
    assert reply[2] & 0x80
    assert reply[2] & 0x04 == 0, "AA is never set"


def test_what_edns_a_reply_to_a_later_version_speaks() -> None:
    packet, _, _ = ODD["EDNS version 1"]
    reply = read_question(packet)
    assert isinstance(reply, bytes)
    assert reply[-11:] == b"\0\0\x29\x04\xd0\1\0\0\0\0\0"


@pytest.mark.parametrize(
    ("said", "limit"), [(0, 512), (511, 512), (512, 512), (1000, 1000), (1232, 1232), (4096, 1232), (65_535, 1232)]
)
def test_the_answer_is_never_larger_than_the_client_or_1232_octets(said: int, limit: int) -> None:
    padding = b"\0\x0c\0\x40" + bytes(64)
    opt = b"\0\0\x29" + said.to_bytes(2) + EDNS[5:9] + len(padding).to_bytes(2) + padding
    question = read_question(header(ar=1) + PLAIN + opt)
    assert isinstance(question, Question)
    assert question.limit == limit


@pytest.mark.parametrize("said", [512, 1232, 65_535])
def test_a_forged_sender_is_sent_no_more_than_fifteen_times_what_was_asked(said: int) -> None:
    packet = header(ar=1) + PLAIN + b"\0\0\x29" + said.to_bytes(2) + EDNS[5:]
    question = read_question(packet)
    assert isinstance(question, Question)
    assert question.limit == min(said, 15 * len(packet))


def test_unknown_options_and_z_bits_are_ignored() -> None:
    cookie = b"\0\x0a\0\x08" + b"c" * 8 + b"\xff\xfe\0\0"
    packet = header(0x0140, ar=1) + PLAIN + b"\0\0\x29\x04\xd0\0\0\x7f\xff" + len(cookie).to_bytes(2) + cookie
    question = read_question(packet)
    assert isinstance(question, Question)
    assert (question.name, question.qtype, question.edns, question.do) == (NAME, 1, True, False)


def test_labels_with_dots_zeroes_and_eight_bits_are_legal_labels() -> None:
    name = b"\x05a.b\0c\x02\xff\xc3\0"
    question = read_question(header() + name + A_IN)
    assert isinstance(question, Question)
    assert question.name == name


def test_upper_case_is_kept_for_the_answer_and_lost_for_the_decision() -> None:
    question = read_question(header() + b"\3WwW\6ROBlox\3cOm\0" + A_IN)
    assert isinstance(question, Question)
    assert (question.name, question.raw) == (NAME, b"\3WwW\6ROBlox\3cOm\0" + A_IN)


@given(st.binary(max_size=80))
def test_any_octets_are_a_question_a_reply_or_silence(noise: bytes) -> None:
    for packet in (noise, header() + noise, header(ar=1) + PLAIN + noise):
        said = read_question(packet)
        assert isinstance(said, Question) or said == b"" or (len(said) >= 12 and said[:2] == packet[:2])


@given(st.binary(min_size=12, max_size=120), st.integers(12, 119))
def test_a_name_with_pointers_is_read_or_refused(message: bytes, at: int) -> None:
    try:
        name, end = read_name(message, at)
    except Malformed:
        return
    assert at < end <= len(message)
    assert wire.end_of_plain_name(name, 0) == len(name) <= 255


def test_a_chain_of_pointers_backwards_is_followed() -> None:
    message = b"\0" * 12 + b"\3com\0" + b"\6roblox\xc0\x0c" + b"\3www\xc0\x11"
    assert read_name(message, 26) == (NAME, 32)


async def _answers_of_a_worker(home: Path) -> None:
    async with running(home) as school:
        expected = {name: read_question(packet) for name, (packet, _, _) in ODD.items()}
        spoken = {name: packet for name, (packet, _, _) in ODD.items() if expected[name]}
        for name, packet in spoken.items():
            assert await school.udp(packet) == expected[name], name
        assert await school.tcp(spoken.values()) == [expected[name] for name in spoken]
        for name in ("eleven octets", "a response"):
            assert await school.udp(ODD[name][0], wait=0.1) is None
        assert (await school.ask("www.roblox.com")).edns == 0, "it still answers"


def test_a_worker_gives_these_replies_over_udp_and_tcp(tmp_path: Path) -> None:
    asyncio.run(_answers_of_a_worker(tmp_path))


@pytest.mark.parametrize("packet", shared_cases("dns-wire", "bind9-fuzz/*/*"))
def test_every_known_crasher_of_other_servers_is_read_or_refused(packet: Path) -> None:
    octets = packet.read_bytes()
    said = read_question(octets[:65_535])
    assert isinstance(said, Question) or said == b"" or said[2] & 0x80
