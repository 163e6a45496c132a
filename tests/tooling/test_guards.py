"""The guards of `make check` bite: each is shown something it must refuse."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.shared_data import PROJECT

BIN = Path(sys.executable).parent
ROOMS = ("controller", "device_drivers", "dns_filter", "inventory")


def run(*command: str | Path, cwd: Path = PROJECT, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, check=False)


def ruff(file: str, text: str) -> str:
    return run(
        BIN / "ruff", "check", "--no-cache", "--output-format=concise", "--stdin-filename", file, "-", text=text
    ).stdout


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import UTC, datetime\n\nprint(datetime.now(UTC))\n",
        "import datetime as dt\n\nprint(dt.datetime.now(dt.UTC))\n",
        "from datetime import date\n\nprint(date.today())\n",
        "import time\n\nprint(time.time())\n",
        "from time import time\n\nprint(time())\n",
        "import time\n\ntime.sleep(1)\n",
    ],
)
@pytest.mark.parametrize("file", ["controller/decide.py", "dns_filter/steps.py", "tests/test_anything.py"])
def test_nobody_but_a_clock_asks_what_time_it_is(file: str, line: str) -> None:
    assert "TID251" in ruff(file, line)


@pytest.mark.parametrize("file", ["controller/clock.py", "dns_filter/clock.py"])
def test_a_clock_may_ask_what_time_it_is(file: str) -> None:
    said = ruff(file, '"""The clock."""\n\nimport time\n\nNOW = time.time()\n')
    assert "All checks passed" in said


@pytest.mark.parametrize("code", ["import yaml\n", "from yaml import safe_load\n"])
def test_the_reader_that_takes_half_past_ten_for_630_is_refused(code: str) -> None:
    assert "TID251" in ruff("controller/policy/file.py", code)


def test_a_function_without_types_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loose.py").write_text("def opens(window):\n    return window\n")
    said = run(
        BIN / "mypy",
        "--config-file",
        PROJECT / "pyproject.toml",
        "--cache-dir",
        tmp_path / "cache",
        "loose.py",
        cwd=tmp_path,
    )
    assert said.returncode == 1
    assert "no-untyped-def" in said.stdout


def _named_by_contracts() -> list[str]:
    """Modules that must be there for the contracts to be asked at all."""
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [name for each in told for key in ("source_modules", "forbidden_modules") for name in each.get(key, ())]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("inventory/room.py", "import controller.model\n"),
        ("device_drivers/room.py", "import controller.model\n"),
        ("device_drivers/room.py", "import dns_filter.model\n"),
        ("dns_filter/room.py", "import device_drivers.model\n"),
        ("dns_filter/room.py", "import inventory.model\n"),
    ],
)
def test_an_import_against_the_direction_of_the_rooms_is_refused(tmp_path: Path, file: str, line: str) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
        (tmp_path / room / "model.py").touch()
    for module in _named_by_contracts():
        path = tmp_path.joinpath(*module.split(".")).with_suffix(".py")
        if not path.with_suffix("").is_dir():
            path.parent.mkdir(exist_ok=True)
            (path.parent / "__init__.py").touch()
            path.touch()
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    assert run(BIN / "lint-imports", "--no-cache", cwd=tmp_path).returncode == 0
    (tmp_path / file).write_text(line)
    said = run(BIN / "lint-imports", "--no-cache", cwd=tmp_path)
    assert said.returncode == 1
    assert "BROKEN" in said.stdout


def test_a_warning_fails_a_test() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    assert settings["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"
