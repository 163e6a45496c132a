"""A plan kept in a file: read back, and compared with how things are by now, in sentences.

What is compared: the policy, what the school wants (the epoch), and of each change what was there and what it becomes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

LARGEST = 20 * 1024 * 1024
"""Bytes: some 20,000 changes."""


class PlanFileError(ValueError):
    """The file is no plan; the message says where it goes wrong."""


class Row(BaseModel):
    """One change, as `GET /api/v1/plan` tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: str
    change: str
    on: str
    was: str
    becomes: str
    what: str
    rule: str
    why: str
    clauses: tuple[str, ...]


class HeldRow(Row):
    brake: str
    text: str


class KeptPlan(BaseModel):
    """`policy` is the SHA-256 of the policy file's text, `epoch` that of the table of what the school wants.

    An epoch of 0: the plan was made by looking, without a running controller.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    epoch: int
    policy: str
    made_at: datetime
    valid_until: datetime
    changes: tuple[Row, ...]
    held_back: tuple[HeldRow, ...]
    notes: tuple[str, ...]


def parse_plan(text: str, name: str) -> KeptPlan:
    """Raises PlanFileError with the place of the first mistake."""
    if len(text) > LARGEST:
        raise PlanFileError(f"{name} is no plan: larger than {LARGEST // 1024 // 1024} MiB")
    try:
        return KeptPlan.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise PlanFileError(f"{name} is no plan: {where}: {first['msg']}") from error


def stale(kept: KeptPlan, now: KeptPlan) -> tuple[str, ...]:
    """Why the kept plan must not be applied any more, in sentences; empty where it is still the plan."""
    return tuple(_differences(kept, now))


def _differences(kept: KeptPlan, now: KeptPlan) -> Iterator[str]:
    if kept.policy != now.policy:
        yield f"The policy file has changed since (then {kept.policy[:12]}, now {now.policy[:12]})."
    if kept.epoch and kept.epoch != now.epoch:
        yield f"What the school wants has changed since (then epoch {kept.epoch}, now {now.epoch})."
    yield from _changes(_by_place(kept), _by_place(now))
    if kept.fingerprint != now.fingerprint:
        yield "The plan is another one than the one you looked at."


def _changes(then: Mapping[tuple[str, str, str], Row], now: Mapping[tuple[str, str, str], Row]) -> Iterator[str]:
    for place, row in then.items():
        where = f"{row.device} {row.on}"
        if place not in now:
            yield f"{where}: there is nothing to change any more."
        elif now[place].was != row.was:
            yield f"{where}: it was {row.was}, it is {now[place].was} now."
        elif now[place].becomes != row.becomes:
            yield f"{where}: it was to become {row.becomes}, it is to become {now[place].becomes} now."
    for place in now.keys() - then.keys():
        yield f"{now[place].device} {now[place].on}: would be changed too ({now[place].what})."


def _by_place(plan: KeptPlan) -> Mapping[tuple[str, str, str], Row]:
    return {(row.device, row.change, row.on): row for row in (*plan.changes, *plan.held_back)}
