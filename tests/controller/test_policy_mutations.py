"""Thousands of damaged policy files: each is accepted or refused with a place, none ends in a traceback.

CARETAKER_MUTATIONS=10000 is the number the reliability specification asks for.
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.controller.policies import SMALL, problems

SHARDS = 4
EACH = int(os.environ.get("CARETAKER_MUTATIONS", "2000")) // SHARDS
PIECES = [
    *"\t\n\r :,-?[]{}#&*!|>'\"%@`~=.\0\x1b\x85\ufeff\u2028\U0001f600",
    *("- ", ": ", "  ", "---\n", "...\n", "<<: *a", "&a ", "*a", "!!int ", "!x ", "|\n", ">-\n", "null", "true", "no"),
    *(".inf", ".nan", "1e999", "9" * 30, "0x1f", "-1", "''", '""', '"\\0"', '"\\ud800"', '"\\U00110000"', "{}", "[]"),
    *("10:30", "25:61", "2026-02-30", "10.0.0.0/33", "::/0", "co.uk", "year-5", "x" * 300, "a.b[0]", "{there}", "%s"),
]


def damaged(dice: random.Random) -> str:
    text = SMALL
    for _ in range(dice.randint(1, 4)):
        at, to = sorted(dice.randrange(len(text) + 1) for _ in range(2))
        to = min(to, at + dice.choice((0, 1, 1, 3, 12, 80)))
        swapped = dice.choice((dice.choice(PIECES), "", text[to : to + dice.randint(0, 60)]))
        text = text[:at] + swapped + text[to:]
    return text


def outcome(text: str) -> str:
    """Accepted, or refused by problems that all name a place in the file."""
    found = problems(text)
    lines = len(text.splitlines()) + 1
    assert all(1 <= one.line <= lines and one.column >= 1 and one.message.strip() for one in found), found
    return "refused" if found else "accepted"


@pytest.mark.parametrize("seed", range(SHARDS))
def test_a_damaged_file_is_refused_with_a_place_or_still_a_policy(seed: int) -> None:
    dice = random.Random(seed)
    seen = [outcome(damaged(dice)) for _ in range(EACH)]
    assert seen.count("refused") > EACH // 2


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    outcome(text)


KEYS = st.sampled_from(
    ["school", "segments", "timetable", "access_levels", "clauses", "for", "vlan", "name", "extends"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8).map(repr)
    | st.sampled_from(["year-5", "F1", "10:30"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([line.split(":")[0] for line in SMALL.splitlines() if line[0] != " "]), VALUES))
def test_any_shape_under_the_right_keys_is_answered(sections: dict[str, object]) -> None:
    assert outcome("\n".join(f"{key}: {flow(value)}" for key, value in sections.items())) == "refused"


def flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(below)}" for key, below in value.items()) + "}"
    return "[" + ", ".join(map(flow, value)) + "]" if isinstance(value, list) else str(value)
