"""One device of the network: its warm session, its turns, and how it is. A thread of its own. ●"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog

from controller.accounts import SYSTEM
from controller.clock import Clock
from controller.model import Brake, EnforcementPoint, IntendedState, Plan, PointState
from controller.reconcile import Journal, Outcome, reconcile, save
from controller.situation import Situation
from controller.store import Store, StoreError
from device_drivers.model import Capability, DeviceError, Driver, HostKeyChanged, LoginRefused, Session, Unreachable
from inventory.model import Mode, PortRef, Purpose, Sighting, Switch

log = structlog.get_logger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds between two tries to reach a device that does not answer."""
LOOK_AGAIN = 300.0
"""Seconds before a device that refused, or could not be read, is looked at again."""
SAVE_AFTER = 0.2
"""Seconds from a change that is in force to keeping it over a reboot of the device."""


WELL = frozenset({PointState.IN_FORCE, PointState.OBSERVED_ONLY})

FOLLOWS = frozenset({Brake.BLAST_RADIUS, Brake.ROOM})
"""Brakes that let go by themselves: what they hold is still to come, not settled."""


class Surroundings(Protocol):
    """What a point needs of the rest of the house."""

    store: Store
    clock: Clock
    poll: float

    def connect(self, switch: Switch, driver: Driver) -> Session: ...

    def intend(self, seen: tuple[Sighting, ...]) -> IntendedState: ...

    def situation(self) -> Situation: ...

    def claim(self, plan: Plan, situation: Situation) -> Plan: ...


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


class NetworkPoint:
    """Started and stopped by `Network`. `wake` lets it look at once; else it looks every `poll` seconds."""

    def __init__(
        self, switch: Switch, driver: Driver, around: Surroundings, before: NetworkPoint | None = None
    ) -> None:
        """`before` drove this device until now: two at once would undo each other's work."""
        self.switch, self.driver = switch, driver
        self._around, self._before = around, before
        self._session: Session | None = None
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"point {switch.name}", daemon=True)
        self._telling = threading.Lock()
        self._pause = SHORTEST_PAUSE
        self._unsaved, self._not_saved = False, ""
        self._forced = False
        self._part: object = None
        self._epoch: int | None = None
        self.progress = Progress()
        self.looked = threading.Event()
        """Set after the first turn, however it went."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._woken.set()

    def join(self, seconds: float | None) -> None:
        self._thread.join(seconds)

    def wake(self) -> None:
        self._woken.set()

    def force(self) -> None:
        """A person has seen the plan and said yes to what only waits for a word: for the next turn."""
        self._forced = True
        self.wake()

    def hear(self, intent: IntendedState) -> None:
        """A new intent. Only a part that concerns this device wakes it; else it is in force here already."""
        part = part_of(intent, self.switch)
        if part != self._part:
            self._part = part
            self.wake()
            return
        with self._telling:
            if self.progress.state is PointState.IN_FORCE:
                self.progress = replace(self.progress, epoch=intent.table.epoch)

    def shown(self) -> EnforcementPoint:
        now, p = self._around.clock.now(), self.progress
        return EnforcementPoint(
            name=self.switch.name,
            purpose=self.switch.purpose.value,
            state=p.state,
            since=p.since or now,
            detail=p.detail,
            can_lease=Capability.LEASE in self.driver.can,
            last_verified=p.last_verified,
            epoch=p.epoch,
            held_back=p.outcome.held_back if p.outcome else (),
            applied=p.applied,
        )

    def _run(self) -> None:
        if self._before is not None:
            self._before.join(None)
            self._before = None
        while not self._stopped.is_set():
            self._turn()
            self.looked.set()
            self._around.clock.wait(self._woken, self._rest())
            self._woken.clear()
        self._hang_up()

    def _turn(self) -> None:
        now = self._around.clock.now()
        try:
            outcome = self._reconcile()
        except DeviceError as error:
            outcome = Outcome(self.switch.name, error=error)
        except (StoreError, OSError) as error:
            # Nothing may be pushed that cannot be written down first, and no intent acted on that was not published.
            self._show(PointState.PENDING, str(error), now)
            return
        self._take(outcome, now)

    def _reconcile(self) -> Outcome:
        if self._session is None:
            self._session = self._around.connect(self.switch, self.driver)
        forced, self._forced = self._forced, False
        situation = replace(self._around.situation(), forced=forced)
        around, journal = self._around, self._journal()
        return reconcile(
            self.switch, self.driver, self._session, self._intend, situation, around.clock.now, journal, around.claim
        )

    def _intend(self, seen: tuple[Sighting, ...]) -> IntendedState:
        intent = self._around.intend(seen)
        self._part = part_of(intent, self.switch)
        self._epoch = intent.table.epoch
        return intent

    def _journal(self) -> Journal:
        store, name, clock = self._around.store, self.switch.name, self._around.clock

        def begin(lines: Sequence[str]) -> int:
            return store.begin_push(name, lines, SYSTEM, clock.now())

        def end(number: int, outcome: str) -> None:
            store.end_push(number, outcome, clock.now())

        return Journal(begin, end)

    def _take(self, outcome: Outcome, now: datetime) -> None:
        self._unsaved = self._unsaved or bool(outcome.applied)
        if outcome.error is not None:
            self._hang_up()
            self._fall_back(outcome, outcome.error, now)
            return
        self._pause = min(self._pause * 2, LOOK_AGAIN) if outcome.failed else SHORTEST_PAUSE
        if self._unsaved and not outcome.applied:
            self._save()
        state, detail = _state_of(outcome, self.switch)
        self._show(state, "; ".join(filter(None, (detail, self._not_saved))), now, outcome)

    def _fall_back(self, outcome: Outcome, error: DeviceError, now: datetime) -> None:
        if isinstance(error, Unreachable):
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._show(PointState.UNREACHABLE, str(error), now, outcome)
        else:
            self._pause = LONGEST_PAUSE if isinstance(error, HostKeyChanged | LoginRefused) else LOOK_AGAIN
            self._show(PointState.SET_ASIDE, f"{type(error).__name__}: {error}", now, outcome)

    def _show(self, state: PointState, detail: str, now: datetime, outcome: Outcome | None = None) -> None:
        with self._telling:
            was = self.progress
            verified = outcome is not None and outcome.verified
            self.progress = Progress(
                state=state,
                since=was.since if state is was.state else now,
                detail=detail,
                last_verified=now if verified else was.last_verified,
                epoch=self._epoch if verified else was.epoch,
                outcome=outcome,
                applied=was.applied + (len(outcome.applied) if outcome else 0),
            )
        if (state, detail) != (was.state, was.detail):
            say = log.info if state in WELL else log.warning
            say("device", device=self.switch.name, state=state.value, detail=detail)

    def _save(self) -> None:
        """In a turn of its own with nothing to change: what is in force need not wait for it."""
        assert self._session is not None
        try:
            save(self.driver, self._session)
            self._unsaved, self._not_saved = False, ""
        except DeviceError as error:
            self._hang_up()
            self._not_saved = f"in force but not saved: {error}"

    def _rest(self) -> float:
        if self.progress.state in (PointState.UNREACHABLE, PointState.SET_ASIDE):
            return self._pause
        if self.progress.outcome is not None and self.progress.outcome.failed:
            # What did not come out would not the next moment either.
            return max(self._pause, self._around.poll)
        return SAVE_AFTER if self._unsaved and not self._not_saved else self._around.poll

    def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def part_of(intent: IntendedState, switch: Switch) -> object:
    """The part of an intent that one device has to carry out; compared, never looked into."""
    if switch.purpose is Purpose.GATEWAY:
        return dict(intent.grants), dict(intent.access_lists)
    if switch.purpose is Purpose.ACCESS:
        ports: Mapping[PortRef, int] = {
            ref: port.vlan for ref, port in intent.ports.items() if ref.switch == switch.name
        }
        return ports, intent.resting.vlan
    return None


def _state_of(outcome: Outcome, switch: Switch) -> tuple[PointState, str]:
    if outcome.failed:
        return PointState.PENDING, f"{len(outcome.failed)} changes did not come out; tried again"
    held = [each for each in outcome.held_back if each.brake is not Brake.UPLINK]
    if switch.mode is not Mode.ENFORCE:
        return PointState.OBSERVED_ONLY, f"mode {switch.mode.value}; {len(held)} changes would be made"
    if any(each.brake in FOLLOWS for each in held):
        return PointState.PENDING, f"{len(held)} changes follow within a minute"
    return PointState.IN_FORCE, f"{len(held)} changes held back" if held else ""
