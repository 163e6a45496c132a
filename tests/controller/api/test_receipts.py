"""Scan receipts at the API: whom they let in and until when, and every way in which one proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.accounts import SYSTEM
from controller.policy.file import parse
from inventory.agreements import Agreement, Signer
from inventory.model import Admission, Device, Mac, Person, PersonId, YearGroupId
from inventory.receipt_seal import OLDEST, public_key, signed
from inventory.receipt_text import as_json
from inventory.receipts import Finding, ScanReceipt, Subject, Verdict
from tests.controller.api.conftest import As
from tests.fakes.site import NINE, POLICY, FakeSite, intended

KEY, OTHER = Ed25519PrivateKey.from_private_bytes(b"k" * 32), Ed25519PrivateKey.from_private_bytes(b"o" * 32)
LAPTOP = Mac("3c:22:fb:0a:00:01")
TEACHER, PUPIL = PersonId("t-smith"), PersonId("child-5-01")
KINDS = """
  visiting-laptop: {segment: guest, needs: [permission, scan-receipt], receipt_lasts: 7d}
  pen-drive: {pupils: never, staff: {needs: [scan-receipt], receipt_lasts: once}}
"""
SCANNED = NINE - timedelta(minutes=10)
CLEAN = ScanReceipt(
    "desk-1",
    "0" * 32,
    Subject(mac=LAPTOP),
    "ClamAV 1.4.6",
    NINE - timedelta(hours=5),
    SCANNED,
    "office",
    Verdict.CLEAN,
    files=3,
)
EICAR = replace(CLEAN, verdict=Verdict.INFECTED, findings=(Finding("GAME.EXE", "Eicar-Test-Signature"),))
STICK = replace(CLEAN, subject=Subject(serial="4C530001"), nonce="1" * 32)


@pytest.fixture
def site(site: FakeSite) -> FakeSite:
    """With a visitor's laptop, a teacher who has signed, a pupil who has too, and a station at the desk."""
    policy = POLICY.replace("  printer: {segment: things}\n", f"  printer: {{segment: things}}{KINDS}")
    site.policy = parse(policy, "school.yaml").policy
    laptop = Device(LAPTOP, "visitor", "visiting-laptop", Admission.REGISTERED, role="teacher")
    people = (
        Person(TEACHER, "A teacher", role="teacher"),
        Person(PUPIL, "A pupil", year_group=YearGroupId("year-5")),
        Person(PersonId("t-new"), "Another", role="teacher"),
    )
    site.store.put_devices((laptop,), SYSTEM, NINE)
    site.store.put_people(people, SYSTEM, NINE)
    long_ago = NINE - timedelta(days=30)
    given = [Agreement(TEACHER, Signer.STAFF, "2026", long_ago)]
    given += [Agreement(PUPIL, signer, "2026", long_ago) for signer in (Signer.PUPIL, Signer.GUARDIAN)]
    site.store.put_agreements(given, SYSTEM, NINE)
    site.clock.set(NINE - timedelta(days=20))
    return site


@pytest.fixture
def desk(api: As, site: FakeSite) -> Any:
    client = api("technician")
    body = {"name": "desk-1", "key": public_key(KEY)}
    assert client.post("/api/v1/stations", json=body).status_code == 201
    site.clock.set(NINE)
    # The token is of 20 days before: a desk that is signed in today.
    return api("ict_lead")


def hand_in(desk: Any, receipt: ScanReceipt, key: Ed25519PrivateKey = KEY, **more: Any) -> Any:
    return desk.post("/api/v1/receipts", json={"receipt": as_json(signed(receipt, key)), **more})


def segment_of(site: FakeSite, mac: Mac = LAPTOP) -> str:
    return intended(site).decisions[mac].segment


def test_a_clean_receipt_lets_a_visitors_laptop_in_until_its_rule_ends(desk: Any, site: FakeSite) -> None:
    assert segment_of(site) == "quarantine"
    answer = hand_in(desk, CLEAN)
    assert answer.status_code == 201
    assert (answer.json()["let_in"], answer.json()["until"]) == (True, "2026-12-01T08:50:00Z")
    assert segment_of(site) == "guest"
    site.clock.set(SCANNED + timedelta(days=7) - timedelta(seconds=1))
    assert segment_of(site) == "guest"
    site.clock.set(SCANNED + timedelta(days=7))
    assert segment_of(site) == "quarantine"


def test_what_was_found_keeps_it_out_is_kept_and_raises_one_alarm(desk: Any, site: FakeSite) -> None:
    answer = hand_in(desk, EICAR)
    assert (answer.status_code, answer.json()["let_in"]) == (201, False)
    assert hand_in(desk, replace(EICAR, nonce="2" * 32)).status_code == 201
    (alarm,) = desk.get("/api/v1/alarms").json()["items"]
    assert (alarm["kind"], alarm["subject"]) == ("virus", LAPTOP)
    assert "Eicar-Test-Signature in GAME.EXE" in alarm["text"]
    kept = desk.get("/api/v1/receipts", params={"subject": LAPTOP}).json()["items"]
    assert [each["receipt"]["verdict"] for each in kept] == ["infected", "infected"]
    assert segment_of(site) == "quarantine"
    assert any(row.action == "receipt.take" for row in site.store.audit(limit=500))


def test_after_a_find_only_a_later_clean_scan_lets_it_in_again(desk: Any, site: FakeSite) -> None:
    hand_in(desk, EICAR)
    hand_in(desk, replace(CLEAN, nonce="3" * 32, scanned_at=SCANNED - timedelta(hours=1)))
    assert segment_of(site) == "quarantine"
    hand_in(desk, replace(CLEAN, nonce="4" * 32, scanned_at=SCANNED + timedelta(minutes=1)))
    assert segment_of(site) == "guest"


@pytest.mark.parametrize(
    "changed",
    [
        {"verdict": "clean", "findings": []},
        {"by": "somebody else"},
        {"subject": {"mac": "3c:22:fb:0a:00:02"}},
        {"scanned_at": "2026-11-24T08:59:00Z"},
        {"signatures_at": "2026-11-24T08:40:00Z"},
        {"nonce": "5" * 32},
        {"files": 4},
        {"signature": "A" * 86},
        {"signature": "=" * 20},
    ],
)
def test_a_receipt_that_was_changed_proves_nothing(changed: dict[str, Any], desk: Any, site: FakeSite) -> None:
    body = {**as_json(signed(EICAR, KEY)), **changed}
    answer = desk.post("/api/v1/receipts", json={"receipt": body})
    assert (answer.status_code, answer.json()["title"]) == (409, "Refused: tampered")
    assert site.store.scans() == ()
    assert site.store.inventory().receipts == {}
    refusals = [row for row in site.store.audit(limit=500) if row.action == "receipt.refuse"]
    assert [row.detail["why"] for row in refusals] == ["tampered"]


@pytest.mark.parametrize(
    ("receipt", "key", "why"),
    [
        (CLEAN, OTHER, "tampered"),
        (replace(CLEAN, station="desk-2"), KEY, "unknown-station"),
        (replace(CLEAN, scanned_at=NINE + timedelta(minutes=6)), KEY, "from-the-future"),
        (replace(CLEAN, signatures_at=SCANNED + timedelta(minutes=6)), KEY, "from-the-future"),
        (replace(CLEAN, scanned_at=NINE - OLDEST - timedelta(seconds=1), signatures_at=NINE - OLDEST), KEY, "too-old"),
        (replace(CLEAN, scanned_at=NINE - timedelta(days=21), signatures_at=NINE - timedelta(days=22)), KEY, "too-old"),
        (replace(CLEAN, signatures_at=SCANNED - timedelta(days=3, seconds=1)), KEY, "stale-signatures"),
    ],
)
def test_whatever_proves_nothing_is_refused_with_its_reason(
    receipt: ScanReceipt, key: Ed25519PrivateKey, why: str, desk: Any, site: FakeSite
) -> None:
    answer = hand_in(desk, receipt, key)
    assert (answer.status_code, answer.json()["title"]) == (409, f"Refused: {why}")
    assert answer.json()["todo"]
    assert site.store.scans() == ()


def test_a_receipt_counts_once(desk: Any, site: FakeSite) -> None:
    assert hand_in(desk, CLEAN).status_code == 201
    answer = hand_in(desk, CLEAN)
    assert (answer.status_code, answer.json()["title"]) == (409, "Refused: replayed")
    assert len(site.store.scans()) == 1


def test_signatures_of_three_days_are_just_fresh_enough(desk: Any) -> None:
    assert hand_in(desk, replace(CLEAN, signatures_at=SCANNED - timedelta(days=3))).status_code == 201


def test_nothing_that_a_revoked_station_signs_is_believed(desk: Any) -> None:
    assert desk.post("/api/v1/stations/desk-1/revoke", json={"reason": "stolen"}).status_code == 200
    answer = hand_in(desk, CLEAN)
    assert (answer.status_code, answer.json()["title"]) == (409, "Refused: revoked-station")
    again = desk.post("/api/v1/stations", json={"name": "desk-1", "key": public_key(OTHER)})
    assert again.status_code == 409


@pytest.mark.parametrize("key", ["", "x" * 43, "+" * 43, "A" * 44])
def test_what_is_no_key_enrols_nobody(key: str, desk: Any) -> None:
    assert desk.post("/api/v1/stations", json={"name": "desk-9", "key": key}).status_code == 422


@pytest.mark.parametrize("verdict", [Verdict.INFECTED, Verdict.UNSCANNABLE])
def test_a_stick_that_is_not_clean_stays_out(verdict: Verdict, desk: Any) -> None:
    found = replace(STICK, verdict=verdict, findings=EICAR.findings)
    answer = hand_in(desk, found, person=TEACHER).json()
    assert (answer["let_in"], answer["until"]) == (False, None)
    assert len(desk.get("/api/v1/alarms").json()["items"]) == (1 if verdict is Verdict.INFECTED else 0)


def test_a_teachers_clean_stick_comes_in_for_this_time_only(desk: Any) -> None:
    answer = hand_in(desk, STICK, person=TEACHER).json()
    assert (answer["let_in"], answer["until"]) == (True, "2026-11-25T00:00:00Z")


@pytest.mark.parametrize(
    ("person", "why"),
    [(PUPIL, "no pupil"), (PersonId("t-new"), "has not been received"), (None, "whose it is")],
)
def test_a_stick_without_an_agreement_or_of_a_pupil_stays_out_clean_or_not(
    person: PersonId | None, why: str, desk: Any
) -> None:
    more = {"person": person} if person else {}
    answer = hand_in(desk, STICK, **more).json()
    assert answer["let_in"] is False
    assert why in answer["why"]


def test_a_stick_of_somebody_nobody_knows_is_no_receipt(desk: Any, site: FakeSite) -> None:
    assert hand_in(desk, STICK, person="nobody").status_code == 422
    assert site.store.scans() == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"format": "caretaker-receipt/2"},
        {"extra": 1},
        {"subject": {"mac": "3C-22-FB-0A-00-01"}},
        {"subject": {"mac": LAPTOP, "serial": "x"}},
        {"subject": {"serial": "a\nb"}},
        {"scanned_at": "2026-11-24T08:50:00+00:00"},
        {"scanned_at": "2026-13-24T08:50:00Z"},
        {"files": True},
        {"files": 1.0},
        {"files": -1},
        {"verdict": "fine"},
        {"findings": [{"place": "x", "what": "y"}]},
        {"findings": "none"},
        {"by": "\u202eecilop"},
        {"by": ""},
        {"nonce": "xyz"},
        {"engine": "x" * 81},
        {"station": 7},
    ],
)
def test_what_is_written_otherwise_is_no_receipt(changed: dict[str, Any], desk: Any) -> None:
    body = {**as_json(signed(CLEAN, KEY)), **changed}
    answer = desk.post("/api/v1/receipts", json={"receipt": body})
    assert answer.status_code == 422
    assert "docs/receipts.md" in answer.json()["todo"]
