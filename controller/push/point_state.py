"""How a device of the network is, as others see it, and how long it is left alone when something went wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from controller.model import Brake, EnforcementPoint, IntendedPort, IntendedState, PointState
from controller.push.ladder import Rung, Rungs
from controller.push.outcome import Outcome
from controller.same import of_the_same
from device_drivers.model import Capability, DeviceError, Driver, HostKeyChanged, LoginRefused, Unreachable
from inventory.model import Mode, PortRef, Purpose, Switch, SwitchName

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds between two tries to reach a device that does not answer."""
LOOK_AGAIN = 300.0
"""Seconds before a device that refused, or could not be read, is looked at again."""

WELL = frozenset({PointState.IN_FORCE, PointState.OBSERVED_ONLY})
AILING = frozenset({PointState.UNREACHABLE, PointState.SET_ASIDE})

FOLLOWS = frozenset({Brake.BLAST_RADIUS, Brake.ROOM, Brake.PUPILS})
"""Brakes that let go by themselves: what they hold is still to come, not settled."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a point is. Replaced as a whole, so that a reader never sees half of a change."""

    state: PointState = PointState.NEVER
    since: datetime | None = None
    detail: str = ""
    last_verified: datetime | None = None
    epoch: int | None = None
    outcome: Outcome | None = None
    applied: int = 0
    bugs: int = 0


def shown(switch: Switch, driver: Driver, progress: Progress, now: datetime) -> EnforcementPoint:
    return EnforcementPoint(
        name=switch.name,
        purpose=switch.purpose.value,
        state=progress.state,
        since=progress.since or now,
        detail=progress.detail,
        can_lease=Capability.LEASE in driver.can,
        last_verified=progress.last_verified,
        epoch=progress.epoch,
        held_back=progress.outcome.held_back if progress.outcome else (),
        applied=progress.applied,
        drift=progress.outcome.drift if progress.outcome else (),
        bugs=progress.bugs,
    )


def part_of(intent: IntendedState, switch: Switch) -> object:
    """The part of an intent that one device has to carry out; compared, never looked into."""
    if switch.purpose is Purpose.GATEWAY:
        return dict(intent.grants), dict(intent.access_lists)
    if switch.purpose is Purpose.ACCESS:
        return _by_switch(intent.ports).get(switch.name, {}), intent.resting.vlan
    return dict(intent.ssids), intent.denied


@of_the_same
def _by_switch(ports: Mapping[PortRef, IntendedPort]) -> Mapping[SwitchName, Mapping[PortRef, int]]:
    """Sorted once for all switches: a hundred of them ask after each turn."""
    found: dict[SwitchName, dict[PortRef, int]] = defaultdict(dict)
    for ref, port in ports.items():
        found[ref.switch][ref] = port.vlan
    return dict(found)


def state_of(outcome: Outcome, switch: Switch, rungs: Rungs) -> tuple[PointState, str]:
    """Of a turn without an error."""
    if outcome.failed:
        return PointState.PENDING, _failed(outcome, rungs)
    held = [each for each in outcome.held_back if each.brake is not Brake.UPLINK]
    if switch.mode is not Mode.ENFORCE:
        return PointState.OBSERVED_ONLY, f"mode {switch.mode.value}; {len(held)} changes would be made"
    if any(each.brake in FOLLOWS for each in held):
        return PointState.PENDING, f"{len(held)} changes follow within a minute"
    dark = f"ALARM: {', '.join(sorted(outcome.dark))} went dark after a push" if outcome.dark else ""
    told = [dark, f"{len(held)} changes held back" if held else "", _drift(outcome)]
    return PointState.IN_FORCE, "; ".join(filter(None, told))


def state_of_error(error: DeviceError) -> tuple[PointState, str]:
    if isinstance(error, Unreachable):
        return PointState.UNREACHABLE, str(error)
    return PointState.SET_ASIDE, f"{type(error).__name__}: {error}"


def pause_after(error: DeviceError, last: float) -> float:
    """Seconds until the next try: longer each time where nobody answers, long where asking again helps nobody."""
    if isinstance(error, Unreachable):
        return min(last * 2, LONGEST_PAUSE)
    return LONGEST_PAUSE if isinstance(error, HostKeyChanged | LoginRefused) else LOOK_AGAIN


def _failed(outcome: Outcome, rungs: Rungs) -> str:
    stuck = sorted(port for port, rung in rungs.items() if rung is Rung.ALARM)
    if stuck:
        return f"ALARM: {', '.join(stuck)} could not be put into quarantine by any way: go there"
    return f"{len(outcome.failed)} changes did not come out; tried again"


def _drift(outcome: Outcome) -> str:
    return f"{len(outcome.drift)} changed by hand" if outcome.drift else ""
