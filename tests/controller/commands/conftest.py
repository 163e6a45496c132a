"""The commands as a person types them, against a school of their own or a real API in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from controller.api.app import make_app
from controller.api.serve import run_api
from controller.cli import app
from tests.fakes.site import FakeSite, open_site


@dataclass(frozen=True)
class Said:
    """What a command answered. `out` is for results, `err` for what is wrong."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def nothing_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No school of the machine that runs the tests is met by accident."""
    for name in ("CARETAKER_HOME", "CARETAKER_URL", "CARETAKER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state-of-nobody"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run() -> Run:
    def typed(*words: object, answer: str | None = None) -> Said:
        result = CliRunner().invoke(app, [str(word) for word in words], input=answer)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception  # a traceback, where a person expects a sentence
        return Said(result.exit_code, result.stdout, result.stderr)

    return typed


@pytest.fixture
def school(tmp_path: Path, run: Run) -> Path:
    """The folder of a new school, as `caretaker init` makes it."""
    assert run("init", tmp_path / "ash-lane").status == 0
    return tmp_path / "ash-lane"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    opened = open_site(tmp_path / "fake")
    yield opened
    opened.store.close()


@pytest.fixture
def controller(site: FakeSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    """A school whose API answers commands; they have a technician's token."""
    with run_api(make_app(site), "127.0.0.1", 0) as api:
        monkeypatch.setenv("CARETAKER_URL", api.url)
        monkeypatch.setenv("CARETAKER_TOKEN", site.secret(site.account("provider_admin")))
        yield site
