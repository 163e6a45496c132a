"""The doctor: a sound school has nothing wrong, and each thing that is wrong is named with what to do."""

from __future__ import annotations

import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.health import Finding, examine
from controller.home import Home
from controller.new_school import write_new_school
from controller.store import Store
from tests.controller.school import NINE

ROW = "name,host,ssh_port,platform,purpose,mode,credentials,room\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    write_new_school(tmp_path / "school")
    made = Home(tmp_path / "school")
    made.make()
    made.switches.write_text(ROW)
    return made


def wrong(home: Home) -> list[Finding]:
    return [finding for finding in examine(home, NINE) if finding.state == "wrong"]


def test_a_new_school_has_nothing_wrong(home: Home) -> None:
    assert wrong(home) == []


def test_a_folder_that_is_no_school_is_said_to_lack_its_files(tmp_path: Path) -> None:
    found = examine(Home(tmp_path / "nothing"), NINE)
    assert [f.about for f in found if f.state == "wrong"] == ["policy"]
    assert all(f.todo for f in found if f.state != "good")


def _break_policy(home: Home) -> None:
    home.policy.write_text("school: 7\n")


def _break_settings(home: Home) -> None:
    home.settings.write_text("[api]\nlisten = 7\n")


def _share_secrets(home: Home) -> None:
    home.secrets.chmod(0o644)


def _share_state(home: Home) -> None:
    home.state.chmod(0o755)


def _break_devices(home: Home) -> None:
    home.devices.write_text("mac,kind\nnot a mac,school-ipad\n")


def _unknown_platform(home: Home) -> None:
    home.switches.write_text(ROW + "sw-1,127.0.0.1,22,some_os,access,,default,\n")


def _no_credentials(home: Home) -> None:
    home.switches.write_text(ROW + "sw-1,127.0.0.1,22,cisco_ios,access,,elsewhere,\n")


def _no_host_key(home: Home) -> None:
    home.switches.write_text(ROW + "sw-1,127.0.0.1,22,cisco_ios,access,,default,\n")


def _damage_store(home: Home) -> None:
    home.database.write_bytes(b"this is no database, whatever its name says" * 100)


def _change_audit(home: Home) -> None:
    with Store.open(home.database_url) as store:
        store.record(SYSTEM, "a.b", "first", {}, NINE)
        store.record(SYSTEM, "a.b", "second", {}, NINE)
    with sqlite3.connect(home.database) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit SET subject = 'other' WHERE subject = 'first'")
    connection.close()


def _damage_names(home: Home) -> None:
    home.current_names.write_text('{"half')


@pytest.mark.parametrize(
    ("damage", "about", "said"),
    [
        (_break_policy, "policy", "school.yaml:1:"),
        (_break_settings, "settings", "settings.toml"),
        (_share_secrets, "settings", "chmod 600"),
        (_share_state, "state", "others on this machine"),
        (_break_devices, "inventory", "1 broken rows"),
        (_unknown_platform, "switches", "no driver for the platform 'some_os'"),
        (_no_credentials, "switches", "no credentials 'elsewhere'"),
        (_no_host_key, "host keys", "sw-1 has none enrolled"),
        (_damage_store, "store", ""),
        (_change_audit, "audit", "row 1 was changed"),
        (_damage_names, "lists", "damaged"),
    ],
)
def test_what_is_wrong_is_named(home: Home, damage: Callable[[Home], None], about: str, said: str) -> None:
    damage(home)
    assert [f for f in wrong(home) if f.about == about and said in f.text], wrong(home)


def test_a_broken_policy_beside_a_good_copy_says_that_the_copy_goes_on(home: Home) -> None:
    _break_policy(home)
    assert "cannot start" in wrong(home)[0].todo
    Store.open(home.database_url).close()
    assert "last good policy goes on" in wrong(home)[0].todo


def test_a_full_disk_is_seen_before_it_is_full(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 30, 1 << 30, 100 << 20))
    assert [f.text for f in wrong(home)] == [f"100 MiB are left on the disk of {home.state}"]


def test_looking_makes_no_database(home: Home) -> None:
    examine(home, NINE)
    assert not home.database.exists()
