"""The twelve lessons of the two nights on which the clock jumps: what `docs/time.md` says is what happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from controller.timetable import lesson_windows
from tests.controller.policies import SMALL, load
from tests.shared_data import PROJECT

PAGE = (PROJECT / "docs" / "time.md").read_text()
NIGHTS = re.split(r"\*\*(29 March|25 October) 2026\*\*", PAGE)
ROW = re.compile(r"^\| \d+ \| (\d\d:\d\d) to (\d\d:\d\d) \| ([^|]+) \|", re.MULTILINE)
CASES = [
    (day, *row)
    for day, text in (("2026-03-29", NIGHTS[2]), ("2026-10-25", NIGHTS[4]))
    for row in ROW.findall(text)
]  # fmt: skip


def test_there_are_twelve() -> None:
    assert len(CASES) == 12


@pytest.mark.parametrize(("day", "starts", "ends", "said"), CASES)
def test_a_lesson_opens_and_closes_as_the_page_says(day: str, starts: str, ends: str, said: str) -> None:
    begin, end = SMALL.index("timetable:"), SMALL.index("day: {starts")
    slot = f"timetable:\n  - {{for: year-5, on: [sun], from: '{starts}', to: '{ends}', what: a night}}\n"
    text = f"{SMALL[:begin]}{slot}{SMALL[end:]}"
    policy = load(text[: text.index("terms:")] + text[text.index("segments:") :]).policy
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    found = [
        f"{w.opens_at:%H:%M} to {w.closes_at:%H:%M}" for w in lesson_windows(policy, noon - timedelta(days=1), noon)
    ]
    assert found == ([said[:14].strip()] if said.strip() != "never" else [])
