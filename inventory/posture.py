"""Is a device fit to be let in? From its newest receipt, the receipt's age and the rule for its kind (D1, D4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from inventory.model import Admission, Device, Mac, Posture, Receipt

FIT = frozenset({Posture.COMPLIANT, Posture.EXEMPT})
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PostureRule:
    """How old signatures and the last scan may be at most. None: not asked for."""

    antivirus_signatures: timedelta | None = None
    scan: timedelta | None = None


def posture(device: Device, receipt: Receipt | None, rule: PostureRule | None, now: datetime) -> Posture:
    """UNKNOWN before a person has let it in; without a rule nothing is asked and it is COMPLIANT."""
    if device.exemption is not None and now < device.exemption.until:
        return Posture.EXEMPT
    if device.admission is Admission.UNKNOWN:
        return Posture.UNKNOWN
    if rule is None:
        return Posture.COMPLIANT
    # Somebody else's receipt, or one from the future, proves nothing.
    if receipt is None or receipt.mac != device.mac or _told_at(receipt) > now + _SKEW:
        return Posture.UNSCANNED
    if not receipt.clean or _over(_signatures_end(receipt, rule), now):
        return Posture.NONCOMPLIANT
    return Posture.UNSCANNED if _over(_scan_end(receipt, rule), now) else Posture.COMPLIANT


def posture_ends(device: Device, receipt: Receipt | None, rule: PostureRule | None) -> datetime | None:
    """When COMPLIANT runs out by itself: the first moment it no longer holds. None: never, or it never held."""
    if rule is None or receipt is None or receipt.mac != device.mac or not receipt.clean:
        return None
    ends = (_scan_end(receipt, rule), _signatures_end(receipt, rule))
    return min((end for end in ends if end is not None), default=None)


def posture_turns(device: Device, receipt: Receipt | None, rule: PostureRule | None) -> frozenset[datetime]:
    """Every moment, past ones too, at which the posture may change by itself: an exemption or a receipt runs out, or
    begins to count.
    """
    ends = [device.exemption.until if device.exemption else None]
    if receipt is not None:
        ends.append(_told_at(receipt) - _SKEW)
        # Both: a device that was not scanned lately is still told another reason when its signatures run out.
        ends += (_scan_end(receipt, rule), _signatures_end(receipt, rule)) if rule is not None else ()
    return frozenset(end for end in ends if end is not None)


def newest(receipts: Iterable[Receipt]) -> Mapping[Mac, Receipt]:
    """What counts of each device: its latest scan, with the freshest signatures that anything said of it since."""
    found: dict[Mac, Receipt] = {}
    for receipt in sorted(receipts, key=lambda each: (each.scanned_at, _told_at(each))):
        before = found.get(receipt.mac)
        found[receipt.mac] = _fresher(receipt, before) if before else receipt
    return MappingProxyType(found)


def _fresher(receipt: Receipt, before: Receipt) -> Receipt:
    if _signatures_made(before) <= _signatures_made(receipt):
        return receipt
    return replace(receipt, signatures_at=before.signatures_at, reported_at=_told_at(before))


def _told_at(receipt: Receipt) -> datetime:
    told, scanned = receipt.reported_at, receipt.scanned_at
    return scanned if told is None or told < scanned else told


def _signatures_made(receipt: Receipt) -> datetime:
    """They cannot be younger than the moment they were told of, whatever a wrong clock says."""
    return min(receipt.signatures_at, _told_at(receipt))


def _scan_end(receipt: Receipt, rule: PostureRule) -> datetime | None:
    return receipt.scanned_at + rule.scan if rule.scan else None


def _signatures_end(receipt: Receipt, rule: PostureRule) -> datetime | None:
    return _signatures_made(receipt) + rule.antivirus_signatures if rule.antivirus_signatures else None


def _over(end: datetime | None, now: datetime) -> bool:
    return end is not None and now >= end
