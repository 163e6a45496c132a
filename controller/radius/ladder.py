"""What is done, step by step, until a session that was answered otherwise is in the VLAN it belongs to. Pure.

An acknowledgement is only a word. What counts is read back: the device signed on again and was answered rightly, its
session ended, or the switch's own table of addresses shows it in the right VLAN.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from controller.model import Because
from controller.radius.client import Way
from controller.radius.sessions import Session
from inventory.model import Whereabouts


class Step(IntEnum):
    COA = 1
    """Asked to go on in the other VLAN."""
    DISCONNECT = 2
    """Asked to let the device sign on again."""
    SWITCH = 3
    """The switch itself, over SSH: looked at, and where its mode allows taken up the ladder of quarantine pushes."""
    ALARM = 4
    """Nothing is left but a person. It is tried on, now and then."""


PROOF = timedelta(seconds=10)
"""After an acknowledgement; later it was no more than a word."""
BY_ITSELF = timedelta(seconds=5)
"""A session that asks anew so soon need not be told."""
AGAIN = timedelta(minutes=2)
"""Between two attempts once a person was called."""


@dataclass(frozen=True, slots=True)
class Change:
    """One session on its way to VLAN `becomes`. `sent_at` and `acknowledged_at` are those of the step it is at."""

    session: Session
    becomes: int
    because: Because
    step: Step
    begun_at: datetime
    push: int | None = None
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    said: str = ""
    """What the client said, or that it was silent."""


class Reply(IntEnum):
    ACK = 1
    NAK = 2
    GONE = 3
    """A NAK that says it knows no such session (RFC 5176 §3.5, Error-Cause 503): there is nothing left to change."""
    SILENT = 4


def first_step(way: Way) -> Step:
    return Step.COA if way is Way.COA else Step.DISCONNECT


def after_reply(change: Change, reply: Reply, said: str, now: datetime) -> Change:
    """A refusal or silence goes up at once; an acknowledgement has to be proven."""
    if reply is Reply.ACK:
        return replace(change, acknowledged_at=now, said=said)
    return higher(replace(change, said=said))


def higher(change: Change) -> Change:
    step = Step(min(change.step + 1, Step.ALARM))
    return replace(change, step=step, sent_at=None, acknowledged_at=None)


def is_late(change: Change, now: datetime) -> bool:
    """Whether the proof of an acknowledged step, or of a look at the switch, has not come in time."""
    since = change.acknowledged_at or (change.sent_at if change.step is Step.SWITCH else None)
    return since is not None and now - since > PROOF


def is_proven(change: Change, session: Session | None, place: Whereabouts | None) -> bool:
    """`session` as it stands now, `place` where its MAC was seen last."""
    if session is None:
        return True
    told = session.told_at
    if session.vlan == change.becomes and told is not None and told >= change.begun_at:
        return True
    if place is None or place.port is None or place.port_seen is None or change.sent_at is None:
        return False
    return place.port_seen > change.sent_at and place.port.switch == session.client and place.vlan == change.becomes


def is_due(session: Session, becomes: int, decided_at: datetime, now: datetime) -> bool:
    """Whether it has to be told: what was decided is younger than its answer and says another VLAN."""
    if session.vlan is None or session.told_at is None or session.vlan == becomes or session.is_over(now):
        return False
    if decided_at <= session.told_at:
        return False
    left = (session.until - now) if session.until else timedelta(0)
    return not timedelta(0) <= left <= BY_ITSELF
