"""`caretaker init`: a new school passes its own check, keeps its secrets, and overwrites nothing."""

from __future__ import annotations

import csv
import stat
import tomllib
from pathlib import Path

import pytest

from controller.new_school import FILES, SchoolExists, write_new_school
from controller.policy import Policy
from controller.policy_file import read


@pytest.fixture
def school(tmp_path: Path) -> Path:
    write_new_school(tmp_path / "new" / "school")
    return tmp_path / "new" / "school"


@pytest.fixture
def policy(school: Path) -> Policy:
    return read(school / "school.yaml").policy


def test_every_file_is_written_and_named(tmp_path: Path) -> None:
    written = write_new_school(tmp_path)
    assert [path.name for path in written] == sorted(FILES, key=FILES.index)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)


def test_the_policy_of_a_new_school_lacks_nothing_but_its_lists(school: Path) -> None:
    (warning,) = read(school / "school.yaml").warnings
    assert "no `lists:` yet" in warning.message


def test_a_new_school_begins_safe(policy: Policy) -> None:
    assert policy.enforcement.mode == "observe"
    assert policy.outside_windows.pupils == "closed"
    assert policy.on_failure.pupils == "closed"
    assert [*policy.year_groups] == ["reception", *(f"year-{number}" for number in range(1, 7))]
    assert [*policy.roles] == ["teacher", "ict_lead", "office", "head"]
    assert all(
        policy.access_levels[group.level].focus for group in policy.year_groups.values() if group.key_stage != "ks2"
    )


def test_the_lists_of_the_notes_are_good_once_the_notes_are_taken_away(school: Path) -> None:
    text = (school / "school.yaml").read_text(encoding="utf-8")
    start, end = text.index("# lists:"), text.index("# Categories that no lesson")
    lines = [line.removeprefix("# ").replace("#   -", "  -") for line in text[start:end].splitlines()]
    (school / "school.yaml").write_text(text[:start] + "\n".join(lines) + "\n" + text[end:], encoding="utf-8")
    assert len(read(school / "school.yaml").policy.lists) >= 4


def test_secrets_are_for_their_owner_only(school: Path) -> None:
    assert stat.S_IMODE((school / "secrets.toml").stat().st_mode) == 0o600
    assert tomllib.loads((school / "secrets.toml").read_text(encoding="utf-8")) == {}


def test_the_settings_keep_to_this_machine(school: Path) -> None:
    settings = tomllib.loads((school / "settings.toml").read_text(encoding="utf-8"))
    assert (settings["api"]["listen"], settings["dns"]["listen"]) == ("127.0.0.1:8080", "127.0.0.1:5353")


@pytest.mark.parametrize("name", ["devices.csv", "people.csv", "switches.csv"])
def test_each_table_has_its_titles_and_the_readme_explains_every_one(school: Path, name: str) -> None:
    (titles,) = csv.reader((school / name).read_text(encoding="utf-8").splitlines())
    readme = (school / "README.txt").read_text(encoding="utf-8")
    section = readme[readme.index(f"{name} ", readme.index("First steps")) :]
    assert ",".join(titles) in section
    assert all(f"\n{title} " in section for title in titles)


@pytest.mark.parametrize("name", FILES)
def test_a_school_that_is_there_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("ours")
    with pytest.raises(SchoolExists, match=name):
        write_new_school(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "ours"


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SchoolExists):
        write_new_school(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_half_a_school_is_taken_away_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.new_school.FILES", (*FILES, "no-such-template"))
    with pytest.raises(OSError, match="no-such-template"):
        write_new_school(tmp_path)
    assert [*tmp_path.iterdir()] == []
