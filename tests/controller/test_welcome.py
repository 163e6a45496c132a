"""The page that a start ends with: where things are, and whom the filter asks."""

from pathlib import Path

import pytest

from controller.home import Home
from controller.settings import Settings
from controller.welcome import Demo, show


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "sign-in.json").write_text(
        '{"accounts": {"head": "gate-key-7"}, "network": {"port": 2201, "username": "caretaker", "password": "x"}}'
    )
    return Home(tmp_path)


def test_a_demo_without_the_internet_says_that_addresses_are_made_up(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    show(home, Settings(), Demo("127.0.0.1:5999"), 3.21)
    printed = capsys.readouterr().out
    assert "no resolver of this machine knows the internet" in printed
    assert "127.0.0.1:5999" in printed
    assert "Caretaker is up (3.2 s)" in printed


def test_resolvers_that_were_named_are_shown(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    show(home, Settings().overruled(upstreams=("127.0.0.1:5399",)), None, 1)
    printed = capsys.readouterr().out
    assert "Upstream   127.0.0.1:5399" in printed
    assert "accounts add NAME --role ict_lead" in printed


def test_commands_name_the_folder_and_the_lesson_is_for_a_group_that_has_none(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    show(home, Settings(), Demo(None, "year-6"), 1)
    printed = capsys.readouterr().out
    assert f"windows open year-6 --minutes 30 --home {home.root}" in printed
    assert "127.6.0.11 +short wikipedia.org" in printed
