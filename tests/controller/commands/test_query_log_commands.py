"""`caretaker query-log`: what a person types, what is written to files, and what nobody may do by mistake."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from controller.cli import app
from controller.commands import query_log

ENTRY = {
    "at": "2026-11-24T09:20:00Z",
    "device": "91664439733f182b",
    "profile": "key-stage-2",
    "qname": "=cmd.example",
    "qtype": "A",
    "code": "category",
    "rule": "access_levels.key-stage-2.block[games]",
    "epoch": 41,
    "latency": 0.0,
    "times": 2,
    "why": "mzxw6ytb",
    "category": "games",
}
EVENT = {key: ENTRY[key] for key in ("at", "device", "profile", "qname", "code", "category", "rule", "times")}
HOLD = {"id": "hold-1", "rows": 3, "sha256": "ab" * 32, "subject": "ipad", "since": None, "until": None, "by": "head",
        "reason": "incident 12"}  # fmt: skip
ANSWERS: dict[tuple[str, str], Any] = {
    ("POST", "/query-log/searches"): {"items": [ENTRY], "more": True},
    ("POST", "/query-log/exports"): {"queries": [ENTRY], "events": [EVENT]},
    ("POST", "/query-log/erasures"): {"rows": 3, "held": 1, "events": 0},
    ("GET", "/query-counts"): {"items": [{"begins": "2026-11-24", "profile": "x", "code": "allowed", "times": 7}]},
    ("GET", "/safeguarding-events"): {"items": [EVENT]},
    ("POST", "/evidence-holds"): HOLD,
    ("GET", "/evidence-holds"): {"items": [HOLD]},
    ("POST", "/evidence-holds/hold-1/export"): {"queries": [ENTRY], "events": []},
    ("POST", "/evidence-holds/hold-1/release"): HOLD,
}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """What went to the controller."""
    asked: list[tuple[str, str, Any]] = []

    def call(method: str, path: str, *, home: Any = None, json_body: Any = None, **query: Any) -> Any:
        asked.append((method, path, json_body if json_body is not None else query))
        return ANSWERS[method, path]

    monkeypatch.setattr(query_log, "call", call)
    return asked


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["query-log", *words])


WHY = ("--purpose", "incident 12, asked by the head")


def test_a_search_says_whom_and_why(sent: list[Any]) -> None:
    done = run("search", "ipad-5-11", *WHY, "--blocked", "--limit", "7")
    assert done.exit_code == 0, done.output
    assert sent == [
        ("POST", "/query-log/searches", {"client": "ipad-5-11", "purpose": WHY[1], "blocked": True, "limit": 7})
    ]
    assert "=cmd.example" in done.output
    assert "the newest 7" in done.output


@pytest.mark.parametrize(
    "words", [("search", "x"), ("export", "x", "--out", "y.csv"), ("erase", "x"), ("hold", "make", "x")]
)
def test_nothing_is_asked_without_a_purpose(sent: list[Any], words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2
    assert sent == []


def test_an_export_is_a_file_for_its_owner_that_no_spreadsheet_runs(sent: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "p1042.csv"
    assert run("export", "p1042", *WHY, "--out", str(out)).exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    (row,) = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    assert (row["qname"], row["times"]) == ("'=cmd.example", "2")
    again = run("export", "p1042", *WHY, "--out", str(out))
    assert again.exit_code == 1
    assert "cannot be written" in again.output


def test_an_export_as_json_has_events_too(sent: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "p1042.json"
    assert run("export", "p1042", *WHY, "--out", str(out)).exit_code == 0
    assert len(json.loads(out.read_text())["events"]) == 1


def test_an_erasure_says_what_stays(sent: list[Any]) -> None:
    done = run("erase", "p1042", *WHY)
    assert "Erased: 3 queries" in done.output
    assert "1 are held as evidence" in done.output
    assert sent[0][2]["events"] is False


def test_counts_and_events_and_holds(sent: list[Any], tmp_path: Path) -> None:
    assert "allowed" in run("counts", "--by", "hour").output
    assert run("counts", "--out", str(tmp_path / "counts.csv")).exit_code == 0
    assert (tmp_path / "counts.csv").read_text(encoding="utf-8-sig").startswith("begins,profile,code,category,times")
    assert "games" in run("events").output
    assert "hold-1: 3 rows" in run("hold", "make", "ipad", *WHY).output
    assert "incident 12" in run("hold", "list").output
    assert run("hold", "export", "hold-1", *WHY, "--out", str(tmp_path / "hold.csv")).exit_code == 0
    assert "released" in run("hold", "release", "hold-1", *WHY).output
    assert json.loads(run("hold", "list", "--json").stdout)[0]["id"] == "hold-1"
