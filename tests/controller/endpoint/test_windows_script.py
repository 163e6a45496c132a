"""The Windows script cannot run here: its shape, what it asks Windows, and that it tells what the API takes."""

from __future__ import annotations

import re

import pytest

from controller.api.endpoint_reports import Report
from tests.shared_data import PROJECT

TEXT = (PROJECT / "controller/endpoint/Caretaker-Report.ps1").read_text()
CODE = re.sub(r"<#.*?#>|(?m:^\s*#[^\n]*$)", "", TEXT, flags=re.DOTALL)


def bare(code: str) -> str:
    """Without what stands in quotes."""
    return re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", '""', code)


@pytest.mark.parametrize(("opens", "closes"), ["{}", "()", "[]"])
def test_every_bracket_is_closed_in_its_order(opens: str, closes: str) -> None:
    depth = 0
    for letter in bare(CODE):
        depth += (letter == opens) - (letter == closes)
        assert depth >= 0
    assert depth == 0


def test_it_is_plain_ascii_that_windows_powershell_reads_without_a_mark() -> None:
    assert TEXT.isascii()


def test_it_runs_in_windows_powershell_of_every_school() -> None:
    assert not re.search(r"\?\?|\?\.|&&|\|\||-Parallel|ternary", bare(CODE)), "needs PowerShell 7"


def test_every_function_that_is_called_is_there_or_windows_own() -> None:
    own = set(re.findall(r"(?m)^function ([\w-]+)", CODE))
    called = set(re.findall(r"\b([A-Z][A-Za-z]+-[A-Z]\w+)\b", bare(CODE)))
    windows = {
        "Get-MpComputerStatus", "Get-MpThreat", "Get-CimInstance", "Get-Content", "Get-Date", "Invoke-RestMethod",
        "Where-Object", "Sort-Object", "ConvertTo-Json", "Write-Output", "Write-Error", "Set-StrictMode",
    }  # fmt: skip
    assert called == own | windows


def test_it_asks_defender_only_for_what_defender_says() -> None:
    documented = {
        "AntivirusEnabled", "RealTimeProtectionEnabled", "AMProductVersion", "AntivirusSignatureLastUpdated",
        "FullScanEndTime", "QuickScanEndTime",
    }  # fmt: skip
    assert set(re.findall(r"\$status\.(\w+)", CODE)) == documented


def test_both_reports_have_the_keys_that_the_api_takes() -> None:
    reports = re.findall(r"\[ordered\]@\{(.*?)\n    \}", CODE, re.DOTALL)
    assert len(reports) == 2
    for report in reports:
        assert set(re.findall(r"(?m)^\s+(\w+)\s+=", report)) == set(Report.model_fields)


def test_the_token_goes_over_https_only_and_is_never_written_out() -> None:
    assert "[ValidatePattern('^https://')] [string] $Url" in CODE
    assert "SkipCertificateCheck" not in CODE
    assert not [line for line in CODE.splitlines() if "Write-" in line and "$token" in line]


def test_it_stops_at_the_first_mistake_and_says_so_by_its_exit_code() -> None:
    assert "$ErrorActionPreference = 'Stop'" in CODE
    assert "Set-StrictMode -Version" in CODE
    assert re.search(r"catch \{[^}]*exit 1\s*\}", CODE, re.DOTALL)
