"""The coming week as a person asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.controller.commands.conftest import Run


def test_the_command_shows_the_week_and_what_a_candidate_changes(run: Run, school: Path) -> None:
    shown = run("simulate", "--home", school, "--from", "2026-11-23", "--group", "year-5")
    assert "computing" in shown.out
    candidate = school / "candidate.yaml"
    text = (school / "school.yaml").read_text()
    assert "from: 09:15, to: 10:15, what: computing" in text
    candidate.write_text(
        text.replace("from: 09:15, to: 10:15, what: computing", "from: 09:15, to: 09:45, what: computing")
    )
    drawn = school / "week.svg"
    words = ("simulate", "--home", school, "--from", "2026-11-23", "--policy", candidate, "--picture", drawn)
    assert "loses access" in run(*words).out
    assert drawn.read_text().startswith("<svg")
    assert run(*words, "--json").json["changes"][0]["effect"] == "loses access"


@pytest.mark.parametrize("words", [("--from", "tomorrow"), ("--group", "year-9"), ("--policy", "no-such-file.yaml")])
def test_what_is_misspelt_is_refused(words: tuple[str, str], run: Run, school: Path) -> None:
    told = run("simulate", "--home", school, *words)
    assert told.status != 0
    assert words[1] in told.err
