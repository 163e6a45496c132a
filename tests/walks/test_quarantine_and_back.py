"""A laptop that was not scanned is scanned, taken away by a person and given back: at the filter and at its port."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inventory.model import Mac
from inventory.receipt_seal import public_key, signed
from inventory.receipt_text import as_json
from inventory.receipts import ScanReceipt, Subject, Verdict
from tests.waiting import until
from tests.walks.school import FREE_PORT, QUARANTINE, School

pytestmark = pytest.mark.xdist_group("walk of a quarantine")

MAC, ADDRESS, STAFF = "a4:83:e7:30:00:77", "127.30.0.77", 30
KEY = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
MOMENTS = ("seen", "decided", "pushed", "acknowledged", "verified")


def rests(school: School) -> bool:
    return school.vlan_of(FREE_PORT) == QUARANTINE and school.ask(ADDRESS, "bbc.co.uk").ede == 18


def works(school: School) -> bool:
    return school.vlan_of(FREE_PORT) == STAFF and school.ask(ADDRESS, "bbc.co.uk").answered


def receipt(now: datetime) -> ScanReceipt:
    made = now.replace(microsecond=0)
    return ScanReceipt(
        "desk-1", "a" * 32, Subject(mac=Mac(MAC)), "ClamAV", made - timedelta(hours=3), made, "office", Verdict.CLEAN
    )


def test_a_laptop_is_kept_apart_until_it_is_scanned_and_whenever_a_person_says_so(school: School) -> None:
    laptop = {"mac": MAC, "name": "laptop-7", "kind": "checked-laptop", "role": "teacher"}
    assert school.call("technician", "POST", "/devices", {"devices": [laptop]}).status_code < 300
    school.plug_in(MAC, ADDRESS, FREE_PORT)
    until(lambda: rests(school), 30)

    station = {"name": "desk-1", "key": public_key(KEY)}
    assert school.call("technician", "POST", "/stations", station).status_code == 201
    body = {"receipt": as_json(signed(receipt(school.site.clock.now()), KEY))}
    assert school.call("technician", "POST", "/receipts", body).json()["let_in"] is True
    until(lambda: works(school), 30)

    assert school.call("technician", "POST", f"/devices/{MAC}/quarantine", {"reason": "a warning"}).status_code == 202
    until(lambda: school.ask(ADDRESS, "bbc.co.uk").ede == 18, 30)
    until(lambda: rests(school), 30)
    assert school.call("technician", "POST", f"/devices/{MAC}/release", {"reason": "it was nothing"}).status_code == 202
    until(lambda: works(school), 30)

    # How long it took stands there, from seen to verified.
    until(lambda: bool(_quarantined(school)) and all(_quarantined(school)[0][name] for name in MOMENTS), 30)
    told = [_quarantined(school)[0][name] for name in MOMENTS]
    assert told == sorted(told)
    assert school.get("technician", "/pushes")["quarantines"]["count"] >= 1


def _quarantined(school: School) -> list[dict[str, str]]:
    found = school.get("technician", "/pushes")["items"]
    return [push for push in found if any(move["becomes"] == QUARANTINE for move in push["moves"])]
