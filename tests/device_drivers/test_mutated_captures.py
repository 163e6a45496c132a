"""Captures with something broken in them: read, or refused by a line; never an accident of ours.

`CARETAKER_MUTATIONS=20000` mutates each capture so many times; the suite does a few.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from device_drivers.model import Driver, Kind, Unreadable
from device_drivers.platforms import drivers
from device_drivers.reading import read
from tests.device_drivers.captures import NTC, Capture, captures
from tests.shared_data import shared_cases, shared_data

TIMES = int(os.environ.get("CARETAKER_MUTATIONS", "25"))
SIGNS = "abZ09 \n\t:.-/,*()|_é"
PIECES = (
    "\n",
    "  ",
    "\n\n",
    "99",
    "Up",
    "lag1",
    ",",
    "tagged ",
    "1/1/1-1/1/99999999",
    "to",
    " --",
    "01:00:5e:00:00:01",
)
LONGEST = 6000


def _cases() -> list[Any]:
    found = shared_cases(NTC, "*/*/*.raw*")
    if found[0].marks:
        return found
    root = shared_data(NTC)
    return [pytest.param(each, id=str(each.path.relative_to(root))) for each in captures(root) if _decides(each)]


def _decides(capture: Capture) -> bool:
    reader = drivers()[capture.platform].readers.get(capture.command)
    return reader is not None and reader.kind is not Kind.ABOUT


def _broken(text: str, chance: random.Random) -> str:
    signs = list(text)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(signs)) if signs else 0
        match chance.randrange(4):
            case 0:
                del signs[at : at + chance.choice((1, 2, 10, 80))]
            case 1:
                signs[at : at + 1] = chance.choice(SIGNS)
            case 2:
                signs[at:at] = chance.choice(PIECES)
            case _:
                begin = chance.randrange(len(signs)) if signs else 0
                signs[at:at] = signs[begin : begin + 60]
    return "".join(signs)


@pytest.mark.parametrize("capture", _cases())
def test_a_broken_capture_is_read_or_refused_with_a_reason(capture: Capture) -> None:
    driver, text = drivers()[capture.platform], capture.text[:LONGEST]
    chance = random.Random(capture.path.name)
    ends = [_ends(driver, capture.command, _broken(text, chance)) for _ in range(TIMES)]
    assert all(ends)


def _ends(driver: Driver, command: str, text: str) -> str:
    """How the reading ended, in words; whatever is not Unreadable is an accident and goes up."""
    try:
        return f"{len(read(driver, command, text))} rows"
    except Unreadable as error:
        return str(error)
