"""The filter that runs in the kernel: only frames that can say who is there reach this program at all. Pure.

Classic BPF (the kernel's `Documentation/networking/filter.rst`), written as lines with labels and assembled here. VLAN
tags are no matter: the kernel takes them off before the filter sees the frame.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

LOAD_HALF, LOAD_BYTE, LOAD_WORD = 0x28, 0x30, 0x20
LOAD_HALF_BEHIND, LENGTH_OF_HEADER = 0x48, 0xB1
"""`ldh [x + k]` and `ldxb 4 * ([k] & 0xf)`."""
EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x15, 0x35, 0x45, 0x06
WHOLE_FRAME = 0x0004_0000


class Line(NamedTuple):
    """One instruction; `yes` and `no` are labels, empty for the next line."""

    code: int
    value: int
    yes: str = ""
    no: str = ""
    label: str = ""


class Instruction(NamedTuple):
    """As the kernel wants it: `struct sock_filter`."""

    code: int
    yes: int
    no: int
    value: int


def _one_of(values: Sequence[int], then: str, otherwise: str = "") -> list[Line]:
    *first, last = values
    return [*(Line(EQUAL, value, then) for value in first), Line(EQUAL, last, then, otherwise)]


PROGRAM: tuple[Line, ...] = (
    Line(LOAD_HALF, 12),
    Line(EQUAL, 0x0806, "take"),
    Line(EQUAL, 0x0800, "ipv4"),
    Line(EQUAL, 0x86DD, "ipv6"),
    Line(AT_LEAST, 0x0600, "leave"),
    Line(LOAD_WORD, 14),
    Line(EQUAL, 0xAAAA_0300, "", "leave"),
    Line(LOAD_HALF, 20),
    Line(EQUAL, 0x0806, "take", "leave"),
    Line(LOAD_BYTE, 23, label="ipv4"),
    Line(EQUAL, 17, "", "leave"),
    Line(LOAD_HALF, 20),
    Line(ANY_BIT, 0x1FFF, "leave"),
    Line(LENGTH_OF_HEADER, 14),
    Line(LOAD_HALF_BEHIND, 14),
    *_one_of((67, 68, 5353), "take"),
    Line(LOAD_HALF_BEHIND, 16),
    *_one_of((67, 68, 5353), "take", "leave"),
    Line(LOAD_BYTE, 20, label="ipv6"),
    Line(EQUAL, 17, "udp6"),
    # Extension headers are rare and their length is not: behind any of them the frame is taken and read here.
    *_one_of((0, 43, 60), "take"),
    Line(EQUAL, 58, "", "leave"),
    Line(LOAD_BYTE, 54),
    *_one_of((133, 134, 135, 136), "take", "leave"),
    Line(LOAD_HALF, 54, label="udp6"),
    *_one_of((546, 547, 5353), "take"),
    Line(LOAD_HALF, 56),
    *_one_of((546, 547, 5353), "take", "leave"),
    Line(RETURN, WHOLE_FRAME, label="take"),
    Line(RETURN, 0, label="leave"),
)


def assembled(lines: Sequence[Line] = PROGRAM) -> tuple[Instruction, ...]:
    """Labels into distances; a jump goes forward only, as the kernel demands."""
    places = {line.label: at for at, line in enumerate(lines) if line.label}

    def distance(at: int, label: str) -> int:
        return places[label] - at - 1 if label else 0

    return tuple(
        Instruction(line.code, distance(at, line.yes), distance(at, line.no), line.value)
        for at, line in enumerate(lines)
    )


def packed(program: Sequence[Instruction]) -> bytes:
    """An array of `struct sock_filter` in the byte order of this machine."""
    return b"".join(struct.pack("HBBI", *each) for each in program)
