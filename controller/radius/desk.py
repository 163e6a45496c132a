"""The desk where FreeRADIUS asks: takes in what the question tells, and answers it from the facts of this moment. ●"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.decide import facts_between
from controller.facts import Facts
from controller.model import Actor
from controller.policy import Policy
from controller.radius.answer import SOURCE, Answer, Limits, answer, known_person, sign_in_of, signed_in
from controller.radius.ask import Account, Ask, Step
from controller.radius.sessions import accounted, answered, port_named
from controller.store import Store
from inventory.history import SignIn
from inventory.model import Mac, PortRef, Sighting, SwitchName

_AHEAD = timedelta(minutes=1)


class RadiusOff(Exception):
    """The school has not asked for RADIUS."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`limits` is None where the school has not asked for RADIUS. `ports` are those a device was last read with."""

    store: Store
    policy: Callable[[], Policy]
    ports: Callable[[str], Iterable[str]]
    wake: Callable[[str], None]
    limits: Limits | None = None

    def answer(self, ask: Ask, actor: Actor, now: datetime) -> Answer:
        """Raises StoreError or RadiusOff: both make FreeRADIUS say quarantine."""
        limits = self._limits()
        seen = self._sighting(ask.client, ask.mac, ask.port, now)
        news = self.store.record_sightings((seen,), now)
        facts, sign_in = self._facts(now, limits), None
        if ask.person is not None and (sign_in := sign_in_of(facts, ask, now)) is not None:
            facts = signed_in(facts, sign_in)
            self.store.put_sign_ins((sign_in,), actor, now)
        found = answer(facts, ask, now, limits)
        # Of a flood of made-up MACs only so many become devices (`inventory/flood.py`); the others are answered, and
        # ask again by themselves.
        if ask.mac in facts.inventory.devices:
            before = self.store.radius_session(ask.client, ask.mac)
            self.store.put_radius_session(answered(before, replace(ask, port=_port_of(seen)), found, now))
        if news or sign_in is not None:
            self.wake("radius")
        return found

    def account(self, told: Account, actor: Actor, now: datetime) -> None:
        """Raises StoreError or RadiusOff; FreeRADIUS then keeps silent, and the switch tells it again."""
        self._limits()
        mac = told.mac
        if mac is None:
            self.store.end_radius_sessions(told.client)
            self.wake("radius")
            return
        seen = replace(self._sighting(told.client, mac, told.port, told.at), address=told.address)
        # Whoever leaves was there until now; that is not news of where it is.
        news = self.store.record_sightings((seen,), now) if told.step is not Step.STOP else ()
        session = accounted(self.store.radius_session(told.client, mac), replace(told, port=_port_of(seen)))
        if session is None:
            self.store.end_radius_sessions(told.client, (mac,))
        elif mac in self.store.inventory().devices:
            self.store.put_radius_session(session)
        if self._sign_in(told, mac, actor, now, ends=session is None) or news or session is None:
            self.wake("radius accounting")

    def _sign_in(self, told: Account, mac: Mac, actor: Actor, now: datetime, *, ends: bool) -> bool:
        """Accounting begins and ends sign-ins where it names a person of the school."""
        inventory = self.store.inventory()
        running = inventory.sign_ins.get(mac)
        if running is not None and (running.source != SOURCE or running.ended_at is not None):
            running = None
        if ends:
            if running is None:
                return False
            ended = max(running.began_at, min(told.at, now))
            return bool(self.store.put_sign_ins((replace(running, ended_at=ended),), actor, now))
        person = known_person(inventory, told.user)
        if person is None or told.step is not Step.START or (running is not None and running.person == person.id):
            return False
        return bool(self.store.put_sign_ins((SignIn(mac, told.at, SOURCE, person=person.id),), actor, now))

    def _limits(self) -> Limits:
        if self.limits is None:
            raise RadiusOff("RADIUS is off: set `enabled = true` below [radius] in settings.toml")
        return self.limits

    def _facts(self, now: datetime, limits: Limits) -> Facts:
        last = now + limits.longest + _AHEAD
        windows = self.store.windows(now, last)
        return facts_between(self.policy(), self.store.inventory(), windows, now, last)

    def _sighting(self, client: str, mac: Mac, port: str | None, at: datetime) -> Sighting:
        name = port_named(port, self.ports(client))
        return Sighting(mac, at, SOURCE, PortRef(SwitchName(client), name) if name else None)


def _port_of(seen: Sighting) -> str | None:
    return seen.port.port if seen.port else None
