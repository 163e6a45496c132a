"""All devices of the network together: a point for each switch of the inventory, and what they share. ●"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from controller import publish
from controller.clock import Clock
from controller.home import Home
from controller.loop import Loop
from controller.model import EnforcementPoint, IntendedState, Plan, PointState
from controller.network_point import NetworkPoint
from controller.plan import things_of
from controller.policy import Policy
from controller.secrets_file import SecretsError, read_secrets
from controller.situation import Situation
from controller.store import Store
from controller.timetable import in_lesson
from device_drivers.model import Driver, LoginRefused, Session, Unreachable
from device_drivers.platforms import drivers
from device_drivers.session import Target, connect
from inventory.model import PortRef, Sighting, Switch, SwitchName

AT_ONCE = 20
"""Devices spoken to at the same moment: more were slower when measured (enforcement.md §3)."""
_A_MINUTE = timedelta(minutes=1)


class Network:
    """Satisfies `controller.network_point.Surroundings`. `loop` is set before `start`."""

    def __init__(self, home: Home, poll: float, store: Store, clock: Clock, policy: Callable[[], Policy]) -> None:
        self.store, self.clock, self.poll = store, clock, poll
        self._home, self._policy = home, policy
        self._drivers: Mapping[str, Driver] = drivers()
        self._points: dict[SwitchName, NetworkPoint] = {}
        self._recent: deque[tuple[datetime, PortRef]] = deque()
        self._lock = threading.Lock()
        self._running = False
        self.loop: Loop

    def start(self) -> None:
        self._running = True
        self._keep_points()

    def stop(self) -> None:
        self._running = False
        points = list(self._points.values())
        for point in points:
            point.stop()
        for point in points:
            point.join(5)

    def wait_for_first_look(self, seconds: float) -> bool:
        """Until every device was looked at once, or the time is up (False)."""
        end = self.clock.now() + timedelta(seconds=seconds)
        return all(
            self.clock.wait(point.looked, (end - self.clock.now()).total_seconds()) for point in self._points.values()
        )

    def hear(self, intent: IntendedState) -> None:
        """A new intent: devices that came or went, and each one's part."""
        if self._running:
            self._keep_points()
        for point in list(self._points.values()):
            point.hear(intent)

    def points(self) -> tuple[EnforcementPoint, ...]:
        """The filter first, then the devices by name."""
        return (self._filter(), *(self._points[name].shown() for name in sorted(self._points)))

    def plan(self) -> Plan:
        """What the last turns found: what is still to be made, and what is held back."""
        now, intent = self.clock.now(), self.loop.intent()
        outcomes = [point.progress.outcome for point in self._points.values() if point.progress.outcome]
        changes = tuple(change for outcome in outcomes for change in outcome.failed)
        held = tuple(each for outcome in outcomes for each in outcome.held_back)
        unread = [name for name, point in sorted(self._points.items()) if point.progress.outcome is None]
        notes = tuple(f"{name} has not been read: nothing is planned for it" for name in unread)
        return Plan(now, intent.valid_until if intent else now, changes, held, notes)

    def force(self, plan: Plan) -> None:
        """Let through what only waits for a person's word, on the devices of this plan."""
        for name in {each.planned.device for each in plan.held_back} | {each.device for each in plan.changes}:
            if name in self._points:
                self._points[name].force()

    def connect(self, switch: Switch, driver: Driver) -> Session:
        """Raises a DeviceError. The secrets are read each time: a corrected password needs no restart."""
        try:
            entry = read_secrets(self._home.secrets).get(switch.credentials)
        except SecretsError as error:
            raise Unreachable(str(error), switch.name) from error
        if entry is None:
            raise LoginRefused(f"no credentials {switch.credentials!r} in {self._home.secrets}", switch.name)
        return connect(target(switch, driver, entry.username, entry.password, self._home.known_hosts))

    def intend(self, seen: tuple[Sighting, ...]) -> IntendedState:
        """Take in who was seen; whoever is new or has moved is decided before this returns."""
        news = self.store.record_sightings(seen, self.clock.now())
        intent = self.loop.intent()
        return self.loop.turn() if news or intent is None else intent

    def situation(self) -> Situation:
        now, policy, intent = self.clock.now(), self._policy(), self.loop.intent()
        with self._lock:
            while self._recent and now - self._recent[0][0] > _A_MINUTE:
                self._recent.popleft()
            recent = tuple(ref for _, ref in self._recent)
        quarantine = policy.segment_for("quarantine")
        return Situation(
            inventory=self.store.inventory(),
            readings={},
            drivers=self._drivers,
            brakes=policy.brakes,
            quarantine_vlan=quarantine[1].vlan if quarantine else 0,
            in_lesson=in_lesson(policy, now) or bool(self.store.windows(now, now + timedelta(seconds=1))),
            recent=recent,
            things=things_of(intent) if intent else frozenset(),
        )

    def changed(self, ports: tuple[PortRef, ...], now: datetime) -> None:
        with self._lock:
            self._recent.extend((now, ref) for ref in ports)

    def _keep_points(self) -> None:
        """A point for each switch of the inventory; one whose row changed begins anew."""
        with self._lock:
            switches = self.store.inventory().switches
            for name, point in list(self._points.items()):
                if switches.get(name) != point.switch:
                    point.stop()
                    del self._points[name]
            fresh = [s for s in switches.values() if s.name not in self._points and s.platform in self._drivers]
            for switch in fresh:
                self._points[switch.name] = NetworkPoint(switch, self._drivers[switch.platform], self)
        for switch in fresh:
            self._points[switch.name].start()

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


def target(switch: Switch, driver: Driver, username: str, password: str, known_hosts: Path) -> Target:
    return Target(
        name=switch.name,
        host=switch.host,
        ssh_port=switch.ssh_port,
        netmiko_type=driver.netmiko_type,
        username=username,
        password=password,
        known_hosts=known_hosts,
        refusals=driver.refusals,
    )
