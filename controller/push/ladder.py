"""What is done when a quarantine does not come out, step by step (enforcement.md §1): the next step is always harder.

Only for ports behind which the device still sits. Uplinks, phones, access points and our own way are never on it:
the brakes are asked again for every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import IntEnum
from types import MappingProxyType

from controller.brakes import held_by
from controller.model import Because, PlannedChange
from controller.push.outcome import Outcome
from controller.situation import Situation
from device_drivers.model import Bounce, Change, SetAccessVlan, SetShutdown


class Rung(IntEnum):
    FIRST = 0
    AGAIN = 1
    OTHER_SESSION = 2
    ALONE = 3
    """The port by itself: nothing else in the push that could be refused before it."""
    BOUNCE = 4
    SHUT = 5
    ALARM = 6
    """Nothing is left but a person. It is tried on, now and then."""


Rungs = Mapping[str, Rung]
"""Port -> the step to be taken with it at the next turn; ports that are in no row stand at FIRST."""
NOBODY: Rungs = MappingProxyType({})
_HARDER: Mapping[Rung, str] = MappingProxyType(
    {
        Rung.BOUNCE: "Quarantine did not come out: its link is taken down and up.",
        Rung.SHUT: "Quarantine did not come out by any other way: the port is switched off until a person looks.",
    }
)


def climb(rungs: Rungs, outcome: Outcome, quarantine_vlan: int) -> Rungs:
    """Where each port stands after this turn. What came out, or is no quarantine of somebody, is on no rung."""
    if outcome.plan is None:
        return rungs  # it was never spoken to: nothing was tried
    failed = (each for each in outcome.failed if is_urgent(each, outcome, quarantine_vlan))
    return {port: Rung(min(rungs.get(port, Rung.FIRST) + 1, Rung.ALARM)) for port in map(_port, failed)}


def is_urgent(planned: PlannedChange, outcome: Outcome, quarantine_vlan: int) -> bool:
    """The quarantine of a device that is there."""
    change, reading = planned.change, outcome.reading
    if not isinstance(change, SetAccessVlan) or change.becomes != quarantine_vlan:
        return False
    return reading is None or any(entry.port == change.port for entry in reading.observed.table)


def goes_on(rungs: Rungs) -> bool:
    """Whether a next step is to be taken at once."""
    return any(rung is not Rung.ALARM for rung in rungs.values())


def escalated(changes: Iterable[PlannedChange], rungs: Rungs, situation: Situation) -> tuple[PlannedChange, ...]:
    """What to send now: everything, or where a quarantine has failed often, it alone and what is harder."""
    changes = tuple(changes)
    alone = [each for each in changes if rungs.get(_port(each), Rung.FIRST) >= Rung.ALONE]
    if not alone:
        return changes
    return tuple(step for each in alone for step in (each, *_harder(each, rungs[_port(each)], situation)))


def _harder(planned: PlannedChange, rung: Rung, situation: Situation) -> Iterator[PlannedChange]:
    change = _change(planned, rung)
    if change is None:
        return
    because = Because(planned.because.rule, f"{planned.because.text} {_HARDER[rung]}", planned.because.clauses)
    step = PlannedChange(planned.device, change, because)
    # A lesson does not save a device that must not be there from losing its link.
    if held_by(step, replace(situation, in_lesson=False)) is None:
        yield step


def _change(planned: PlannedChange, rung: Rung) -> Change | None:
    match rung:
        case Rung.BOUNCE:
            return Bounce(_port(planned))
        case Rung.SHUT:
            return SetShutdown(_port(planned), was=False, becomes=True)
    return None


def _port(planned: PlannedChange) -> str:
    return planned.change.port if isinstance(planned.change, SetAccessVlan) else ""
