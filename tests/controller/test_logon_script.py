"""The script for Windows computers: it says what the API takes, and keeps its token from those who sign in.

No PowerShell runs here: these are questions to its text.
"""

from __future__ import annotations

import re
from importlib.resources import files

from typer.testing import CliRunner

from controller.api.sign_ins import SignInIn
from controller.cli import app

SCRIPT = files("controller").joinpath("scripts/caretaker-sign-in.ps1").read_text()


def test_the_command_prints_it() -> None:
    assert CliRunner().invoke(app, ["accounts", "logon-script"]).output == SCRIPT


def test_every_field_that_it_sends_is_one_that_the_api_takes() -> None:
    first = re.search(r"\$said = @\{([^}]*)\}", SCRIPT)
    assert first is not None
    sent = set(re.findall(r"(\w+) = ", first[1])) | set(re.findall(r"\$said\.(\w+) = ", SCRIPT))
    sent |= set(re.findall(r"\$signIn\.(ended_at) = ", SCRIPT))
    assert sent == {"mac", "began_at", "source", "year_group", "person", "ended_at"}
    assert sent <= set(SignInIn.model_fields)
    assert '"$($Known.url)/api/v1/sign-ins"' in SCRIPT


def test_the_folder_is_closed_before_the_token_is_written_and_tasks_run_as_the_system() -> None:
    assert SCRIPT.index("icacls.exe $Folder /inheritance:r") < SCRIPT.index("token = $Token")
    assert re.findall(r"-UserId \"(\S+)\"", SCRIPT) == ["S-1-5-18"]


def test_it_speaks_to_https_only_and_never_waives_the_certificate() -> None:
    assert 'ValidatePattern("^https://")' in SCRIPT
    assert "SkipCertificateCheck" not in SCRIPT
    assert "ServerCertificateValidationCallback" not in SCRIPT


def test_its_brackets_close() -> None:
    code = re.sub(r"<#.*?#>", "", SCRIPT, flags=re.S)
    assert all(code.count(a) == code.count(b) for a, b in ("{}", "()", "[]"))
