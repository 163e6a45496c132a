"""Settings from a file and the environment; every mistake by its line."""

import os
from pathlib import Path

import pytest

from controller.addresses import Endpoint
from controller.home import Home
from controller.settings import Settings, SettingsError, read_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in [name for name in os.environ if name.startswith("CARETAKER_")]:
        monkeypatch.delenv(name)
    return Home(tmp_path)


def written(home: Home, text: str) -> Settings:
    home.settings.write_text(text)
    return read_settings(home)


def problems(home: Home, text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        written(home, text)
    return raised.value.problems


def test_without_a_file_everything_stays_on_this_machine(home: Home) -> None:
    settings = read_settings(home)
    assert settings.api.endpoint == Endpoint("127.0.0.1", 8080)
    assert settings.dns.endpoints == (Endpoint("127.0.0.1", 5353),)
    assert settings.dns.upstreams == ()
    assert settings.dns.worker_count >= 1
    assert settings.database_url(home) == f"sqlite:///{home.root}/state/caretaker.db"


def test_the_file_says_otherwise(home: Home) -> None:
    settings = written(
        home,
        """
        [api]
        listen = "[::1]:80"
        [dns]
        listen = ["127.0.0.1:53", "[::1]:53"]
        upstreams = ["9.9.9.9", "[2620:fe::fe]:5353"]
        workers = 2
        [database]
        url = "postgresql+psycopg://caretaker@db/caretaker"
        [enforcement]
        poll = 30
        [log]
        level = "debug"
        """,
    )
    assert settings.api.endpoint == Endpoint("::1", 80)
    assert settings.dns.plain_upstreams == (Endpoint("9.9.9.9", 53), Endpoint("2620:fe::fe", 5353))
    assert (settings.dns.worker_count, settings.enforcement.poll, settings.log.level) == (2, 30, "debug")
    assert settings.database_url(home).startswith("postgresql")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[dns]\nlisten = '127.0.0.1'", "settings.toml:2: dns.listen.0: expected ADDRESS:PORT"),
        ("# x\n\n[dns]\nworkers = 1\nupstream = '9.9.9.9'", "settings.toml:5: dns.upstream: is unknown"),
        ("[dns]\n[logs]\nlevel = 'info'", "settings.toml:2: logs: is unknown"),
        ("[log]\nlevel = 'loud'", "settings.toml:2: log.level: Input should be 'debug', 'info'"),
        ("[dns]\nworkers = 65", "settings.toml:2: dns.workers: "),
        ("[dns]\nlisten = []", "settings.toml:2: dns.listen: "),
        ("[api]\nlisten = 8080", "settings.toml:2: api.listen: expected text"),
        ("api.listen = 8080", "settings.toml:1: api.listen: expected text"),
        (
            "[api]\nlisten = '127.0.0.1:80'\nlisten = '127.0.0.1:81'",
            "settings.toml: Cannot overwrite a value (at line 3",
        ),
        ("api = 5", "settings.toml:1: api: "),
    ],
)
def test_a_mistake_is_named_by_its_line(home: Home, text: str, said: str) -> None:
    assert len(problems(home, text)) == 1
    assert said in problems(home, text)[0]


def test_all_mistakes_are_told_at_once(home: Home) -> None:
    assert len(problems(home, "[dns]\nworkers = -1\n[log]\nlevel = 1\n[more]\n")) == 3


def test_bytes_that_are_no_text_are_refused_with_their_line(home: Home) -> None:
    home.settings.write_bytes(b"[dns]\n# caf\xe9\n")
    with pytest.raises(SettingsError, match=r"settings\.toml:2: expected UTF-8"):
        read_settings(home)


def test_a_variable_outranks_the_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARETAKER_DNS__UPSTREAMS", "9.9.9.9, 149.112.112.112:53")
    settings = written(home, "[dns]\nupstreams = ['1.1.1.1']\nworkers = 4")
    assert settings.dns.upstreams == ("9.9.9.9:53", "149.112.112.112:53")
    assert settings.dns.workers == 4


def test_a_mistake_in_a_variable_is_said_to_be_there(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARETAKER_DNS__WORKERS", "many")
    assert problems(home, "")[0].startswith("CARETAKER_DNS__WORKERS: ")


def test_the_command_line_outranks_both_and_reaches_the_children(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARETAKER_API__LISTEN", "127.0.0.1:1")
    settings = written(home, "[dns]\nworkers = 4\n[database]\nurl = 'postgresql://u:secret@h/d'")
    said = settings.overruled(api="127.0.0.1:2", dns="127.0.0.1:3", upstreams=["9.9.9.9"], lists=["games=/tmp/games"])
    assert (said.api.endpoint.port, said.dns.endpoints[0].port, said.dns.workers) == (2, 3, 4)
    for name, value in said.as_environment().items():
        assert "secret" not in value
        monkeypatch.setenv(name, value)
    assert read_settings(home) == said
    assert settings.overruled() == settings


def test_a_wrong_option_is_refused(home: Home) -> None:
    with pytest.raises(SettingsError, match=r"option workers: .*64"):
        read_settings(home).overruled(workers=999)


def test_a_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "school")
    home.make()
    home.make()
    made = [home.root, home.state, home.filter, home.acks, home.names, home.run, home.log, home.backups]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700] * len(made)
    assert all(path.is_relative_to(home.root) for path in made)
