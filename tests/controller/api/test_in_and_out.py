"""Every reason for which a device rests in quarantine, both ways: in as soon as it holds, out as soon as it is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.accounts import SYSTEM
from controller.policy.file import parse
from dns_filter.model import State, standing
from inventory.model import Admission, Approval, Device, Mac, PortRef, Receipt, Sighting, SwitchName
from inventory.receipt_seal import public_key, signed
from inventory.receipt_text import as_json
from inventory.receipts import Finding, ScanReceipt, Subject, Verdict
from tests.controller.api.conftest import As
from tests.fakes.site import NINE, POLICY, FakeSite, intended

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
MAC, ADDRESS, PORT = Mac("3c:22:fb:0c:00:01"), "10.30.0.44", PortRef(SwitchName("sw-ict"), "Gi1/0/9")
STAFF, QUARANTINE = 30, 999
KINDS = "\n  checked-laptop: {segment: by-person, posture: {antivirus_signatures: 3d, scan: 7d}}\n"


@dataclass(frozen=True)
class Case:
    """`comes`: what makes the reason hold. `goes`: what a person, a station or the device does about it."""

    because: str
    comes: Callable[[FakeSite, Any], object]
    goes: Callable[[FakeSite, Any], object]


def act(name: str, **more: Any) -> Callable[[FakeSite, Any], object]:
    body = {"act": name, "devices": [MAC], "reason": "a reason", **more}
    return lambda _, api: ok(api.post("/api/v1/devices/acts", json=body))


def ok(answer: Any) -> Any:
    assert answer.status_code < 300, answer.text
    return answer


def change(**facts: Any) -> Callable[[FakeSite, Any], object]:
    def changed(site: FakeSite, _: Any) -> object:
        return site.store.put_devices((replace(site.store.inventory().devices[MAC], **facts),), SYSTEM, NINE)

    return changed


def scan(minutes: int, verdict: Verdict = Verdict.CLEAN) -> Callable[[FakeSite, Any], object]:
    """By the station at the desk, so many minutes before nine."""
    at = NINE - timedelta(minutes=minutes)
    findings = () if verdict is Verdict.CLEAN else (Finding("GAME.EXE", "Eicar-Test-Signature"),)
    made = at - timedelta(hours=2)
    receipt = ScanReceipt(
        "desk-1", f"{minutes:032x}", Subject(mac=MAC), "ClamAV", made, at, "office", verdict, findings
    )
    return lambda _, api: ok(api.post("/api/v1/receipts", json={"receipt": as_json(signed(receipt, KEY))}))


def report(scanned_days: int, signature_days: int) -> Callable[[FakeSite, Any], object]:
    """By the device itself."""

    def reported(site: FakeSite, _: Any) -> object:
        scanned, made = NINE - timedelta(days=scanned_days), NINE - timedelta(days=signature_days)
        said = Receipt(MAC, scanned, "Defender", made, True, "the device itself", NINE)
        return site.store.put_report(said, SYSTEM, NINE)

    return reported


def both(*steps: Callable[[FakeSite, Any], object]) -> Callable[[FakeSite, Any], object]:
    return lambda site, api: [step(site, api) for step in steps]


REGISTER = {"mac": MAC, "name": "laptop", "kind": "school-laptop", "role": "teacher"}
CASES = {
    "unknown": Case(
        "unknown: quarantine",
        change(admission=Admission.UNKNOWN),
        lambda _, api: ok(api.post("/api/v1/devices", json={"devices": [REGISTER]})),
    ),
    "unscanned": Case("devices.checked-laptop.posture", change(kind="checked-laptop"), scan(10)),
    "scanned too long ago": Case(
        "devices.checked-laptop.posture", both(report(8, 0), change(kind="checked-laptop")), report(1, 0)
    ),
    "stale signatures": Case(
        "devices.checked-laptop.posture", both(report(5, 4), change(kind="checked-laptop")), report(5, 0)
    ),
    "not clean": Case(
        "devices.checked-laptop.posture",
        both(change(kind="checked-laptop"), scan(60), scan(30, Verdict.INFECTED)),
        scan(5),
    ),
    "lost": Case("inventory.admission[barred]", act("bar", barred_as="lost"), act("readmit")),
    "refused": Case("inventory.admission[barred]", act("bar", barred_as="refused"), act("readmit")),
    "held": Case("inventory.hold", act("quarantine"), act("release")),
    "no longer exempt": Case(
        "devices.checked-laptop.posture",
        both(change(kind="checked-laptop"), act("exempt", until="2026-12-18T16:00:00Z"), act("end-exemption")),
        act("exempt", until="2026-12-18T16:00:00Z"),
    ),
    "let in for a while that is over": Case(
        "inventory.approval",
        change(approval=Approval("head", "a visit", NINE - timedelta(minutes=1))),
        act("approve", until="2026-12-18T16:00:00Z"),
    ),
}


@pytest.fixture
def site(site: FakeSite) -> FakeSite:
    """With a teacher's laptop that is let in, at a port of the staff."""
    text = POLICY.replace("  printer: {segment: things}\n", f"  printer: {{segment: things}}{KINDS}")
    site.policy = parse(text, "school.yaml").policy
    laptop = Device(MAC, "laptop", "school-laptop", Admission.REGISTERED, role="teacher")
    site.store.put_devices((laptop,), SYSTEM, NINE)
    site.store.record_sightings((Sighting(MAC, NINE, "switch-table", PORT, STAFF, ADDRESS),), NINE)
    return site


@pytest.fixture
def lead(api: As, site: FakeSite) -> Any:
    site.clock.set(NINE - timedelta(hours=9))
    client = api("ict_lead")
    ok(client.post("/api/v1/stations", json={"name": "desk-1", "key": public_key(KEY)}))
    site.clock.set(NINE)
    return client


def stands(site: FakeSite) -> tuple[str, int, bool]:
    """Where its port belongs, and whether the filter lets it ask for more than what is essential."""
    intent = intended(site)
    open_ = standing(intent.table, ADDRESS, NINE.timestamp()).profile.state is State.OPEN
    return intent.decisions[MAC].segment, intent.ports[PORT].vlan, open_


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_in_by_itself_and_out_by_itself(case: Case, site: FakeSite, lead: Any) -> None:
    assert stands(site) == ("staff", STAFF, True)
    case.comes(site, lead)
    assert stands(site) == ("quarantine", QUARANTINE, False)
    assert intended(site).decisions[MAC].because.rule == case.because
    assert lead.get(f"/api/v1/devices/{MAC}").json()["decision"]["allowed_if"]
    case.goes(site, lead)
    assert stands(site) == ("staff", STAFF, True)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_ends_one_reason_ends_no_other(case: Case, site: FakeSite, lead: Any) -> None:
    ok(lead.post(f"/api/v1/devices/{MAC}/quarantine", json={"reason": "a warning on screen"}))
    if case.because == "inventory.hold":
        change(admission=Admission.BARRED)(site, lead)
    case.comes(site, lead)
    case.goes(site, lead)
    assert stands(site) == ("quarantine", QUARANTINE, False)
