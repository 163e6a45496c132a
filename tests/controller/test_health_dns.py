"""The doctor about what surrounds the filter: each thing that is not well is named, with what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from controller import health_dns
from controller.health import Finding, examine
from controller.home import Home
from controller.new_school import write_new_school
from controller.store import Store
from controller.supervisor import NOTE, leftover, write_note
from dns_filter.rpz.keys import make_key
from tests.controller.school import NINE
from tests.dns_filter.encrypted import write_pair


@pytest.fixture
def home(tmp_path: Path) -> Home:
    write_new_school(tmp_path / "school")
    made = Home(tmp_path / "school")
    made.make()
    return made


def about(home: Home, what: str) -> list[Finding]:
    return [finding for finding in examine(home, NINE) if finding.about == what]


def said(home: Home, what: str) -> str:
    (finding,) = about(home, what)
    assert finding.state == "good" or finding.todo
    return f"{finding.state}: {finding.text}"


def settings(home: Home, text: str) -> None:
    home.settings.write_text(text)


def test_nothing_is_said_of_what_a_school_does_not_use(home: Home) -> None:
    for what in ("encrypted DNS", "identifiers", "response zones", "backups"):
        assert about(home, what) == []


DOT = '[dns]\ndot = "127.0.0.1:8853"\ncertificate = "fullchain.pem"\ncertificate_key = "privkey.pem"\n'


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (400, "good: answered on 127.0.0.1:8853, certificate good for 400 days"),
        (20, "warning: the certificate ends in 20 days"),
        (-1, "wrong: the certificate has ended"),
    ],
)
def test_how_long_the_certificate_lasts(home: Home, days: int, told: str) -> None:
    settings(home, DOT)
    write_pair(home.root, ends=NINE + timedelta(days=days))
    assert said(home, "encrypted DNS") == told


def test_a_certificate_that_cannot_be_used(home: Home) -> None:
    settings(home, DOT)
    assert "No such file" in said(home, "encrypted DNS")
    write_pair(home.root, ends=NINE + timedelta(days=90))
    settings(home, f'{DOT}name = "dns.other.example"\n')
    assert any("not for dns.other.example" in each.text for each in about(home, "encrypted DNS"))


def test_identifiers_are_counted_or_the_wrong_line_is_named(home: Home) -> None:
    settings(home, f'{DOT}identifiers = "identifiers.csv"\n')
    write_pair(home.root, ends=NINE + timedelta(days=90))
    rows = home.root / "identifiers.csv"
    rows.write_text("device,identifier,token\n02:00:00:00:05:11,,k7Qw-0v2mRrT9xYh\n")
    assert said(home, "identifiers") == "good: 1 paths of devices"
    rows.write_text("device,identifier,token\n02:00:00:00:05:11,,short\n")
    assert "line 2" in said(home, "identifiers")


def test_response_zones_need_keys_and_somebody_who_serves_them(home: Home) -> None:
    settings(home, '[rpz]\nlisten = "127.0.0.1:5354"\n')
    assert "cannot be read" in said(home, "response zones")
    make_key(home.filter / "rpz.keys", "subscriber")
    assert said(home, "response zones") == "warning: not served on 127.0.0.1:5354 now"
    write_note(home.run, "response-zones", os.getpid())
    assert said(home, "response zones") == "good: served on 127.0.0.1:5354; 1 keys"


@pytest.mark.parametrize(
    ("wanted", "have", "why", "told"),
    [
        ("auto", (1, 1), "", "good: every worker has the fast engine"),
        ("auto", (0, 0), "it is not built here", "good: the reference engine: it is not built here"),
        ("auto", (1, 0), "", "warning: workers 1 have the reference engine, and the fast one is there"),
        ("reference", (0, 0), "", "good: the reference engine, as the settings say"),
    ],
)
def test_which_engine_the_workers_have(
    home: Home, monkeypatch: pytest.MonkeyPatch, wanted: str, have: tuple[int, ...], why: str, told: str
) -> None:
    monkeypatch.setattr(health_dns, "chosen", lambda _: ("reference" if why else "fast", why))
    settings(home, f'[dns]\nengine = "{wanted}"\n')
    counters = home.filter / "counters"
    counters.mkdir(parents=True, exist_ok=True)
    for worker, fast in enumerate(have):
        note = {"worker": worker, "pid": os.getpid(), "fast_engine": fast}
        (counters / f"{worker}.json").write_text(json.dumps(note))
    assert said(home, "engine") == told


def test_a_backup_that_is_missing_or_old_is_said(home: Home) -> None:
    with Store.open(home.database_url):
        assert said(home, "backups") == "warning: none has been made yet"
    (home.backups / f"caretaker-{NINE.date() - timedelta(days=1)}.db").touch()
    assert said(home, "backups").startswith("good")
    for path in home.backups.iterdir():
        path.rename(home.backups / f"caretaker-{NINE.date() - timedelta(days=9)}.db")
    assert said(home, "backups").startswith("wrong: the newest is of")


def test_a_list_of_which_a_version_waits_is_said(home: Home) -> None:
    report = {
        "generation": 1, "version": "v", "names": 1, "octets": 1, "changed": True,
        "lists": [{
            "name": "ut1-games", "categories": ["games"], "path": "games", "licence": "", "state": "quarantined",
            "seen": "b", "used": "a", "format": "domains", "reasons": [{"kind": "shrunk", "detail": "3 of 900 names"}],
        }],
    }  # fmt: skip
    (home.names / "report.json").write_text(json.dumps(report))
    (waiting,) = (finding for finding in about(home, "lists") if "ut1-games" in finding.text)
    assert (waiting.state, "shrunk" in waiting.text) == ("warning", True)


@pytest.mark.parametrize("named", ["dns-filter", "response-zones"])
def test_a_child_whose_supervisor_was_killed_at_once_is_found_by_its_own_note(home: Home, named: str) -> None:
    code = (
        "import sys, pathlib; from controller.supervisor import note_myself;"
        "note_myself(pathlib.Path(sys.argv[1])); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home.run)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, NOTE: named},
    ) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == b"\n"
        assert leftover(home.run, named) == child.pid
        child.communicate()
    assert leftover(home.run, named) is None
