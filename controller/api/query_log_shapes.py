"""How rows of the query log, events and holds are written in an answer, and what every look-up must say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from controller.api.problems import NotFound, Unavailable
from controller.api.shapes import Answer, Ask, Moment, example_of, examples
from controller.api.site_view import SiteView
from controller.client import UnknownClient
from controller.query_log import Span, Subject
from controller.query_log.subject import subject_of

WhomText = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Purpose = Annotated[
    str,
    StringConstraints(min_length=8, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(description="Why somebody's use is looked at; it stands in the audit."),
]
LONGEST = timedelta(days=800)


class OfSubject(Ask):
    """Whom it is about, and why: a person's id, a device's name, a MAC or an address."""

    client: WhomText
    purpose: Purpose


class OfSpan(Ask):
    """`since <= moment < until`; left out: the last day, up to now."""

    since: Moment | None = None
    until: Moment | None = None

    @model_validator(mode="after")
    def _ordered(self) -> OfSpan:
        if self.since is not None and self.until is not None and not self.since < self.until <= self.since + LONGEST:
            raise ValueError(f"expected `until` after `since`, by {LONGEST.days} days at most")
        return self

    def span(self, now: datetime, usual: timedelta = timedelta(days=1)) -> Span:
        until = self.until or now + timedelta(minutes=1)
        return Span(self.since or until - usual, until)


class SubjectOut(Answer):
    """`clients`: the devices and addresses it was taken to be, by the names staff know."""

    model_config = examples({"asked": "p1042", "how": "the 1 devices that are theirs today", "clients": ["ipad-5-11"]})
    asked: str
    how: str
    clients: tuple[str, ...]


class EntryOut(Answer):
    """One row of the query log. `latency` in seconds, 0 where the answer was remembered; `times` within a second."""

    model_config = examples(
        {
            "at": "2026-11-24T09:20:00Z",
            "device": "91664439733f182b",
            "profile": "key-stage-2",
            "qname": "roblox.com",
            "qtype": "A",
            "code": "category",
            "rule": "access_levels.key-stage-2.block[games]",
            "epoch": 41,
            "latency": 0.0,
            "times": 2,
            "why": "mzxw6ytb",
            "category": "games",
        }
    )
    at: datetime
    device: str
    profile: str
    qname: str
    qtype: str
    code: str
    rule: str
    epoch: int
    latency: float
    times: int
    why: str
    category: str


class EventOut(Answer):
    """A blocked mandatory or harmful name, gathered over five minutes. `device` is the name staff know."""

    model_config = examples(
        {
            "at": "2026-11-24T09:20:00Z",
            "device": "ipad-5-11",
            "profile": "key-stage-2",
            "qname": "redlight.example",
            "code": "category",
            "category": "adult",
            "rule": "access_levels.key-stage-2.block[adult]",
            "times": 4,
        }
    )
    at: datetime
    device: str
    profile: str
    qname: str
    code: str
    category: str
    rule: str
    times: int


class HoldOut(Answer):
    """`until` null: as long as it is not released. `sha256` seals the `rows` that were copied so far."""

    model_config = examples(
        {
            "id": "hold-1",
            "subject": "ipad-5-11",
            "clients": {"3c:22:fb:05:00:11": "ipad-5-11"},
            "since": "2026-11-24T09:00:00Z",
            "until": None,
            "reason": "incident 12",
            "by": "head",
            "made_at": "2026-11-24T10:00:00Z",
            "rows": 214,
            "sha256": "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184",
        }
    )
    id: str
    subject: str
    clients: dict[str, str]
    since: datetime
    until: datetime | None
    reason: str
    by: str
    made_at: datetime
    rows: int
    sha256: str


class Found(Answer):
    """`more`: there are further rows, older than these."""

    model_config = examples({"subject": example_of(SubjectOut), "items": [example_of(EntryOut)], "more": False})
    subject: SubjectOut
    items: tuple[EntryOut, ...]
    more: bool


def the_subject(site: SiteView, text: str) -> Subject:
    intent = site.loop.intent()
    try:
        return subject_of(text, site.inventory(), intent.table if intent else None)
    except UnknownClient as unknown:
        raise NotFound(
            f"{str(unknown).capitalize()}.", "Ask for a person's id, a device, a MAC or an address."
        ) from None


def subject_out(subject: Subject) -> SubjectOut:
    return SubjectOut(asked=subject.asked, how=subject.how, clients=tuple(sorted(set(subject.clients.values()))))


@contextmanager
def readable() -> Iterator[None]:
    """A log that is locked or damaged is no mistake of who asks."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(f"The query log cannot be used just now: {error}.", "Try again in a moment.") from None
