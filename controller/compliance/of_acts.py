"""Acts of the audit as proofs: what was done, by whom, in fixed words. What could name a child is left out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from controller.compliance.model import Proof, Source
from controller.compliance.of_cases import in_force_steps
from controller.model import AuditRow

READ_BACK = "verified"
"""How the outcome of a push begins that was read back as meant."""
WORDS = MappingProxyType(
    {
        "agreement.decline": "An agreement was declined; access ended",
        "agreement.sign": "A signed agreement was written down",
        "case.undo": "A decision about a reported site was taken back, with a reason",
        "device.approve": "A device from home was approved, with an end",
        "device.bar": "A device was barred",
        "device.quarantine": "A device was put into quarantine",
        "device.register": "A device was registered",
        "device.release": "A device was released from quarantine",
        "emergency.declare": "Everything was closed for pupils in an emergency",
        "emergency.end": "An emergency was ended",
        "evidence.export": "Held evidence was exported",
        "evidence.hold": "Evidence was put on hold and sealed",
        "filter.check": "The filter was checked",
        "history.ask": "Somebody looked up who had an address then",
        "policy.drop": "A staged policy was dropped",
        "policy.load": "A policy was taken into force",
        "policy.promote": "A staged policy was taken into force for all",
        "policy.restore": "An earlier policy was taken into force again",
        "policy.stage": "A policy was tried on test devices",
        "push.end": "A change was pushed to the network and read back",
        "query-log.erase": "Somebody's rows were erased from the query log",
        "query-log.export": "Rows of the query log were exported for a purpose",
        "query-log.search": "The query log was looked into for a purpose",
        "receipt.report": "A school machine told of its own protection",
        "receipt.take": "A scan receipt was taken",
        "report.forget": "Who reported was forgotten",
        "sanction.appeal": "An appeal was written down",
        "sanction.approve": "A sanction was approved",
        "sanction.back": "Access came back after a sanction, and was seen to",
        "sanction.end": "A sanction ended",
        "sanction.impose": "A sanction was imposed",
        "sign-in.put": "Somebody signed in at a device",
        "site-rule.end": "A rule of the school's own ended",
        "site-rule.make": "A rule of the school's own was made",
        "site-rule.review": "A rule of the school's own was reviewed",
        "window.end": "A lesson was ended",
        "window.open": "A lesson was opened by a member of staff",
        "window.open-series": "A series of lessons was opened by a member of staff",
    }
)

_BY_MACHINES = frozenset({"receipt.report", "sign-in.put"})
"""Their actor is a device of somebody's."""


def of_act(row: AuditRow) -> Proof:
    text, good = WORDS[row.action], True
    if row.action == "push.end":
        outcome = str(row.detail.get("outcome", ""))
        text, good = f"{text}: {outcome}", outcome.startswith(READ_BACK)
    who = "" if row.action in _BY_MACHINES else f" (by {row.actor})"
    return Proof(row.at, Source.ACT, f"audit row {row.number}", f"{text}{who}", good)


def of_lesson(row: AuditRow) -> Proof:
    """Row `window.in-force`: every worker has it, with its end."""
    steps = tuple(in_force_steps(row))
    at = max((step.at for step in steps), default=row.at)
    text = "A lesson was in force at every filter worker, with its end"
    return Proof(at, Source.LESSON, f"lesson {row.subject}", text, steps=steps)


def of_scans(rows: Iterable[AuditRow]) -> Iterator[Proof]:
    """Rows `receipt.take`. That something infected was kept out shows the clause, too."""
    for row in rows:
        verdict = "let in" if row.detail.get("let_in") else "not let in"
        text = f"Scanned at the desk: {row.detail.get('verdict', '')}, {verdict}"
        yield Proof(row.at, Source.SCAN, f"receipt {row.detail.get('receipt', '')}", text)
