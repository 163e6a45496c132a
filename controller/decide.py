"""What one device may do at one moment, by the first rule that speaks, with every reason that won and lost."""

from __future__ import annotations

from datetime import datetime

from controller.edges import fit_by_itself, next_pass_end
from controller.facts import Facts, facts_between
from controller.model import Decision
from controller.rules_of_device import AT_REST, barred, held, kept_away, lapsed, thing, unassigned, unfit, unknown
from controller.rules_of_person import emergency, no_agreement, sanctioned
from controller.rules_of_time import BY_THE_HOUR
from controller.ruling import Case, Rule, Ruling, earliest
from controller.standing import Subject
from inventory.model import Admission, Mac

__all__ = ["PRECEDENCE", "Facts", "decide", "decided", "facts_between", "ruling_of", "stands_on_posture"]

# Order is meaning. What a person has said of a device stands above what the device shows of itself, and both stand
# above every lesson: no window opens a device that rests in quarantine.
PRECEDENCE: tuple[Rule, ...] = (
    emergency,  # one person's word closes everything for pupils
    # Here, in the filter, stands what is mandatory: no rule of this tuple reaches past it (F14).
    *AT_REST,  # barred, held, unknown, unfit, let in for a while that is over: quarantine (D1, D3, D4, W6)
    thing,  # nobody sits in front of it: lessons neither open nor close it
    unassigned,  # somebody does, and nobody has said who (W1)
    sanctioned,  # the internet was taken from this person or device (W5)
    no_agreement,  # the signed form is not there, or it was declined (W2, W3, W4)
    kept_away,  # out of use in the school day, lesson or not (T3)
    *BY_THE_HOUR,  # exam, pause, focus, a person's window, the timetable, no lesson at all (T1, T2)
)
# A sanction that leaves learning sites, and what the policy leaves without an agreement, narrow what the hour allows.
_WHATEVER_THE_HOUR = PRECEDENCE[: PRECEDENCE.index(sanctioned)]
_BY_THE_HOUR = PRECEDENCE[PRECEDENCE.index(sanctioned) :]
_ABOVE_TIME = frozenset({barred, held, unknown, lapsed})


def decide(facts: Facts, mac: Mac, now: datetime) -> Decision:
    """Pure. `facts.windows` must hold the lessons of the timetable as well (`facts_between`)."""
    return decided(facts, facts.subject(mac, now), now)


def decided(facts: Facts, subject: Subject, now: datetime) -> Decision:
    case = Case(facts, subject, now)
    spoken = [(rule, ruling) for rule in PRECEDENCE if (ruling := rule(case)) is not None]
    winner, won = spoken[0]
    until = won.until
    if winner is unfit:
        until = fit_by_itself(facts, subject, now)
    elif winner not in _ABOVE_TIME:
        until = earliest(until, next_pass_end(facts, subject, now))
    until = earliest(until, subject.signed_in_until)
    return Decision(
        mac=subject.mac,
        profile=won.profile,
        segment=won.segment,
        internet=won.internet,
        because=won.because,
        lost=tuple(ruling.because for _, ruling in spoken[1:]),
        until=until,
        allowed_if=won.allowed_if,
        group=subject.group,
    )


def ruling_of(facts: Facts, subject: Subject, now: datetime) -> Ruling:
    """The ruling that wins. Some rule always speaks: `unknown` of no device, `unassigned` of one that is nobody's."""
    case = Case(facts, subject, now)
    return whatever_the_hour(case) or by_the_hour(case)


def whatever_the_hour(case: Case) -> Ruling | None:
    """What wins above everything that windows and lessons have a say in: no bell changes it (`edges_above_hours`)."""
    return next((ruling for rule in _WHATEVER_THE_HOUR if (ruling := rule(case)) is not None), None)


def by_the_hour(case: Case) -> Ruling:
    """The ruling that wins where `whatever_the_hour` has none."""
    return next(ruling for rule in _BY_THE_HOUR if (ruling := rule(case)) is not None)


def stands_on_posture(subject: Subject) -> bool:
    """Whether nothing above posture speaks of this device, at any hour: those rules look at what persons said of it."""
    hold = subject.device.hold if subject.device else None
    return subject.admission is Admission.REGISTERED and hold is None
