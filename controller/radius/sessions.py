"""Who is signed on by RADIUS, where, in which VLAN and until when: as answered and as switches account. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.radius.answer import Answer
from controller.radius.ask import Account, Ask, Step
from inventory.model import Mac

SILENT = timedelta(minutes=10)
"""A session that asked for nothing so long after its time was up is over, whether or not the switch said so."""


@dataclass(frozen=True, slots=True)
class Session:
    """One device at one client. `vlan` is what was answered last; None where only accounting speaks of it."""

    client: str
    mac: Mac
    seen_at: datetime
    port: str | None = None
    session: str | None = None
    vlan: int | None = None
    told_at: datetime | None = None
    until: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        return now - max(self.seen_at, self.until or self.seen_at) > SILENT


def answered(before: Session | None, ask: Ask, given: Answer, now: datetime) -> Session:
    """As it stands after an answer."""
    was = before or Session(ask.client, ask.mac, now)
    until = now + timedelta(seconds=given.seconds)
    port, number = ask.port or was.port, ask.session or was.session
    return replace(was, seen_at=now, port=port, session=number, vlan=given.vlan, told_at=now, until=until)


def accounted(before: Session | None, account: Account) -> Session | None:
    """After a word of accounting; None where the session is over. A late Stop of an earlier session ends nothing."""
    if account.mac is None:
        return None
    if account.step is Step.STOP:
        stale = before is not None and None not in (before.session, account.session)
        return before if stale and before is not None and before.session != account.session else None
    was = before or Session(account.client, account.mac, account.at)
    port, number = account.port or was.port, account.session or was.session
    return replace(was, seen_at=max(was.seen_at, account.at), port=port, session=number)


def port_named(said: str | None, known: Iterable[str]) -> str | None:
    """A port as its driver spells it: `GigabitEthernet1/0/7` is `Gi1/0/7`. What fits nothing stays as it was said."""
    names = tuple(known)
    if said is None or said in names:
        return said
    told = _parts(said)
    fitting = [name for name in names if _fits(told, _parts(name))]
    return fitting[0] if len(fitting) == 1 else said


def _parts(name: str) -> tuple[str, str]:
    letters = re.match(r"[A-Za-z -]*", name)
    head = letters[0] if letters else ""
    return head.strip().lower(), name[len(head) :]


def _fits(told: tuple[str, str], known: tuple[str, str]) -> bool:
    return told[1] == known[1] and bool(told[0]) and bool(known[0]) and told[0].startswith(known[0])
