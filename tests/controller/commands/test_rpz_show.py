"""`caretaker rpz show` prints the zones that `caretaker rpz serve` would serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.home import Home
from controller.publish import publish
from tests.controller.commands.conftest import Run
from tests.dns_filter import school as filter_school


@pytest.fixture
def home(school: Path) -> Home:
    made = Home(school)
    made.make()
    publish(made.table, filter_school.table())
    return made


def shown(run: Run, home: Home, *words: str) -> list[str]:
    said = run("rpz", "show", *words, "--home", home.root)
    assert said.status == 0
    return list(said.out.split())


def test_the_zones_end_in_what_the_settings_say(run: Run, home: Home) -> None:
    home.settings.write_text('[rpz]\norigin = "rpz.ash-lane.example"\n')
    zones = shown(run, home)
    assert zones
    assert all(zone.rstrip(".").endswith(".rpz.ash-lane.example") for zone in zones)


def test_the_command_line_overrules_the_settings(run: Run, home: Home) -> None:
    home.settings.write_text('[rpz]\norigin = "rpz.ash-lane.example"\n')
    zones = shown(run, home, "--origin", "rpz.other.example")
    assert all(zone.rstrip(".").endswith(".rpz.other.example") for zone in zones)


def test_without_settings_they_end_in_the_usual_origin(run: Run, home: Home) -> None:
    assert all(zone.rstrip(".").endswith(".rpz.invalid") for zone in shown(run, home))


def test_broken_settings_are_a_sentence(run: Run, home: Home) -> None:
    home.settings.write_text("[rpz]\norigin = 5\n")
    said = run("rpz", "show", "--home", home.root)
    assert said.status == 2
    assert "rpz" in said.err
