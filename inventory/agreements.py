"""Acceptable-use agreements: who signed, who declined, and how long it lasts (W2, W3, W4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from inventory.model import PersonId

A_YEAR = timedelta(days=365)


class Signer(StrEnum):
    PUPIL = "pupil"
    GUARDIAN = "guardian"
    STAFF = "staff"


class Agreed(StrEnum):
    """Where a person stands with the agreement."""

    SIGNED = "signed"
    MISSING = "missing"
    """Never given, not by everybody who must, or run out."""
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One signature, or one refusal, for one person. `ends`: supply staff sign for their time at the school."""

    person: PersonId
    signer: Signer
    version: str
    signed_at: datetime
    means: Literal["paper", "online"] = "paper"
    declined: bool = False
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgreementRule:
    """Whose signatures the policy asks for, and after what time each has to be given anew. None: it lasts."""

    signers: frozenset[Signer]
    lasts: timedelta | None = None


def agreed(given: Iterable[Agreement], rule: AgreementRule, now: datetime) -> Agreed:
    """Of each signer the newest word counts; one refusal of any of them is a refusal."""
    held = tuple(given)
    if any(each.declined for each in _newest(held, rule.signers, now)):
        return Agreed.DECLINED
    return Agreed.MISSING if missing(held, rule, now) else Agreed.SIGNED


def missing(given: Iterable[Agreement], rule: AgreementRule, now: datetime) -> frozenset[Signer]:
    """Who still has to sign: never asked, declined, or a signature that has run out."""
    newest = (each for each in _newest(given, rule.signers, now) if not each.declined)
    ends = {each.signer: _end(each, rule) for each in newest}
    return rule.signers - {signer for signer, end in ends.items() if end is None or now < end}


def agreement_edges(given: Iterable[Agreement], rule: AgreementRule) -> frozenset[datetime]:
    """Every moment at which `agreed` may say something else by the mere passing of time."""
    moments = {moment for each in given for moment in (each.signed_at, _end(each, rule))}
    return frozenset(moment for moment in moments if moment is not None)


def runs_out(given: Iterable[Agreement], rule: AgreementRule, now: datetime) -> datetime | None:
    """When a person who has signed has to sign again; None where nothing runs out, or nothing holds."""
    held = tuple(given)
    if agreed(held, rule, now) is not Agreed.SIGNED:
        return None
    return min((end for each in _newest(held, rule.signers, now) if (end := _end(each, rule))), default=None)


def _newest(given: Iterable[Agreement], signers: Collection[Signer], now: datetime) -> Collection[Agreement]:
    """A signature that is dated later says nothing yet."""
    counted = sorted((a for a in given if a.signer in signers and a.signed_at <= now), key=lambda a: a.signed_at)
    return {each.signer: each for each in counted}.values()


def _end(given: Agreement, rule: AgreementRule) -> datetime | None:
    if given.declined:
        return None
    yearly = given.signed_at + rule.lasts if rule.lasts is not None else None
    return min((end for end in (given.ends, yearly) if end is not None), default=None)
