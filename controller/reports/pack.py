"""The pack for the authority: what was reported, when, of which name, and the hash of each word (F14, M6).

It is made of what is written down already. Nobody opens the site again for it: to look at what may be illegal can be
an offence itself, and the authority has its own means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.policy import Policy
from controller.reports.model import Case, Report


@dataclass(frozen=True, slots=True)
class Pack:
    text: str
    sha256: str


def pack_of(case: Case, reports: Sequence[Report], policy: Policy, by: str, now: datetime) -> Pack:
    zone, head = policy.school.zone, policy.responsible
    named = "".join(
        f"  {role}: {person.name}, {person.email}\n"
        for role, person in (("ICT lead", head.ict_lead), ("Head", head.head), ("Safeguarding", head.safeguarding_lead))
    )
    text = (
        "Report of a site that may be illegal\n"
        f"School: {policy.school.name}\n"
        f"Made: {now.astimezone(zone).isoformat(timespec='seconds')} by {by}\n"
        f"{named}"
        f"\nCase {case.id}: {_name(case)}\n"
        f"First reported: {case.opened_at.astimezone(zone).isoformat(timespec='seconds')}\n"
        f"Reported {case.voices} times, last {case.last_voice.astimezone(zone).isoformat(timespec='seconds')}\n"
        f"{_decided(case)}"
        "\nDo not open this address to check it. It was blocked by name; nobody at the school has to see it again.\n"
        f"\n{''.join(_voice(each, policy) for each in reports)}"
    )
    return Pack(text, hashlib.sha256(text.encode()).hexdigest())


def _name(case: Case) -> str:
    return "no name could be read out of the report" if case.key.startswith("text:") else case.key


def _decided(case: Case) -> str:
    if case.decided is None:
        return "Not decided yet.\n"
    return f"Decided: {case.decided.outcome} by {case.decided.by}: {case.decided.reason}\n"


def _voice(report: Report, policy: Policy) -> str:
    """What was said is told by its hash alone: the words may describe what nobody should read twice."""
    at = report.at.astimezone(policy.school.zone).isoformat(timespec="seconds")
    address = hashlib.sha256(report.evidence.encode()).hexdigest()
    said = hashlib.sha256(report.said.encode()).hexdigest()
    where = f", device {report.place.device or report.place.address}" if report.place.address else ""
    return (
        f"- {at} {report.id} {report.site or 'no name'}{where}\n  address sha256 {address}\n  words   sha256 {said}\n"
    )
