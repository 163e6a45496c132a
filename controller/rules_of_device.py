"""The rules that look at the device itself: who let it in, what state it is in, what kind it is."""

from __future__ import annotations

from datetime import datetime

from controller import profiles
from controller.model import Because
from controller.ruling import Case, Rule, Ruling, place, profile, shut
from controller.standing import Subject
from controller.timetable import in_break, in_school_day, school_day_began
from inventory.model import Admission, Posture
from inventory.posture import FIT, posture

_UNFIT = {
    Posture.NONCOMPLIANT: "Its last scan was not clean, or its protection is out of date.",
    Posture.UNSCANNED: "It has not been scanned, or not lately enough.",
    Posture.UNKNOWN: "Nothing is known of its protection.",
}


def barred(case: Case) -> Ruling | None:
    """Lost, stolen, retired or a security risk: denied access to the network (W6)."""
    if case.subject.admission is not Admission.BARRED:
        return None
    because = Because("inventory.admission[barred]", "This device is barred from the network.", ("W6",))
    return shut(case, profiles.BARRED, because, "the ICT lead admits it again")


def held(case: Case) -> Ruling | None:
    """A person put it in quarantine, and only a person takes it out."""
    hold = case.subject.device.hold if case.subject.device else None
    if hold is None:
        return None
    because = Because("inventory.hold", f"{hold.by} put it in quarantine: {hold.reason}", ("W5", "W6"))
    return shut(case, profiles.QUARANTINE, because, "a person releases it from quarantine")


def unknown(case: Case) -> Ruling | None:
    if case.subject.admission is not Admission.UNKNOWN:
        return None
    because = Because("unknown: quarantine", "Nobody has registered this device.", ("D1", "D3"))
    return shut(case, profiles.UNKNOWN, because, "a technician registers it")


def unfit(case: Case) -> Ruling | None:
    """No device without up-to-date protection, where its kind asks for it (D1, D4)."""
    subject = case.subject
    if subject.device is None or subject.posture_rule is None:
        return None
    receipt = case.facts.inventory.receipts.get(subject.mac)
    found = posture(subject.device, receipt, subject.posture_rule, case.now)
    if found in FIT:
        return None
    began = _spared_since(case)
    if began and posture(subject.device, receipt, subject.posture_rule, began) in FIT:
        return None
    because = Because(f"devices.{subject.device.kind}.posture", _UNFIT[found], _clauses(subject, "D1", "D4"))
    return shut(case, profiles.QUARANTINE, because, "it is scanned clean, with signatures of these days")


def lapsed(case: Case) -> Ruling | None:
    """Let in for a while only (a visitor's, one from home: D3), and the while is over."""
    approval = case.subject.device.approval if case.subject.device else None
    if approval is None or case.now < approval.until:
        return None
    began = _spared_since(case)
    if began and began < approval.until:
        return None
    because = Because("inventory.approval", f"{approval.by} let it in for a while, and that is over.", ("D3",))
    return shut(case, profiles.QUARANTINE, because, "the ICT lead or a technician approves it again")


def thing(case: Case) -> Ruling | None:
    """Printers and boards are nobody's: they stay as they are, whatever lessons do."""
    subject = case.subject
    if not subject.thing or subject.kind is None or subject.device is None or subject.home is None:
        return None
    because = Because(f"devices.{subject.device.kind}", "A thing, nobody's: open at every hour.", _clauses(subject))
    level = subject.kind.level
    shown = case.facts.profiles.name(level, case.now) if level else profiles.THINGS
    return Ruling(shown, subject.home, internet=True, because=because)


def unassigned(case: Case) -> Ruling | None:
    """Registered, but for nobody the policy knows: the strictest, and what to fill in (W1)."""
    device, kind = case.subject.device, case.subject.kind
    if device is None or place(case) is not None:
        return None
    if kind is None:
        text = f"Its kind {device.kind!r} is none of those in the policy's `devices:`."
        because, remedy = Because("devices", text, ("W1",)), "a technician gives it a kind of the policy"
    else:
        text = "It has no person, year group or role that the policy knows."
        because, remedy = (
            Because("inventory.group", text, ("W1",)),
            "a technician fills in its person, year group or role",
        )
    return shut(case, profiles.UNASSIGNED, because, remedy)


def kept_away(case: Case) -> Ruling | None:
    """Devices that are out of use in the school day: phones, but for staff in breaks where the policy says so (T3)."""
    subject, policy = case.subject, case.facts.policy
    where = place(case)
    if where is None or subject.kind is None or subject.kind.never is None or not in_school_day(policy, case.now):
        return None
    if _may_in_breaks(subject) and in_break(policy, case.now):
        return None
    kind = subject.device.kind if subject.device else ""
    text = "Devices of this kind are out of use in the school day."
    because = Because(f"devices.{kind}.never", text, _clauses(subject, "T3"))
    shown = profile(case, where[0].level, closed=True)
    return Ruling(shown, where[1], internet=False, because=because, allowed_if="the bell rings")


def _spared_since(case: Case) -> datetime | None:
    """No board, printer or door lock goes dark in lesson time because something ran out: what was fit when the school
    day began stays until the bell. What a person says of it, or a scan that finds something, counts at once.
    """
    subject = case.subject
    return school_day_began(case.facts.policy, case.now) if subject.thing and subject.home is not None else None


def _may_in_breaks(subject: Subject) -> bool:
    side = "pupils" if subject.pupils else "staff"
    whose = subject.kind.whose if subject.kind else ()
    return any(who in (side, subject.group) and when == "breaks" for each in whose for who, when in each.items())


def _clauses(subject: Subject, *usual: str) -> tuple[str, ...]:
    return (subject.kind.clauses if subject.kind else ()) or usual


AT_REST: tuple[Rule, ...] = (barred, held, unknown, unfit, lapsed)
"""In this order: what keeps a device in quarantine."""
