"""Telling RADIUS clients that a decision has changed: a thread that sends, hears, reads back and goes on to harder
steps. What is on its way lives here; who is signed on stands in the store, so a restart loses nobody. ●"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import structlog

from controller.accounts import SYSTEM
from controller.clock import Clock
from controller.model import Because, IntendedState, Plan, PlannedChange
from controller.policy import Policy
from controller.push.moments import Moments
from controller.radius.brake import held_by, is_spared
from controller.radius.client import Client, Way
from controller.radius.ladder import (
    AGAIN,
    Change,
    Reply,
    Step,
    after_reply,
    first_step,
    higher,
    is_due,
    is_late,
    is_proven,
)
from controller.radius.mail import Answered, Mail
from controller.radius.progress import Key, Tally, belongs
from controller.radius.sessions import Session
from controller.secrets_file import SecretsError
from controller.situation import Situation
from controller.store import Store, StoreError
from device_drivers.model import SetAccessVlan
from inventory.model import SwitchName

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at what is on its way, with nothing that wakes."""
AT_ONCE = 100
"""Changes on their way at one client: its identifiers are 256."""


class Around(Protocol):
    """What it needs of the network that is driven by sessions."""

    def fence(self) -> int: ...

    def situation(self) -> Situation: ...

    def claim(self, plan: Plan, situation: Situation) -> Plan: ...

    def look_at(self, name: SwitchName) -> None:
        """Read this switch now, and mend there what its mode allows."""
        ...


@dataclass
class Telling:
    store: Store
    clock: Clock
    policy: Callable[[], Policy]
    intent: Callable[[], IntendedState | None]
    clients: Callable[[], Mapping[str, Client]]
    around: Around
    mail: Mail
    tallies: dict[str, Tally] = field(default_factory=dict)
    problem: str = ""
    _changes: dict[Key, Change] = field(default_factory=dict)
    _resting: dict[Key, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="radius", daemon=True)

    def start(self) -> None:
        self.mail.open()
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self.mail.wake()
        if self._thread.is_alive():
            self._thread.join(5)
        self.mail.close()

    def wake(self) -> None:
        self.mail.wake()

    def on_their_way(self) -> Mapping[Key, Change]:
        return dict(self._changes)

    def _run(self) -> None:
        while not self._stopped:
            answers = self.mail.answers(LOOK_EVERY)
            self.turn(answers)

    def turn(self, answers: Iterable[Answered] = ()) -> None:
        """Read the world, see what is proven, late or due, send. What the store refuses is tried again."""
        try:
            for key, reply, said in answers:
                self._answered(key, reply, said)
            clients, now = self.clients(), self.clock.now()
            self._let_go(now)
            self._check(self._sessions())
            # Read anew: what was proven just now is not to be told once more.
            self._begin(clients, self._sessions(), now)
            for key, change in tuple(self._changes.items()):
                self._take(key, change, clients)
            self.problem = ""
        except (StoreError, SecretsError, OSError) as error:
            if self.problem != str(error):
                log.warning("radius", problem=str(error))
            self.problem = str(error)

    def _sessions(self) -> Mapping[Key, Session]:
        return {(each.client, each.mac): each for each in self.store.radius_sessions()}

    def _check(self, sessions: Mapping[Key, Session]) -> None:
        """What is proven is over; what was acknowledged and is not proven in time goes on to the next step."""
        places, now = self.store.inventory().whereabouts, self.clock.now()
        for key, change in tuple(self._changes.items()):
            session = sessions.get(key)
            if is_proven(change, session, places.get(key[1])):
                self._end(key, change, "verified", now)
                if session is not None and session.vlan != change.becomes:
                    # The switch's table shows it: the answer of before is out of date.
                    self.store.put_radius_session(replace(session, vlan=change.becomes, told_at=now))
            elif is_late(change, now):
                self._changes[key] = higher(replace(change, said=change.said or "not proven"))

    def _let_go(self, now: datetime) -> None:
        """What somebody has decided otherwise meanwhile: it is begun anew where it is still due."""
        intent, policy = self.intent(), self.policy()
        for key, change in tuple(self._changes.items()):
            if intent is not None and belongs(intent, policy, key[1])[0] != change.becomes:
                self._close(key, change, "overtaken by another decision", now)

    def _answered(self, key: Key, reply: Reply, said: str) -> None:
        now, tally = self.clock.now(), self._tally(key[0])
        tally.silent_since = (tally.silent_since or now) if reply is Reply.SILENT else None
        change = self._changes.get(key)
        if change is None:
            return
        if reply is Reply.GONE:
            # Nobody is signed on there: the next one to sign on asks anew.
            self.store.end_radius_sessions(key[0], (key[1],))
            self._end(key, replace(change, acknowledged_at=now), "verified", now)
            return
        self._changes[key] = after_reply(change, reply, said, now)
        if reply is Reply.ACK and change.step is Step.COA:
            # The session goes on and nobody signs on anew: only the switch's own table can prove it.
            self.around.look_at(SwitchName(key[0]))

    def _begin(self, clients: Mapping[str, Client], sessions: Mapping[Key, Session], now: datetime) -> None:
        intent, policy = self.intent(), self.policy()
        if intent is None:
            return
        due = [
            (key, session, vlan, because)
            for key, session in sessions.items()
            if key not in self._changes and now >= self._resting.get(key, now) and _can_tell(clients.get(key[0]))
            for vlan, because in (belongs(intent, policy, key[1]),)
            if is_due(session, vlan, intent.at, now)
        ]
        for name in {*clients, *self.tallies}:
            self._tally(name).held = ()
        if due:
            self._begin_all(clients, due, now)

    def _begin_all(
        self,
        clients: Mapping[str, Client],
        due: list[tuple[Key, Session, int, Because]],
        now: datetime,
    ) -> None:
        situation, policy = self.around.situation(), self.policy()
        busy = Counter(name for name, _ in self._changes)
        for key, session, vlan, because in due:
            name = SwitchName(key[0])
            planned = PlannedChange(name, SetAccessVlan(session.port or "", session.vlan or 0, vlan), because)
            held = held_by(
                planned,
                spared=is_spared(policy, situation.inventory, key[1]),
                brakes=situation.brakes,
                in_lesson=situation.in_lesson,
                quarantine=situation.quarantine_vlan,
            )
            if held is None and busy[key[0]] < AT_ONCE:
                claimed = self.around.claim(Plan(now, now, (planned,)), situation)
                held = claimed.held_back[0] if claimed.held_back else None
                if held is None:
                    step = first_step(clients[key[0]].way)
                    self._changes[key] = Change(session, vlan, because, step, now)
                    busy[key[0]] += 1
            if held is not None:
                self._tally(key[0]).held += (held,)

    def _take(self, key: Key, change: Change, clients: Mapping[str, Client]) -> None:
        """The step it is at, where it has not been taken yet."""
        if change.sent_at is not None or self.mail.is_waiting(key):
            return
        now = self.clock.now()
        match change.step:
            case Step.COA | Step.DISCONNECT:
                client = clients.get(key[0])
                if client is None:
                    self._close(key, change, "failed: its client is no longer known", now)
                else:
                    self._ask(key, change, client, now)
            case Step.SWITCH:
                self._changes[key] = replace(change, sent_at=now)
                self.around.look_at(SwitchName(key[0]))
            case Step.ALARM:
                self._call_a_person(key, change, now)

    def _close(self, key: Key, change: Change, outcome: str, now: datetime) -> None:
        self._changes.pop(key, None)
        self.mail.forget(key)
        if change.push is not None:
            self.store.end_push(change.push, outcome, now)

    def _ask(self, key: Key, change: Change, client: Client, now: datetime) -> None:
        if change.push is None:
            change = replace(change, push=self._write_down(change))
        self._changes[key] = replace(change, sent_at=now)
        try:
            self.mail.send(key, client, change)
        except OSError as error:  # no way leads there: the others go on
            self._answered(key, Reply.SILENT, str(error))

    def _write_down(self, change: Change) -> int:
        """On the disk before the first octet leaves. Raises LeadLost where another controller leads."""
        session = change.session
        text = f"{change.step.name} {session.mac} VLAN {session.vlan} -> {change.becomes}: {change.because.text}"
        now, device = self.clock.now(), f"radius {session.client}"
        return self.store.begin_push(device, (text,), SYSTEM, now, fence=self.around.fence())

    def _end(self, key: Key, change: Change, outcome: str, now: datetime) -> None:
        self._changes.pop(key, None)
        self.mail.forget(key)
        self._resting.pop(key, None)
        tally = self._tally(key[0])
        tally.applied, tally.last_proven = tally.applied + 1, now
        if change.push is not None:
            moments = Moments(change.begun_at, change.begun_at, change.sent_at, change.acknowledged_at or now, now)
            self.store.end_push(change.push, outcome, now, moments)

    def _call_a_person(self, key: Key, change: Change, now: datetime) -> None:
        session, (name, mac) = change.session, key
        text = (
            f"{name} keeps {mac} in VLAN {session.vlan}, and it belongs to {change.becomes}"
            f" ({change.said or 'nothing said'}). {change.because.text} Look at {session.port or 'its port'}."
        )
        self.store.raise_alarm("radius", f"{name} {mac}", text, now)
        self._close(key, change, f"failed: {change.said or 'not proven'}", now)
        self._resting[key] = now + AGAIN

    def _tally(self, name: str) -> Tally:
        return self.tallies.setdefault(name, Tally())


def _can_tell(client: Client | None) -> bool:
    return client is not None and client.way is not Way.NONE and not client.is_network
