"""What is the matter with a device, in one word that a page can speak about and a helper can be told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from controller.web.doorway.visit import Visit
from inventory.model import BarredAs, Inventory, Posture
from inventory.posture import posture


class Matter(StrEnum):
    """The codes on the page and in docs/doorway.md."""

    NOT_SEEN = "not-seen"
    UNKNOWN = "unknown-device"
    BARRED = "barred"
    MISSING = "reported-missing"
    HELD = "held"
    LAPSED = "time-is-over"
    UNSCANNED = "not-scanned"
    OUT_OF_DATE = "protection-out-of-date"
    NOT_CLEAN = "virus-found"
    NOBODYS = "nobodys"
    CLOSED = "internet-closed"
    FINE = "nothing"


_BY_RULE = {
    "inventory.hold": Matter.HELD,
    "unknown: quarantine": Matter.UNKNOWN,
    "inventory.approval": Matter.LAPSED,
    "inventory.group": Matter.NOBODYS,
    "devices": Matter.NOBODYS,
}


def matter_of(visit: Visit, inventory: Inventory, now: datetime) -> Matter:
    """By the decision in force: the page says what the filter does, not what it may do in a moment."""
    decision = visit.decision
    if decision is None:
        return Matter.NOT_SEEN
    rule = decision.because.rule
    if rule == "inventory.admission[barred]":
        return _barred(visit)
    if rule.endswith(".posture"):
        return _unfit(visit, inventory, now)
    if rule in _BY_RULE:
        return _BY_RULE[rule]
    return Matter.FINE if decision.internet else Matter.CLOSED


def _barred(visit: Visit) -> Matter:
    missing = visit.device is not None and visit.device.barred_as in (BarredAs.LOST, BarredAs.STOLEN)
    return Matter.MISSING if missing else Matter.BARRED


def _unfit(visit: Visit, inventory: Inventory, now: datetime) -> Matter:
    subject = visit.subject
    if subject is None or subject.device is None:
        return Matter.UNSCANNED
    receipt = inventory.receipts.get(subject.mac)
    if posture(subject.device, receipt, subject.posture_rule, now) is not Posture.NONCOMPLIANT:
        return Matter.UNSCANNED
    return Matter.NOT_CLEAN if receipt and not receipt.clean else Matter.OUT_OF_DATE
