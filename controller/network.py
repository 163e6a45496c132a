"""All devices of the network together: a point for each switch of the inventory, and what they share. ●"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from controller import publish
from controller.accounts import SYSTEM
from controller.blast_radius import pupils_at, within_budget
from controller.clock import Clock
from controller.connections import DEADLINE, Connections
from controller.diff import Reading
from controller.home import Home
from controller.loop import Loop
from controller.model import EnforcementPoint, IntendedState, Plan, PointState
from controller.network_point import NetworkPoint
from controller.plan import pupils_of, things_of
from controller.policy import Policy
from controller.push.leader import LASTS, Leader
from controller.push.own_macs import own_macs, ports_of
from controller.push.point_state import AILING
from controller.push.surroundings import Undo
from controller.situation import Situation, ref_of
from controller.store import Conflict, Store
from controller.timetable import in_lesson
from device_drivers.model import Driver, Session, SetAccessVlan
from device_drivers.platforms import drivers
from inventory.model import PortRef, Purpose, Sighting, Switch, SwitchName

_A_MINUTE = timedelta(minutes=1)
AT_ONCE = 20
"""Turns that may run at the same moment: more were slower when measured (enforcement.md §3)."""
AILING_AT_ONCE = 8
"""Of devices that did not answer the last time: they hold up each other, not those that do."""
SEARCH_EVERY = timedelta(seconds=10)
"""Between two looks at all switches for strangers: whoever makes addresses up must not keep them all busy."""
SEARCHED_AT_ONCE = 20
"""With more switches than may have their turn at once the next stranger would wait behind the search for this one."""
_LEAVE_WITHIN = 5.0
"""Seconds all devices together have to end their turn; who does not is cut off, and read back at the next start."""


class Network:
    """Satisfies `controller.push.surroundings.Surroundings`. `loop` is set before `start`."""

    def __init__(
        self,
        home: Home,
        poll: float,
        store: Store,
        clock: Clock,
        policy: Callable[[], Policy],
        *,
        deadline: float = DEADLINE,
        lease: timedelta = LASTS,
    ) -> None:
        self.store, self.clock, self.poll = store, clock, poll
        self._home, self._policy, self._connections = home, policy, Connections(home, self.fence, deadline)
        self._drivers: Mapping[str, Driver] = drivers()
        # Both are replaced as a whole, so that readers need no lock.
        self._points: Mapping[SwitchName, NetworkPoint] = {}
        self._undriven: Mapping[SwitchName, EnforcementPoint] = {}
        self._recent: deque[tuple[datetime, PortRef, int]] = deque()
        self._counting, self._keeping = threading.Lock(), threading.Lock()
        self._running = False
        self._searched: datetime | None = None
        self._own_macs = own_macs()
        self._lanes = {False: threading.BoundedSemaphore(AT_ONCE), True: threading.BoundedSemaphore(AILING_AT_ONCE)}
        self.leader = Leader(home, store, clock, self._after_another, lease)
        self.loop: Loop

    def start(self) -> None:
        self.leader.start()
        with self._keeping:
            self._running = True
        self._keep_points()

    def stop(self) -> None:
        with self._keeping:
            self._running, points = False, tuple(self._points.values())
        for point in points:
            point.stop()
        end = self.clock.now() + timedelta(seconds=_LEAVE_WITHIN)
        for point in points:
            point.join(max(0.0, (end - self.clock.now()).total_seconds()))
        self.leader.stop()

    def wait_for_first_look(self, seconds: float) -> bool:
        """Until every device was looked at once, or the time is up (False)."""
        end = self.clock.now() + timedelta(seconds=seconds)
        return all(
            self.clock.wait(point.looked, (end - self.clock.now()).total_seconds()) for point in self._points.values()
        )

    def hear(self, intent: IntendedState) -> None:
        """A new intent: devices that came or went, and each one's part."""
        self._keep_points()
        for point in self._points.values():
            point.hear(intent)

    def points(self) -> tuple[EnforcementPoint, ...]:
        """The filter first, then the devices by name."""
        devices = {**self._undriven, **{name: point.shown() for name, point in self._points.items()}}
        return (self._filter(), *(devices[name] for name in sorted(devices)))

    def plan(self) -> Plan:
        """What the last turns found: what is still to be made, and what is held back."""
        now, intent = self.clock.now(), self.loop.intent()
        progress = {name: point.progress for name, point in sorted(self._points.items())}
        outcomes = [each.outcome for each in progress.values() if each.outcome]
        changes = tuple(change for outcome in outcomes for change in outcome.failed)
        held = tuple(each for outcome in outcomes for each in outcome.held_back)
        unread = {name: p.detail for name, p in progress.items() if p.outcome is None or p.outcome.reading is None}
        unread |= {name: point.detail for name, point in self._undriven.items()}
        notes = tuple(f"{name}: nothing is planned for it: {why or 'not read yet'}" for name, why in unread.items())
        return Plan(now, intent.valid_until if intent else now, changes, held, notes)

    def readings(self) -> Mapping[SwitchName, Reading]:
        """What each device said last; those that were never read are missing."""
        outcomes = {name: point.progress.outcome for name, point in self._points.items()}
        return {name: each.reading for name, each in outcomes.items() if each and each.reading}

    def apply(self, plan: Plan, force: Collection[str]) -> None:
        """Look at the devices of this plan now; on those of `force`, let through what waits for a person's word."""
        points = self._points
        for name in {each.planned.device for each in plan.held_back} | {each.device for each in plan.changes}:
            if name in points:
                points[name].force() if name in force else points[name].wake()

    def look_at(self, name: SwitchName) -> None:
        """Read this device now; one that no driver speaks to is passed over."""
        point = self._points.get(name)
        if point is not None:
            point.wake()

    def look_for_strangers(self) -> None:
        """Read every access switch now: somebody is there, and nobody has told at which port. Once in a while only."""
        now = self.clock.now()
        access = [point for point in self._points.values() if point.switch.purpose is Purpose.ACCESS]
        if len(access) > SEARCHED_AT_ONCE:
            return
        with self._counting:
            if self._searched is not None and now - self._searched < SEARCH_EVERY:
                return
            self._searched = now
        for point in access:
            if point.progress.state not in AILING:
                point.wake()

    def undo(self, ask: Undo) -> None:
        """Raises Conflict where no driver speaks to the device of this push."""
        point = self._points.get(SwitchName(ask.push.device))
        if point is None:
            raise Conflict(f"Caretaker does not drive {ask.push.device} (any more).")
        point.undo(ask)

    def fence(self) -> int:
        return self.leader.fence()

    @contextmanager
    def turn(self, *, ailing: bool) -> Iterator[None]:
        with self._lanes[ailing]:
            yield

    def connect(self, switch: Switch, driver: Driver) -> Session:
        return self._connections.connect(switch, driver)

    def intend(self, seen: tuple[Sighting, ...]) -> IntendedState:
        """Take in who was seen; whoever is new or has moved is decided before this returns."""
        news = self.store.record_sightings(seen, self.clock.now())
        intent = self.loop.intent()
        return self.loop.turn() if news or intent is None else intent

    def situation(self) -> Situation:
        now, policy, intent = self.clock.now(), self._policy(), self.loop.intent()
        with self._counting:
            recent, pupils = self._changed_lately(now)
        quarantine, inventory = policy.segment_for("quarantine"), self.store.inventory()
        return Situation(
            inventory=inventory,
            readings={},
            drivers=self._drivers,
            brakes=policy.brakes,
            quarantine_vlan=quarantine[1].vlan if quarantine else 0,
            in_lesson=in_lesson(policy, now) or bool(self.store.windows(now, now + timedelta(seconds=1))),
            recent=recent,
            recent_pupils=pupils,
            pupils=pupils_of(intent, policy.year_groups) if intent else frozenset(),
            own_path=ports_of(self._own_macs, inventory),
            own_macs=self._own_macs,
            things=things_of(intent) if intent else frozenset(),
        )

    def claim(self, plan: Plan, situation: Situation) -> Plan:
        """Take what these changes need of the minute's budget; what it no longer allows is held back."""
        now = self.clock.now()
        with self._counting:
            recent, pupils = self._changed_lately(now)
            passed, over = within_budget(plan.changes, replace(situation, recent=recent, recent_pupils=pupils))
            refs = (ref_of(each) for each in passed if isinstance(each.change, SetAccessVlan))
            self._recent.extend((now, ref, pupils_at(ref, situation)) for ref in refs)
        return replace(plan, changes=passed, held_back=(*plan.held_back, *over))

    def _after_another(self) -> None:
        """The lead was taken: what a crash or another controller left unfinished is read back before anything else."""
        for push in self.store.unfinished_pushes():
            self.store.record(SYSTEM, "push.cut-off", push.device, {"push": push.id}, self.clock.now())
            self.store.end_push(push.id, "cut off; the device is read back", self.clock.now())
        for point in self._points.values():
            point.wake()

    def _changed_lately(self, now: datetime) -> tuple[tuple[PortRef, ...], int]:
        """The ports changed within the last minute, once for each change, and how many pupils that concerned.
        `_counting` is held."""
        while self._recent and now - self._recent[0][0] > _A_MINUTE:
            self._recent.popleft()
        return tuple(ref for _, ref, _ in self._recent), sum(pupils for _, _, pupils in self._recent)

    def _keep_points(self) -> None:
        """A point for each switch of the inventory; one whose row changed begins anew when the old one has ended."""
        with self._keeping:
            if not self._running:
                return
            switches, old = self.store.inventory().switches, self._points
            kept = {name: point for name, point in old.items() if switches.get(name) == point.switch}
            driven = [each for each in switches.values() if each.platform in self._drivers and each.name not in kept]
            fresh = [NetworkPoint(each, self._drivers[each.platform], self, old.get(each.name)) for each in driven]
            self._points = kept | {point.switch.name: point for point in fresh}
            self._undriven = {
                each.name: self._undriven.get(each.name) or self._without_driver(each)
                for each in switches.values()
                if each.platform not in self._drivers
            }
            for name in old.keys() - kept.keys():
                old[name].stop()
            for point in fresh:
                point.start()

    def _without_driver(self, switch: Switch) -> EnforcementPoint:
        known = ", ".join(sorted(self._drivers))
        detail = f"no driver for the platform {switch.platform!r}; there are: {known}"
        return EnforcementPoint(switch.name, switch.purpose.value, PointState.SET_ASIDE, self.clock.now(), detail)

    def _filter(self) -> EnforcementPoint:
        now, intent = self.clock.now(), self.loop.intent()
        wanted, acks = intent.table.epoch if intent else 0, publish.acknowledged(self._home.acks)
        current = [ack for ack in acks if ack.epoch >= wanted]
        state = PointState.UNREACHABLE if not acks else PointState.PENDING
        if acks and len(current) == len(acks):
            state = PointState.IN_FORCE
        since = datetime.fromtimestamp(max(ack.at for ack in acks), tz=now.tzinfo) if acks else now
        return EnforcementPoint(
            name="dns-filter",
            purpose="dns-filter",
            state=state,
            since=since,
            detail=f"{len(current)} of {len(acks)} workers have epoch {wanted}" if acks else "no worker answers",
            can_lease=True,
            last_verified=since if acks else None,
            epoch=min((ack.epoch for ack in acks), default=None),
        )
