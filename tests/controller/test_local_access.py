"""How commands on this machine find the controller: a note and a token, for the owner alone, renewed in time."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.home import Home
from controller.local_access import ACCOUNT, LASTS, forget, renew, write_note
from controller.store import Store
from tests.controller.school import DAY, NINE

URL = "http://127.0.0.1:8080"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.make()
    return made


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with Store.open(home.database_url) as opened:
        yield opened


def secret(home: Home) -> str:
    return Path(json.loads((home.run / "connection.json").read_text())["token_file"]).read_text()


def live(store: Store) -> int:
    return sum(1 for token in store.tokens() if token.account == ACCOUNT and not token.revoked)


def test_note_and_token_are_for_the_owner_alone(home: Home, store: Store) -> None:
    write_note(home, store, URL, NINE)
    assert json.loads((home.run / "connection.json").read_text())["url"] == URL
    modes = {stat.S_IMODE((home.run / name).stat().st_mode) for name in ("connection.json", "cli-token")}
    assert modes == {0o600}
    assert stat.S_IMODE(home.state.stat().st_mode) == 0o700


def test_each_start_ends_the_tokens_before(home: Home, store: Store) -> None:
    write_note(home, store, URL, NINE)
    first = secret(home)
    write_note(home, store, URL, NINE)
    assert secret(home) != first
    assert live(store) == 1


def test_a_controller_that_runs_for_long_renews_its_token(home: Home, store: Store) -> None:
    write_note(home, store, URL, NINE)
    first = secret(home)
    renew(home, store, URL, NINE + LASTS / 2 - DAY)
    assert secret(home) == first
    renew(home, store, URL, NINE + LASTS / 2 + DAY)
    assert secret(home) != first
    assert live(store) == 1


@pytest.mark.parametrize("note", ["", "{", "[]", '{"until": 7}', '{"until": "2026-11-24T09:00:00"}'])
def test_a_damaged_note_is_written_again(home: Home, store: Store, note: str) -> None:
    (home.run / "connection.json").write_text(note)
    renew(home, store, URL, NINE + 60 * DAY)
    assert json.loads((home.run / "connection.json").read_text())["url"] == URL


def test_a_controller_that_ended_well_leaves_no_note(home: Home, store: Store) -> None:
    write_note(home, store, URL, NINE)
    forget(home)
    forget(home)
    assert list(home.run.iterdir()) == []
