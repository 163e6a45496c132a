"""One device of the network: its warm sessions, its turns, and how it is. A thread of its own. ●"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

import structlog

from controller.accounts import SYSTEM
from controller.model import EnforcementPoint, IntendedState, PointState
from controller.push.drift import Known, key, known_after
from controller.push.ladder import NOBODY, Rung, Rungs, climb, goes_on
from controller.push.outcome import Line, Outcome
from controller.push.point_state import (
    AILING,
    LOOK_AGAIN,
    SHORTEST_PAUSE,
    WELL,
    Progress,
    part_of,
    pause_after,
    shown,
    state_of,
    state_of_error,
)
from controller.push.sessions import Sessions
from controller.push.surroundings import PushJournal, Surroundings, Undo
from controller.reconcile import Before, reconcile, save, take_back
from controller.store import StoreError
from device_drivers.model import Bounce, DeviceError, Driver, DriverBug, SetShutdown, Unreachable
from inventory.model import Mode, Port, PortRef, Sighting, Switch

log = structlog.get_logger(__name__)

SAVE_AFTER = 0.2
"""Seconds from a change that is in force to keeping it over a reboot of the device."""
REMEMBERED = 50
"""Pushes that are looked through for what was last verified, when a device is met for the first time."""


class NetworkPoint:
    """Started and stopped by `Network`. `wake` lets it look at once; else it looks every `poll` seconds."""

    def __init__(
        self, switch: Switch, driver: Driver, around: Surroundings, before: NetworkPoint | None = None
    ) -> None:
        """`before` drove this device until now: two at once would undo each other's work."""
        self.switch, self.driver = switch, driver
        self._around, self._before = around, before
        self._sessions = Sessions(lambda: around.connect(switch, driver))
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"point {switch.name}", daemon=True)
        self._telling = threading.Lock()
        self._pause = SHORTEST_PAUSE
        self._unsaved, self._not_saved = False, ""
        self._forced = False
        self._undo: Undo | None = None
        self._part: object = None
        self._epoch: int | None = None
        self._asked: datetime | None = None
        self._known: Known | None = None
        self._rungs: Rungs = NOBODY
        self._last_push: Outcome | None = None
        self._dark: frozenset[str] = frozenset()
        self._quarantine_vlan = 0
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

    def undo(self, ask: Undo) -> None:
        self._undo = ask
        self.wake()

    def hear(self, intent: IntendedState) -> None:
        """A new intent. Only a part that concerns this device wakes it; else it is in force here already."""
        part = part_of(intent, self.switch)
        if part != self._part:
            self._part, self._asked = part, intent.at
            self.wake()
            return
        with self._telling:
            if self.progress.state is PointState.IN_FORCE:
                self.progress = replace(self.progress, epoch=intent.table.epoch)

    def shown(self) -> EnforcementPoint:
        return shown(self.switch, self.driver, self.progress, self._around.clock.now())

    def _run(self) -> None:
        if self._before is not None:
            self._before.join(None)
            self._before = None
        while not self._stopped.is_set():
            with self._around.turn(ailing=self.progress.state in AILING):
                self._turn()
            self.looked.set()
            self._around.clock.wait(self._woken, self._rest())
            self._woken.clear()
        self._sessions.drop_all()

    def _turn(self) -> None:
        now = self._around.clock.now()
        try:
            outcome = self._reconcile(self._around.fence())
            self._learn(outcome, now)
        except DeviceError as error:
            outcome = Outcome(self.switch.name, error=error)
        except (StoreError, OSError) as error:
            # Nothing may be pushed that cannot be written down first, and no intent acted on that was not published.
            # A session may have been left in the middle of its lines, and another controller may act meanwhile.
            self._sessions.drop_all()
            self._known = None
            self._show(PointState.PENDING, str(error), now)
            return
        self._take(outcome, now)

    def _reconcile(self, fence: int) -> Outcome:
        if self._undo is not None:
            return self._take_back(self._undo, fence)
        line = self._line(PushJournal(self._around, self.switch.name, fence, self._begun))
        forced, self._forced = self._forced, False
        asked, self._asked = self._asked, None
        situation = replace(self._around.situation(), forced=forced)
        self._quarantine_vlan = situation.quarantine_vlan
        before = self._before_now(asked)
        return reconcile(self.switch, line, self._intend, situation, self._around.claim, before)

    def _before_now(self, asked: datetime | None) -> Before:
        push = self._last_push
        interrupted = self._interrupted()
        if push is None:
            return Before(self._what_is_known(), self._rungs, asked, interrupted=interrupted)
        cut = frozenset(each.change.port for each in push.applied if isinstance(each.change, Bounce | SetShutdown))
        return Before(self._what_is_known(), self._rungs, asked, push.first, cut, self._dark, interrupted)

    def _interrupted(self) -> tuple[str, ...]:
        """Asked of the store where this device is met for the first time, and after a turn that went wrong."""
        last = self.progress.outcome
        if self._known is not None and (last is None or last.error is None):
            return ()
        newest = self._around.store.pushes(self.switch.name, 1)
        if newest and newest[0].ended_at is None:
            # Our own database failed in the middle of it; nobody else would ever end it.
            self._around.store.end_push(newest[0].id, "cut off; the device is read back", self._around.clock.now())
        return newest[0].lines if newest and not newest[0].verified else ()

    def _begun(self) -> None:
        # However it ends: what may be in force is kept over a reboot once the device is well.
        self._unsaved = True

    def _line(self, journal: PushJournal) -> Line:
        def knock() -> None:
            self._around.connect(self.switch, self.driver).close()

        return Line(self.driver, self._sessions.take(), self._around.clock.now, journal, knock)

    def _take_back(self, ask: Undo, fence: int) -> Outcome:
        line = self._line(PushJournal(self._around, self.switch.name, fence, self._begun, ask.actor, ask.push.id))
        outcome = take_back(self.switch, line, ask.push.moves, self._around.situation(), ask.reason)
        if outcome.error is None:
            self._undo = None
            self._only_look_at({port for port, _, _ in ask.push.moves}, ask)
            self.wake()
        return outcome

    def _only_look_at(self, names: set[str], ask: Undo) -> None:
        """Else the next turn would do again what was just taken back."""
        store, known = self._around.store, self._around.store.inventory().ports
        refs = [PortRef(self.switch.name, name) for name in sorted(names)]
        ports = [replace(known.get(ref) or Port(ref), mode=Mode.OBSERVE) for ref in refs]
        store.put_ports(ports, ask.actor, self._around.clock.now(), "port.observe", ask.reason)

    def _what_is_known(self) -> Known:
        """From the pushes that are written down where this device is met for the first time."""
        if self._known is None:
            moves = dict[str, int]()
            pushes = self._around.store.pushes(self.switch.name, REMEMBERED)
            for push in reversed(pushes):
                moves |= {port: becomes for port, _, becomes in push.moves if push.verified}
            self._known = Known(moves=moves)
            self._unsaved = self._unsaved or any(push.unsaved for push in pushes[:1])
        return self._known

    def _intend(self, seen: tuple[Sighting, ...]) -> IntendedState:
        intent = self._around.intend(seen)
        self._part = part_of(intent, self.switch)
        self._epoch = intent.table.epoch
        if self._asked is not None and self._asked <= intent.at:
            self._asked = None  # it is what this turn is about
        return intent

    def _learn(self, outcome: Outcome, now: datetime) -> None:
        """What is known of the device from now on; a drift is written down when it is found."""
        self._rungs = climb(self._rungs, outcome, self._quarantine_vlan)
        if outcome.reading is None:
            return
        self._dark = outcome.dark
        if outcome.applied or outcome.failed:
            self._last_push = outcome
        before = self._what_is_known()
        self._known = known_after(outcome.reading, outcome.drift, outcome.applied)
        for each in outcome.drift:
            if key(each.change) not in before.reported:
                detail = {"change": repr(each.change), "rule": each.because.rule}
                self._around.store.record(SYSTEM, "drift.found", self.switch.name, detail, now)

    def _take(self, outcome: Outcome, now: datetime) -> None:
        if outcome.error is not None:
            self._sessions.drop()
            self._fall_back(outcome, outcome.error, now)
            return
        if Rung.OTHER_SESSION in self._rungs.values():
            self._sessions.drop()
        self._pause = min(self._pause * 2, LOOK_AGAIN) if outcome.failed else SHORTEST_PAUSE
        if not outcome.applied and not outcome.failed:
            self._in_quiet()
        state, detail = state_of(outcome, self.switch, self._rungs)
        self._show(state, "; ".join(filter(None, (detail, self._not_saved))), now, outcome)

    def _fall_back(self, outcome: Outcome, error: DeviceError, now: datetime) -> None:
        if isinstance(error, DriverBug):
            log.error("bug", device=self.switch.name, exc_info=error.__cause__)
        # A quarantine that failed is tried on at once; and where one line broke the spare may be sound.
        climbs = outcome.plan is not None and goes_on(self._rungs)
        if climbs or (isinstance(error, Unreachable) and self._sessions.any):
            self._woken.set()
        else:
            self._pause = pause_after(error, self._pause)
        self._show(*state_of_error(error), now, outcome)

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
                bugs=was.bugs + (outcome is not None and isinstance(outcome.error, DriverBug)),
            )
        if (state, detail) != (was.state, was.detail):
            say = log.info if state in WELL else log.warning
            say("device", device=self.switch.name, state=state.value, detail=detail)

    def _in_quiet(self) -> None:
        """In a turn of its own with nothing to change: what is in force need not wait for it."""
        try:
            if self._unsaved:
                save(self.driver, self._sessions.take())
                self._unsaved, self._not_saved = False, ""
                self._around.store.push_saved(self.switch.name)
        except StoreError as error:
            log.debug("saved, but not written down", device=self.switch.name, problem=str(error))
        except DeviceError as error:
            self._sessions.drop()
            self._not_saved = f"in force but not saved: {error}"
            return
        try:
            self._sessions.warm_spare()
        except DeviceError as error:
            # The one we have does its work; a device may allow no second.
            log.debug("no spare session", device=self.switch.name, problem=str(error))

    def _rest(self) -> float:
        if self.progress.state in AILING:
            return self._pause
        if goes_on(self._rungs):
            return 0.0
        if self.progress.outcome is not None and self.progress.outcome.failed:
            # What did not come out would not the next moment either.
            return max(self._pause, self._around.poll)
        return SAVE_AFTER if self._unsaved and not self._not_saved else self._around.poll
