"""Scan receipts: handing in what a station has signed, and looking at what was handed in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, status
from pydantic import Field

from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict, NotFound, WrongInput
from controller.api.shapes import Answer, Ask, Limit, Name, example_of, examples
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.receipt_rules import Outcome, freshest, outcome_of
from controller.store.receipts import ReceiptRefused, Scan
from inventory.model import Inventory, PersonId
from inventory.receipt_seal import refused
from inventory.receipt_text import NoReceipt, as_json, parse
from inventory.receipts import Refusal, ScanReceipt, Station

router = APIRouter(prefix="/api/v1/receipts", tags=["devices"])

EXAMPLE = {
    "format": "caretaker-receipt/1",
    "station": "desk-1",
    "nonce": "9f86d081884c7d659a2feaa0c55ad015",
    "subject": {"serial": "4C530001230412"},
    "engine": "ClamAV 1.4.6/27800",
    "signatures_at": "2026-11-24T07:10:00Z",
    "scanned_at": "2026-11-24T09:14:00Z",
    "by": "school office",
    "verdict": "clean",
    "findings": [],
    "files": 17,
    "octets": 1048576,
    "signature": "yZ2U6fVJm0Fh2qQhXq8u2S4oJ1lqk3x5b8r7c9d1e3f5g7h9i1j3k5l7m9n1o3p5q7r9s1t3u5v7w9x1y3z5AQ",
}
_WORDS = {
    Refusal.UNREADABLE: ("This is no receipt.", "docs/receipts.md says how one is written."),
    Refusal.UNKNOWN_STATION: ("No such station is enrolled here.", "Enrol it: `caretaker station enrol NAME`."),
    Refusal.REVOKED_STATION: ("This station was revoked.", "Scan at another one."),
    Refusal.TAMPERED: ("The signature does not fit: it was changed, or another key made it.", "Scan again."),
    Refusal.REPLAYED: ("This receipt was handed in before.", "One scan is one receipt: scan again."),
    Refusal.FROM_THE_FUTURE: ("It lies in the future, or its signatures do.", "Set the clock of the station."),
    Refusal.TOO_OLD: ("It is older than 30 days, or than its station's enrolment.", "Scan again."),
    Refusal.STALE_SIGNATURES: ("The engine's signatures were too old.", "Update them (freshclam), then scan again."),
}


class HandIn(Ask):
    """`receipt` is docs/receipts.md, as the station signed it. `person`: whose medium it is."""

    model_config = examples({"receipt": EXAMPLE, "person": "t-smith"})
    receipt: dict[str, Any] = Field(max_length=20)
    person: Name | None = None


class ReceiptOut(Answer):
    """`let_in` and `until`: what follows from it. A receipt that is not clean is kept as well, and is an alarm."""

    model_config = examples(
        {
            "number": 1,
            "receipt": EXAMPLE,
            "person": "t-smith",
            "at": "2026-11-24T09:14:05Z",
            "by": "desk",
            "let_in": True,
            "until": "2026-11-25T00:00:00Z",
            "why": "Scanned and clean. (D2, D6)",
        }
    )
    number: int
    receipt: dict[str, Any]
    person: str | None
    at: datetime
    by: str
    let_in: bool
    until: datetime | None
    why: str


class Receipts(Answer):
    model_config = examples({"items": [example_of(ReceiptOut)]})
    items: tuple[ReceiptOut, ...]


@router.post(
    "", status_code=status.HTTP_201_CREATED, operation_id="hand_in_receipt", openapi_extra=needs("receipts:write")
)
def hand_in_receipt(ask: HandIn, site: Site, staff: Staff) -> ReceiptOut:
    """Believed only if a station in force signed it, unchanged, never handed in before, not from the future, and with
    fresh signatures. Every refusal stands in the audit."""
    try:
        receipt = parse(ask.receipt)
    except NoReceipt as error:
        raise WrongInput(f"This is no receipt: {error}.", _WORDS[Refusal.UNREADABLE][1]) from error
    return receipt_out(hand_in(site, staff, receipt, PersonId(ask.person) if ask.person else None))


@router.get("", operation_id="list_receipts", openapi_extra=needs("receipts:read"))
def list_receipts(
    site: Site,
    subject: Annotated[str | None, Query(max_length=100, description="A MAC, or `medium SERIAL`.")] = None,
    limit: Limit = 100,
) -> Receipts:
    """The newest first."""
    return Receipts(items=tuple(map(receipt_out, site.store.scans(subject, limit))))


@router.get("/{number}", operation_id="get_receipt", openapi_extra=needs("receipts:read"))
def get_receipt(number: Annotated[int, Path(ge=1, lt=2**53)], site: Site) -> ReceiptOut:
    scan = site.store.scan(number)
    if scan is None:
        raise NotFound("There is no such receipt.", "`GET /api/v1/receipts` lists them.")
    return receipt_out(scan)


def hand_in(site: SiteView, staff: Actor, receipt: ScanReceipt, person: PersonId | None) -> Scan:
    """Raises Conflict with the reason where it proves nothing, WrongInput for a person nobody knows."""
    policy, now = site.policy, site.clock.now()
    if person is not None and person not in site.inventory().people:
        raise WrongInput("No such person is known.", "People come from people.csv or the school's records system.")

    def judge(station: Station | None, used: bool, inventory: Inventory) -> Refusal | None:
        return refused(receipt, station, now, freshest(policy, inventory, receipt), used=used)

    def follows(inventory: Inventory) -> Outcome:
        return outcome_of(policy, inventory, person, receipt, now)

    try:
        scan = site.store.take_scan(receipt, person, judge, follows, staff, now)
    except ReceiptRefused as error:
        raise Conflict(*_WORDS[error.refusal], title=f"Refused: {error.refusal.value}") from error
    site.loop.wake("receipt")
    return scan


def receipt_out(scan: Scan) -> ReceiptOut:
    return ReceiptOut(
        number=scan.number,
        receipt=as_json(scan.receipt),
        person=scan.person,
        at=scan.at,
        by=scan.by,
        let_in=scan.outcome.let_in,
        until=scan.outcome.until,
        why=scan.outcome.why,
    )
