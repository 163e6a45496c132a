"""After a move its device still has the address of the VLAN it was in: the link goes down and up, so that it asks anew.

Only once the move was read back, only where somebody sits, never where power or a call would be cut off
(enforcement.md §1). The brakes are asked again, before the move and after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from controller.brakes import held_by
from controller.diff import Reading
from controller.model import Because, PlannedChange
from controller.push.carry_out import carry_out, guarded
from controller.push.outcome import Line, Outcome
from controller.situation import Situation, port_of
from device_drivers.model import (
    Bounce,
    Capability,
    DeviceError,
    DriverBug,
    Refused,
    SetAccessVlan,
    SetShutdown,
    Unreachable,
)
from device_drivers.power import fed_ports
from inventory.model import SwitchName

_WHY = Because("brakes.bounce", "It was moved to another VLAN and needs an address there.")
_UP_AGAIN = Because("brakes.bounce", "A push that was cut off left its link down.")
Back = tuple[PlannedChange, ...]
_WHEN: Mapping[str, tuple[bool, ...]] = MappingProxyType(
    {"always": (True, False), "quarantine": (True,), "admission": (False,), "never": ()}
)
"""Policy word -> is it asked for moves into quarantine (True), for those out of it (False)?"""


def renewed(outcome: Outcome, situation: Situation, line: Line) -> Outcome:
    """The same turn with the links of moved ports taken down and up. What it came to so far stays true whatever
    becomes of these: a quarantine is verified without them.
    """
    wanted = renewals(outcome, situation) if Capability.BOUNCE in line.driver.can else ()
    if not wanted:
        return outcome
    try:
        fed = _fed(line)
    except Unreachable as error:
        return replace(outcome, error=error)
    free = tuple(each for each in wanted if fed is not None and port_of(each.change) not in fed)
    if not free:
        return outcome
    after = carry_out(replace(outcome, applied=(), failed=(), undone=(), error=None), free, line)
    return replace(
        after,
        applied=(*outcome.applied, *after.applied),
        failed=(*outcome.failed, *after.failed),
        undone=(*outcome.undone, *after.undone),
        error=outcome.error or after.error,
        moments=outcome.moments,
    )


def left_down(device: SwitchName, interrupted: Sequence[str], first: Reading, situation: Situation, line: Line) -> Back:
    """Links that a push took down, which was cut off before it could take them up again: by the lines that were written
    down, and by what the device says now. Nobody else's are touched."""
    if not interrupted or not {Capability.BOUNCE, Capability.SHUT} <= line.driver.can:
        return ()
    told = tuple(interrupted)
    down = (port.name for port in first.observed.ports if port.shut)
    ours = (name for name in down if _hold(told, _bounce_lines(line, name, first.at)))
    found = (PlannedChange(device, SetShutdown(name, was=True, becomes=False), _UP_AGAIN) for name in ours)
    calm = replace(situation, in_lesson=False)
    return tuple(each for each in found if held_by(each, calm) is None)


def _bounce_lines(line: Line, port: str, now: datetime) -> tuple[str, ...]:
    try:
        return guarded(lambda: line.driver.render((Bounce(port),), now))
    except (Refused, DriverBug):
        return ()  # a name that was never told anything


def _hold(told: tuple[str, ...], lines: tuple[str, ...]) -> bool:
    """Do these lines stand among those that were told, one after the other?"""
    return bool(lines) and any(told[at : at + len(lines)] == lines for at in range(len(told)))


def renewals(outcome: Outcome, situation: Situation) -> tuple[PlannedChange, ...]:
    """The links to be taken down and up after this push; those that something fed hangs on are still among them."""
    if isinstance(outcome.error, Unreachable) or outcome.first is None or outcome.reading is None:
        return ()
    done = {each.change.port for each in outcome.applied if isinstance(each.change, Bounce | SetShutdown)}
    occupied = {entry.port for entry in outcome.first.observed.table}
    name = SwitchName(outcome.device)
    # As before the move and as after it: what is behind a port may have shown itself meanwhile.
    views = [
        replace(situation, readings={**situation.readings, name: reading}, in_lesson=False)
        for reading in (outcome.first, outcome.reading)
    ]
    return tuple(
        bounce
        for port in _moved(outcome.applied, situation)
        if port in occupied - done
        for bounce in [PlannedChange(name, Bounce(port), _WHY)]
        if not any(held_by(bounce, view) for view in views)
    )


def _moved(applied: Iterable[PlannedChange], situation: Situation) -> Iterator[str]:
    """The ports of those moves for which the policy wants it."""
    asked = _WHEN[situation.brakes.bounce]
    for each in applied:
        if isinstance(each.change, SetAccessVlan) and (each.change.becomes == situation.quarantine_vlan) in asked:
            yield each.change.port


def _fed(line: Line) -> frozenset[str] | None:
    """Ports that feed something with power; None where the device's own words about it cannot be read. Nothing where
    the platform tells nothing of it: there its neighbours alone say what hangs on a port. Raises Unreachable.
    """
    command = line.driver.power
    if not command:
        return frozenset()
    try:
        text = line.session.read((command,))[command]
        return guarded(lambda: fed_ports(line.driver, text))
    except Unreachable:
        raise
    except DeviceError:
        return None
