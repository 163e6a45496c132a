"""What the filter's parent is told: the command line outranks the settings, and the key is kept whole."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from controller.filter_settings import Asked, settings_alone, settings_of_school
from controller.home import Home
from controller.new_school import write_new_school
from controller.policy import Privacy
from tests.controller.school import POLICY


@pytest.fixture
def home(tmp_path: Path) -> Home:
    write_new_school(tmp_path / "school")
    made = Home(tmp_path / "school")
    made.make()
    return made


def test_the_command_line_outranks_the_settings(home: Home) -> None:
    home.settings.write_text('[dns]\nlisten = ["127.0.0.1:5353"]\nupstreams = ["192.0.2.1"]\nworkers = 3\n')
    kept = settings_of_school(home, Asked())
    assert (kept.listen, kept.upstreams, kept.workers) == (("127.0.0.1:5353",), ("192.0.2.1:53",), 3)
    asked = settings_of_school(home, Asked(("127.0.0.1:5301",), ("192.0.2.9:5399",), 1))
    assert (asked.listen, asked.upstreams, asked.workers) == (("127.0.0.1:5301",), ("192.0.2.9:5399",), 1)


def test_the_key_is_made_once_for_the_owner_alone(home: Home) -> None:
    first = settings_of_school(home, Asked()).key
    assert settings_of_school(home, Asked()).key == first
    assert len(bytes.fromhex(first)) == 16
    assert stat.S_IMODE((home.filter / "key").stat().st_mode) == 0o600
    assert [path.name for path in home.filter.glob(".key*")] == []


@pytest.mark.parametrize("half", ["", "5f2b", "no key at all"])
def test_a_key_that_a_crash_left_half_is_made_again(home: Home, half: str) -> None:
    (home.filter / "key").write_text(half)
    key = settings_of_school(home, Asked()).key
    assert len(key) == 32
    assert settings_of_school(home, Asked()).key == key


def test_a_broken_policy_does_not_keep_the_filter_from_starting(home: Home) -> None:
    home.policy.write_text("school: 7\n")
    assert settings_of_school(home, Asked()).keep_days == 1


@pytest.mark.parametrize(("said", "asked", "kept"), [("off", True, False), ("7d", False, False), ("7d", True, True)])
def test_queries_are_written_down_only_where_policy_and_command_line_both_say_so(
    home: Home, said: str, asked: bool, kept: bool
) -> None:
    policy = POLICY.model_copy(update={"privacy": Privacy.model_validate({"query_log": said})})
    settings = settings_alone(home, Asked(query_log=asked), policy)
    assert (settings.log is not None and settings.keep_days > 0) is kept


def test_an_address_that_is_none_is_said(home: Home) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        settings_alone(home, Asked(listen=("nonsense",)), POLICY)
