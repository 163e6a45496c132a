"""Why is this so, for this child, now? The explanation names step, rule, clause and change, and is what happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.demo import roster
from tests.demo.running import Demo
from tests.demo.test_a_day import REAL_GAME, YEAR_1, YEAR_4, YEAR_5

pytestmark = [pytest.mark.xdist_group("demo school"), pytest.mark.slow]

CASES: tuple[tuple[str, str, str, set[str]], ...] = (
    (YEAR_5, REAL_GAME, "focus", {"F3"}),
    (YEAR_5, "bbc.co.uk", "focus", set()),
    (YEAR_5, "ttrockstars.com", "explicit_rules", {"F3"}),
    (YEAR_1, "wikipedia.org", "focus", {"F4", "F5"}),
    (YEAR_1, "phonicsplay.co.uk", "focus", {"F4", "F5"}),
    (roster.STRANGER_ADDRESS, "bbc.co.uk", "device_state", {"D1", "D3"}),
    (roster.STRANGER_ADDRESS, "captive.apple.com", "essential", set()),
)


def explained(demo: Demo, client: str, name: str) -> Any:
    told = demo.get(f"/explain?client={client}&name={name}")
    heard = demo.ask(client, name)
    assert told["allowed"] == heard.answered
    assert told["reply"]["ede"] == heard.ede
    return told


@pytest.mark.parametrize(("client", "name", "step", "clauses"), CASES, ids=[f"{row[0]} {row[1]}" for row in CASES])
def test_step_rule_and_clause_are_named_and_the_live_answer_is_the_same(
    demo: Demo, client: str, name: str, step: str, clauses: set[str]
) -> None:
    told = explained(demo, client, name)
    in_lesson = told["window"] is not None  # Year 5 has two lessons a week by the timetable
    assert in_lesson or told["verdict"]["step"] == step
    assert told["verdict"]["rule"]
    assert in_lesson or clauses <= {clause["id"] for clause in told["clauses"]}


def test_it_foretells_the_timetabled_lesson_that_changes_it(demo: Demo) -> None:
    """On a Monday the next change for Year 5 is its computing lesson on Tuesday, and then the list of games decides."""
    monday = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    told = demo.get(f"/explain?client=year-5&name=wikipedia.org&at={monday:%Y-%m-%dT%H:%M:%SZ}")
    assert not told["allowed"]
    assert datetime.fromisoformat(told["changes"]["at"]) == datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
    assert told["changes"]["allowed"]
    assert "computing" in told["changes"]["why"]


def test_in_a_lesson_it_says_when_the_lesson_ends_and_the_list_decides(demo: Demo) -> None:
    opened = demo.call("POST", "/windows", {"group": "year-4", "minutes": 20}).json()
    demo.everywhere(YEAR_4, "wikipedia.org", lambda heard: heard.answered)
    told = explained(demo, YEAR_4, REAL_GAME)
    assert told["verdict"]["step"] == "categories"
    assert told["verdict"]["rule"] == "access_levels.key-stage-2.block[games]"
    assert told["verdict"]["matched"] == REAL_GAME
    assert any("option-1" in each for each in told["verdict"]["lists"])
    open_now = explained(demo, YEAR_4, "wikipedia.org")
    ends = datetime.fromisoformat(opened["closes_at"])
    assert abs(datetime.fromisoformat(open_now["changes"]["at"]) - ends) < timedelta(seconds=1)
    assert not open_now["changes"]["allowed"]
    demo.call("POST", f"/windows/{opened['id']}/end")
    demo.everywhere(YEAR_4, "wikipedia.org", lambda heard: heard.blocked)


def test_the_command_says_the_same_to_a_person(demo: Demo) -> None:
    printed = demo.cli("explain", roster.STRANGER_ADDRESS, "bbc.co.uk").stdout
    for words in ("bbc.co.uk", "laptop", "unknown: quarantine", "D1", "a technician registers it"):
        assert words in printed
    assert "blocked" in printed.casefold()
