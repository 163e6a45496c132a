"""What a receipt must show to be believed here, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.media import medium_ruling
from controller.policy import Policy, PostureRule
from controller.standing import posture_rule
from inventory.model import Inventory, PersonId, Receipt
from inventory.posture import posture_ends
from inventory.receipts import ScanReceipt, Verdict

FRESHEST = timedelta(days=3)
"""How old the signatures of a scan may be where the policy says nothing for the kind of device."""
_NOT_CLEAN = {
    Verdict.INFECTED: "Something harmful was found on it.",
    Verdict.UNSCANNABLE: "Not all of it could be looked through.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from a receipt. `until`: how long it lets in what was scanned; None where no rule ends it."""

    let_in: bool
    until: datetime | None
    why: str


def freshest(policy: Policy, inventory: Inventory, receipt: ScanReceipt) -> timedelta:
    device = inventory.devices.get(receipt.subject.mac) if receipt.subject.mac else None
    kind = policy.devices.get(device.kind) if device else None
    asked = kind.posture.antivirus_signatures if kind and isinstance(kind.posture, PostureRule) else None
    return asked or FRESHEST


def outcome_of(
    policy: Policy, inventory: Inventory, person: PersonId | None, receipt: ScanReceipt, now: datetime
) -> Outcome:
    """For a medium it is the whole answer; a device is let in by its posture, of which the scan is a part."""
    if receipt.subject.mac is None:
        ruling = medium_ruling(policy, inventory, person, receipt, now)
        return Outcome(ruling.let_in, ruling.until, f"{ruling.because.text} ({', '.join(ruling.because.clauses)})")
    if receipt.verdict is not Verdict.CLEAN:
        return Outcome(False, None, f"{_NOT_CLEAN[receipt.verdict]} (D1)")
    device = inventory.devices.get(receipt.subject.mac)
    if device is None:
        return Outcome(False, None, "Scanned and clean, but nobody has registered it. (D3)")
    rule = posture_rule(policy.devices.get(device.kind))
    scan = Receipt(device.mac, receipt.scanned_at, receipt.engine, receipt.signatures_at, True, receipt.by)
    until = posture_ends(device, scan, rule)
    if until is not None and now >= until:
        return Outcome(False, None, "Scanned and clean, but too long ago. (D1)")
    return Outcome(True, until, "Scanned and clean. (D1)")
