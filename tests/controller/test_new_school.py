"""`caretaker init`: a new school passes its own check, keeps its secrets, and overwrites nothing."""

from __future__ import annotations

import csv
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.home import Home
from controller.new_school import FILES, SchoolExists, write_new_school
from controller.policy import Policy
from controller.policy.file import read
from controller.secrets_file import read_secrets
from controller.settings import read_settings
from inventory.csv_file import Rows
from inventory.model import Mode
from inventory.roster import read_devices, read_people, read_switches


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
    assert read_secrets(school / "secrets.toml") == {}


def test_the_settings_are_those_that_hold_without_a_file(school: Path, tmp_path: Path) -> None:
    written = tomllib.loads((school / "settings.toml").read_text(encoding="utf-8"))
    assert {part: [*keys] for part, keys in written.items()} == {
        "api": ["listen"],
        "dns": ["listen", "upstreams", "workers"],
    }
    assert read_settings(Home(school)) == read_settings(Home(tmp_path / "nowhere"))


def rows_of_readme(school: Path, table: str) -> str:
    """The titles of a table and the rows that the readme shows for it."""
    explained = (school / "README.txt").read_text(encoding="utf-8").partition("First steps")[2]
    after = explained.partition(f"\n{table} ")[2]
    titles, *lines = after.partition("\n\n")[0].splitlines()
    return "\n".join([titles.strip(), *(line.strip() for line in lines if line.startswith("    "))])


def test_the_rows_that_the_readme_shows_are_read_as_it_says(school: Path, policy: Policy) -> None:
    devices = read_devices(rows_of_readme(school, "devices.csv").encode())
    people = read_people(rows_of_readme(school, "people.csv").encode())
    switches = read_switches(rows_of_readme(school, "switches.csv").encode())
    assert (devices.problems, people.problems, switches.problems) == ((), (), ())
    assert {device.kind for device in devices.values} <= policy.devices.keys()
    assert {person.role for person in people.values} <= {*policy.roles, None}
    assert [switch.mode for switch in switches.values] == [Mode.OBSERVE]


@pytest.mark.parametrize(
    ("name", "read_rows"), [("devices.csv", read_devices), ("people.csv", read_people), ("switches.csv", read_switches)]
)
def test_the_empty_tables_are_good(school: Path, name: str, read_rows: Callable[[bytes], Rows[object]]) -> None:
    rows = read_rows((school / name).read_bytes())
    assert (rows.values, rows.problems) == ((), ())


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
