"""`caretaker station` from the inserted stick to what the school says of it, with the real clamd and a real API."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.clock import SystemClock
from controller.policy.file import parse
from controller.station.clam import EICAR
from inventory.agreements import Agreement, Signer
from inventory.model import Admission, Device, Mac, Person, PersonId
from tests.controller.commands.conftest import Run, Said
from tests.controller.media_made import image, signatures
from tests.fakes.site import POLICY, FakeSite, intended

pytestmark = pytest.mark.needs("clamd", "mcopy")
LAPTOP = Mac("3c:22:fb:0a:00:01")
KINDS = """
  visiting-laptop: {segment: guest, needs: [permission, scan-receipt], receipt_lasts: 7d}
  pen-drive: {pupils: never, staff: {needs: [scan-receipt], receipt_lasts: once}}
"""
Scan = Callable[..., Said]


@pytest.fixture
def controller(site: FakeSite) -> FakeSite:
    """By the clock of this machine: clamd and the files go by it too."""
    now = SystemClock().now()
    site.clock.set(now)
    text = POLICY.replace("  printer: {segment: things}\n", f"  printer: {{segment: things}}{KINDS}")
    site.policy = parse(text, "school.yaml").policy
    site.store.put_people((Person(PersonId("t-smith"), "A teacher", role="teacher"),), SYSTEM, now)
    signed = Agreement(PersonId("t-smith"), Signer.STAFF, "2026", now - timedelta(days=30))
    site.store.put_agreements((signed,), SYSTEM, now)
    laptop = Device(LAPTOP, "visitor", "visiting-laptop", Admission.REGISTERED, role="teacher")
    site.store.put_devices((laptop,), SYSTEM, now)
    return site


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    with signatures() as folder:
        yield folder


@pytest.fixture
def scan(run: Run, api: None, database: Path, tmp_path: Path) -> Scan:
    assert run("station", "enrol", "desk-1", "--room", "office").status == 0

    def scanned(path: Path, *words: object) -> Said:
        return run("station", "scan", path, "--database", database, "--by", "office", *words)

    return scanned


@pytest.fixture
def api(controller: FakeSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from controller.api.app import make_app
    from controller.api.serve import run_api

    with run_api(make_app(controller), "127.0.0.1", 0) as running:
        monkeypatch.setenv("CARETAKER_URL", running.url)
        monkeypatch.setenv("CARETAKER_TOKEN", controller.secret(controller.account("technician")))
        yield


def test_a_stick_with_eicar_is_refused_its_receipt_kept_and_an_incident_raised(
    scan: Scan, run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    stick = image(tmp_path / "stick.img", {"letter.txt": b"dear parents", "GAME.COM": EICAR})
    said = scan(stick, "--person", "t-smith")
    assert said.status == 1
    assert "Something harmful was found" in said.out
    assert "GAME.COM" in said.out
    assert "NOT LET IN" in said.out
    (kept,) = run("station", "receipts", "--json").json
    assert (kept["receipt"]["verdict"], kept["let_in"]) == ("infected", False)
    (alarm,) = run("alarms", "list", "--json").json
    assert alarm["kind"] == "virus"
    assert "GAME.COM" in alarm["text"]
    assert [row.actor for row in controller.store.audit(limit=500) if row.action == "receipt.take"] == ["technician"]


def test_a_clean_stick_of_a_teacher_comes_in_for_today_and_its_receipt_counts_once(
    scan: Scan, run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    stick, kept = image(tmp_path / "stick.img", {"letter.txt": b"dear parents"}), tmp_path / "receipt.json"
    said = scan(stick, "--person", "t-smith", "--keep", kept, "--page", tmp_path / "receipt.html", "--json")
    assert said.status == 0, said.err
    answer = said.json["answer"]
    here = controller.clock.now().astimezone(controller.policy.school.zone)
    assert (answer["let_in"], answer["until"][:10]) == (True, f"{here + timedelta(days=1):%Y-%m-%d}")
    assert said.json["receipt"]["subject"]["serial"].startswith("FAT ")
    page = (tmp_path / "receipt.html").read_text()
    assert "<svg" in page
    assert "Scanned and clean" in page
    again = run("station", "hand-in", kept, "--person", "t-smith")
    assert again.status == 1
    assert "replayed" in again.err
    assert "Let in until" in run("station", "show", 1).out


def test_a_receipt_that_was_changed_on_its_way_is_refused(scan: Scan, run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "receipt.json"
    stick = image(tmp_path / "stick.img", {"GAME.COM": EICAR})
    assert scan(stick, "--offline", "--keep", kept).status == 0
    forged = json.loads(kept.read_text()) | {"verdict": "clean", "findings": []}
    kept.write_text(json.dumps(forged))
    said = run("station", "hand-in", kept, "--person", "t-smith")
    assert said.status == 1
    assert "tampered" in said.err
    assert run("station", "receipts", "--json").json == []


@pytest.mark.parametrize("person", [(), ("--person", "t-smith")])
def test_a_stick_is_refused_without_an_agreement_even_if_it_is_clean(
    person: tuple[str, ...], scan: Scan, controller: FakeSite, tmp_path: Path
) -> None:
    declined = Agreement(PersonId("t-smith"), Signer.STAFF, "2026", controller.clock.now(), declined=True)
    controller.store.put_agreements((declined,), SYSTEM, controller.clock.now())
    said = scan(image(tmp_path / "stick.img", {"letter.txt": b"dear parents"}), *person)
    assert said.status == 1
    assert "NOT LET IN" in said.out


def test_a_visitors_laptop_is_let_in_until_its_rule_ends(scan: Scan, controller: FakeSite, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "letter.txt").write_bytes(b"dear parents")
    assert intended(controller).decisions[LAPTOP].segment == "quarantine"
    assert scan(tmp_path / "disk", "--device", LAPTOP).status == 0
    controller.clock.set(SystemClock().now())
    assert intended(controller).decisions[LAPTOP].segment == "guest"
    controller.clock.advance(timedelta(days=7))
    assert intended(controller).decisions[LAPTOP].segment == "quarantine"


def test_a_folder_that_says_no_serial_is_asked_for_one(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    said = scan(tmp_path / "disk")
    assert said.status == 2
    assert "--serial" in said.err


def test_what_is_not_there_is_said(scan: Scan, tmp_path: Path) -> None:
    said = scan(tmp_path / "nothing", "--serial", "x")
    assert said.status == 2
    assert "No such file" in said.err


def test_a_machine_that_is_no_station_is_told_how_to_become_one(run: Run, tmp_path: Path) -> None:
    said = run("station", "scan", tmp_path, "--serial", "x")
    assert said.status == 2
    assert "station enrol" in said.err


def test_the_key_of_a_station_is_nobody_elses_to_read(scan: Scan, run: Run, tmp_path: Path) -> None:
    key = tmp_path / "state-of-nobody" / "caretaker" / "station.json"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    said = scan(tmp_path, "--serial", "x")
    assert said.status == 2
    assert "read by others" in said.err


def test_a_station_is_listed_revoked_and_believed_no_more(scan: Scan, run: Run, tmp_path: Path) -> None:
    assert "in force" in run("station", "list").out
    assert run("station", "revoke", "desk-1", "--reason", "stolen").status == 0
    assert "revoked" in run("station", "list").out
    (tmp_path / "disk").mkdir()
    said = scan(tmp_path / "disk", "--serial", "x", "--person", "t-smith")
    assert said.status == 1
    assert "revoked" in said.err


def test_a_station_whose_name_is_taken_leaves_no_key_behind(scan: Scan, run: Run, tmp_path: Path) -> None:
    said = run("station", "enrol", "desk-1", "--key", tmp_path / "other.json")
    assert said.status == 1
    assert not (tmp_path / "other.json").exists()


def test_a_probe_hands_in_what_it_tried_from_its_segment(run: Run, api: None, controller: FakeSite) -> None:
    assert run("station", "enrol", "probe-1").status == 0
    silent = ("check-filter", "routes", "--segment", "pupils", "--to", "tcp=127.0.0.1:9", "--send")
    said = run(*silent)
    assert said.status == 0, said.err
    assert "signed by probe-1" in said.err
    (row,) = controller.store.acts("filter.routes")
    assert (row.subject, row.detail["tried"], row.detail["open"]) == ("segment pupils", 1, 0)
