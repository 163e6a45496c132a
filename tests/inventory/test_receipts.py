"""Receipts as text and as signed: one text for one meaning, and a signature that covers all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from inventory.model import Admission, Device, Mac, Posture, Receipt
from inventory.posture import PostureRule, newest, posture
from inventory.receipt_seal import public_key, refused, signed
from inventory.receipt_text import NoReceipt, as_json, canonical, parse
from inventory.receipts import Finding, Refusal, ScanReceipt, Station, Subject, Verdict

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
STATION = Station("desk-1", public_key(KEY), None, "technician", NINE - timedelta(days=1))
LAPTOP = Mac("3c:22:fb:0a:00:01")
A_DAY = timedelta(days=1)

printable = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)
receipts = st.builds(
    ScanReceipt,
    station=st.just("desk-1"),
    nonce=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    subject=st.sampled_from([Subject(mac=LAPTOP), Subject(serial="4C53:00-01")]),
    engine=printable,
    signatures_at=st.just(NINE - timedelta(hours=2)),
    scanned_at=st.just(NINE),
    by=printable,
    verdict=st.just(Verdict.INFECTED),
    findings=st.lists(st.builds(Finding, printable, printable), min_size=1, max_size=5).map(tuple),
    files=st.integers(0, 2**53 - 1),
    octets=st.integers(0, 2**53 - 1),
)


@given(receipts)
def test_what_is_written_is_read_again_and_still_believed(receipt: ScanReceipt) -> None:
    sealed = signed(receipt, KEY)
    read = parse(json.loads(canonical(as_json(sealed))))
    assert read == sealed
    assert refused(read, STATION, NINE, A_DAY, used=False) is None


@given(receipts, receipts)
def test_a_signature_fits_nothing_else(receipt: ScanReceipt, other: ScanReceipt) -> None:
    forged = replace(other, signature=signed(receipt, KEY).signature)
    expected = None if other == receipt else Refusal.TAMPERED
    assert refused(forged, STATION, NINE, A_DAY, used=False) is expected


def test_a_signature_has_one_spelling() -> None:
    sealed = signed(_receipt(), KEY)
    last = sealed.signature[-1]
    twin = chr(ord(last) + 1)  # the same octets to a lenient reader: the last four bits are not used
    assert refused(replace(sealed, signature=sealed.signature[:-1] + twin), STATION, NINE, A_DAY, used=False)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_whatever_is_handed_in_is_a_receipt_or_is_refused_in_words(raw: object) -> None:
    with pytest.raises(NoReceipt):
        parse(raw)


def _receipt() -> ScanReceipt:
    return ScanReceipt(
        "desk-1", "0" * 32, Subject(mac=LAPTOP), "ClamAV", NINE - timedelta(hours=1), NINE, "desk", Verdict.CLEAN
    )


# What a machine says of itself: the last scan is one thing, the signatures it has by now another.
RULE = PostureRule(antivirus_signatures=timedelta(days=3), scan=timedelta(days=7))
DEVICE = Device(LAPTOP, "laptop", "school-laptop", Admission.REGISTERED)


def _report(scanned: int, signatures: int, reported: int | None = None, *, clean: bool = True) -> Receipt:
    """In days before nine."""
    told = NINE - timedelta(days=reported) if reported is not None else None
    return Receipt(LAPTOP, NINE - timedelta(days=scanned), "AV", NINE - timedelta(days=signatures), clean, "x", told)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([_report(5, 1, 1)], Posture.COMPLIANT),  # scanned five days ago, and its signatures are of yesterday
        ([_report(5, 1)], Posture.NONCOMPLIANT),  # a scan of five days ago cannot have had the signatures of yesterday
        ([_report(5, 0, 4)], Posture.NONCOMPLIANT),  # nor can a report of four days ago
        ([_report(8, 1, 0)], Posture.UNSCANNED),
        ([_report(1, 1), _report(5, 0, 0)], Posture.COMPLIANT),
        ([_report(1, 5), _report(5, 0, 0)], Posture.COMPLIANT),  # the desk's scan, and the machine's own signatures
        ([_report(5, 1, 0), _report(1, 1, clean=False)], Posture.NONCOMPLIANT),
        ([_report(1, 1, clean=False), _report(5, 0, 0)], Posture.NONCOMPLIANT),  # an older scan clears nothing
        ([_report(1, 1, clean=False), _report(0, 0, 0)], Posture.COMPLIANT),
        ([], Posture.UNSCANNED),
    ],
)
def test_of_a_device_its_latest_scan_and_its_freshest_signatures_count(found: list[Receipt], expected: Posture) -> None:
    assert posture(DEVICE, newest(found).get(LAPTOP), RULE, NINE) is expected
    assert posture(DEVICE, newest(reversed(found)).get(LAPTOP), RULE, NINE) is expected
