"""The Linux script as a machine runs it: a real clamd, a real API, and what the school makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.api.app import make_app
from controller.api.serve import run_api
from controller.clock import SystemClock
from controller.policy.file import parse
from controller.station.clam import EICAR, Engine, engine
from inventory.model import Admission, Device, Mac, YearGroupId
from tests.controller.media_made import signatures
from tests.fakes.site import POLICY, FakeSite, intended, open_site
from tests.shared_data import PROJECT

SCRIPT = PROJECT / "controller/endpoint/caretaker_report.py"
LAPTOP, VISITOR = Mac("3c:22:fb:0b:00:01"), Mac("3c:22:fb:0b:00:02")
KINDS = """
  staff-laptop: {segment: by-person, posture: {antivirus_signatures: 3d, scan: 7d}}
  visiting-laptop: {segment: guest, needs: [scan-receipt], receipt_lasts: 7d}
"""
Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    with signatures() as folder:
        yield folder


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    now = SystemClock().now()
    site = open_site(tmp_path, now)
    text = POLICY.replace("  printer: {segment: things}\n", f"  printer: {{segment: things}}{KINDS}")
    site.policy = parse(text, "school.yaml").policy
    laptop = Device(LAPTOP, "laptop-1", "staff-laptop", Admission.REGISTERED, role="teacher")
    visitor = Device(VISITOR, "visitor", "visiting-laptop", Admission.REGISTERED, year_group=YearGroupId("year-5"))
    site.store.put_devices((laptop, visitor), SYSTEM, now)
    yield site
    site.store.close()


@pytest.fixture
def url(site: FakeSite) -> Iterator[str]:
    with run_api(make_app(site), "127.0.0.1", 0) as running:
        yield running.url


@pytest.fixture
def script(site: FakeSite, url: str, database: Path, tmp_path: Path) -> Script:
    token = tmp_path / "token"
    token.write_text(token_for(site, url))

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        usual = ("--url", url, "--token", token, "--database", database, "--state", tmp_path / "state" / "scan.json")
        command = [sys.executable, "-I", SCRIPT, *usual, *words]
        site.clock.set(SystemClock().now())
        return subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=100, check=False)

    return run


def token_for(site: FakeSite, url: str, mac: Mac = LAPTOP) -> str:
    import httpx2

    secret = site.secret(site.account("technician"))
    answer = httpx2.post(
        f"{url}/api/v1/endpoint-tokens",
        json={"devices": [mac]},
        headers={"Authorization": f"Bearer {secret}"},
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["items"][0]["token"])


def posture_rule_lets_in(site: FakeSite) -> bool:
    return intended(site).decisions[LAPTOP].segment != "quarantine"


@pytest.fixture(scope="module")
def clamav(database: Path) -> Iterator[Engine]:
    with engine(SystemClock().now(), timedelta(days=3), database=database) as ready:
        yield ready


@pytest.mark.needs("clamd")
def test_a_machine_that_scans_itself_clean_is_let_in(
    script: Script, site: FakeSite, clamav: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert not posture_rule_lets_in(site)
    with signatures("") as folder:  # a folder that clamd's own user can read
        said = script("--scan", folder / "nothing-here-but-signatures", "--clamd", clamav.wire.unix_socket)
        assert said.returncode == 1  # there is no such folder: nothing is told
        assert not posture_rule_lets_in(site)
        (folder / "home").mkdir()
        (folder / "home" / "letter.txt").write_text("dear parents")
        (folder / "home").chmod(0o755)
        said = script("--scan", folder / "home", "--clamd", clamav.wire.unix_socket)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("compliant:")
    assert posture_rule_lets_in(site)
    site.clock.advance(timedelta(days=3))
    assert not posture_rule_lets_in(site)


@pytest.mark.needs("clamd")
def test_what_it_finds_keeps_it_out_and_raises_an_alarm(script: Script, site: FakeSite, clamav: Engine) -> None:
    with signatures("") as folder:
        (folder / "home").mkdir()
        (folder / "home" / "game.com").write_bytes(EICAR)
        said = script("--scan", folder / "home", "--clamd", clamav.wire.unix_socket)
    assert said.returncode == 1
    assert said.stdout.startswith("noncompliant:")
    assert not posture_rule_lets_in(site)
    (alarm,) = site.store.alarms()
    assert (alarm.kind, alarm.subject) == ("virus", LAPTOP)


LOG = """
----------- SCAN SUMMARY -----------
Infected files: {infected}
Time: 12.000 sec (0 m 12 s)
Start Date: {ended}
End Date:   {ended}
"""


@pytest.mark.parametrize(
    ("days", "infected", "posture"), [(1, 0, "compliant"), (8, 0, "unscanned"), (1, 1, "noncompliant")]
)
def test_the_log_of_another_scan_counts_as_well(
    days: int, infected: int, posture: str, script: Script, site: FakeSite, tmp_path: Path
) -> None:
    ended = (SystemClock().now() - timedelta(days=days)).astimezone()
    old = LOG.format(infected=3, ended="2020:01:01 08:00:00")
    (tmp_path / "clamscan.log").write_text(old + LOG.format(infected=infected, ended=f"{ended:%Y:%m:%d %H:%M:%S}"))
    assert script("--log", tmp_path / "clamscan.log").stdout.startswith(f"{posture}:")


def test_a_machine_that_was_never_scanned_says_so(script: Script, site: FakeSite) -> None:
    said = script()
    assert said.stdout.startswith("unscanned:")
    assert json.loads(script("--show").stdout)["scanned_at"] is None
    assert not posture_rule_lets_in(site)


def test_a_machine_without_signatures_is_told_what_to_install(script: Script, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = script("--database", tmp_path / "empty")
    assert said.returncode == 1
    assert "clamav-freshclam" in said.stderr


def test_the_token_never_goes_over_the_wire_readable(script: Script) -> None:
    said = script("--url", "http://caretaker.example")
    assert said.returncode == 1
    assert "https" in said.stderr


def test_the_token_of_a_device_can_do_nothing_else_and_is_replaced_by_the_next(site: FakeSite, url: str) -> None:
    import httpx2

    def ask(method: str, path: str, token: str, body: object = None) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx2.request(method, f"{url}/api/v1{path}", headers=headers, json=body, trust_env=False).status_code

    old = token_for(site, url)
    report = {"engine": "x", "signatures_at": "2026-01-01T00:00:00Z", "scanned_at": None, "clean": True}
    assert ask("POST", "/endpoint-report", old, report) == 202
    for method, path in (("GET", "/devices"), ("GET", "/windows"), ("POST", "/receipts"), ("GET", "/alarms")):
        assert ask(method, path, old, {} if method == "POST" else None) == 403, path
    assert ask("POST", "/endpoint-report", token_for(site, url), report) == 202
    assert ask("POST", "/endpoint-report", old, report) == 401


@pytest.mark.parametrize(
    "change", [{"scanned_at": "2199-01-01T00:00:00Z"}, {"clean": "yes"}, {"mac": VISITOR}, {"engine": ""}]
)
def test_a_report_that_cannot_be_is_refused(change: dict[str, object], site: FakeSite, url: str) -> None:
    import httpx2

    report = {"engine": "x", "signatures_at": "2026-01-01T00:00:00Z", "scanned_at": None, "clean": True}
    headers = {"Authorization": f"Bearer {token_for(site, url)}"}
    answer = httpx2.post(f"{url}/api/v1/endpoint-report", headers=headers, json={**report, **change}, trust_env=False)
    assert answer.status_code == 422
    assert site.store.inventory().receipts == {}


def test_what_a_visitor_says_of_itself_is_not_enough(site: FakeSite, url: str) -> None:
    with pytest.raises(AssertionError, match="needs a receipt of a station"):
        token_for(site, url, VISITOR)


def test_a_barred_machine_tells_in_vain(script: Script, site: FakeSite) -> None:
    from dataclasses import replace

    laptop = site.store.inventory().devices[LAPTOP]
    site.store.put_devices((replace(laptop, admission=Admission.BARRED),), SYSTEM, SystemClock().now())
    said = script()
    assert said.returncode == 1
    assert "not let in" in said.stderr
