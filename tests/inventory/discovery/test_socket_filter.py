"""The kernel's filter lets through every frame that says something, and keeps a file server's traffic out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from inventory.discovery import socket_filter as bpf
from inventory.discovery.frames import read_frame
from inventory.discovery.frames.layers import TAGS
from tests.inventory.discovery.captured import ETHERNET, frames
from tests.inventory.discovery.test_frames import PRINTER_ADDRESS, WHOLE, udp4
from tests.shared_data import shared_data

PROGRAM = bpf.assembled()
SIZES = {bpf.LOAD_BYTE: 1, bpf.LOAD_HALF: 2, bpf.LOAD_WORD: 4, bpf.LOAD_HALF_BEHIND: 2}


def taken(frame: bytes, program: Sequence[bpf.Instruction] = PROGRAM) -> bool:
    """As the kernel runs it: a load behind the end of the frame refuses it."""
    at = accumulator = index = 0
    while True:
        line, at = program[at], at + 1
        if line.code == bpf.RETURN:
            return line.value > 0
        if line.code == bpf.LENGTH_OF_HEADER:
            index = (frame[line.value] & 15) * 4
        elif line.code in SIZES:
            place = line.value + (index if line.code == bpf.LOAD_HALF_BEHIND else 0)
            if place + SIZES[line.code] > len(frame):
                return False
            accumulator = int.from_bytes(frame[place : place + SIZES[line.code]], "big")
        else:
            found = {
                bpf.EQUAL: accumulator == line.value,
                bpf.AT_LEAST: accumulator >= line.value,
                bpf.ANY_BIT: bool(accumulator & line.value),
            }[line.code]
            at += line.yes if found else line.no


def test_every_jump_stays_inside_and_goes_forward() -> None:
    for at, line in enumerate(PROGRAM):
        assert at + 1 + max(line.yes, line.no) < len(PROGRAM) or line.code == bpf.RETURN
        assert min(line.yes, line.no) >= 0
    assert len(bpf.packed(PROGRAM)) == 8 * len(PROGRAM)


@pytest.mark.parametrize("frame", WHOLE)
def test_whatever_says_something_comes_through(frame: bytes) -> None:
    assert taken(frame)


@pytest.mark.parametrize("ports", [(443, 50_000), (53, 53), (137, 137)])
def test_other_traffic_never_reaches_the_program(ports: tuple[int, int]) -> None:
    assert not taken(udp4(b"x" * 100, ports, source=PRINTER_ADDRESS))


def test_no_frame_of_the_captures_that_says_something_is_kept_out() -> None:
    said = kept_out = 0
    for path in sorted(shared_data("captures").rglob("*.pcap")):
        for _, link, frame in frames(path):
            # The kernel takes tags off before the filter sees the frame.
            if link == ETHERNET and int.from_bytes(frame[12:14], "big") not in TAGS:
                says = bool(read_frame(frame))
                said += says
                kept_out += says and not taken(frame)
    assert said > 2000
    assert kept_out == 0
