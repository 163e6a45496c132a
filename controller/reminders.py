"""What somebody should be reminded of today: agreements and sanctions, counted and never named (W2-W5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.agreement_round import standings
from controller.policy import Policy
from inventory.agreements import Agreed
from inventory.model import Inventory


@dataclass(frozen=True, slots=True)
class Reminder:
    """`about` is the same all day, so that nobody hears it twice; `text` names no child."""

    about: str
    text: str


def due(policy: Policy, inventory: Inventory, now: datetime, ahead: timedelta) -> tuple[Reminder, ...]:
    """Quiet where nothing is to be done."""
    return tuple(_agreements(policy, inventory, now, ahead)) + tuple(_sanctions(policy, inventory, now))


def digest(school: str, reminders: Iterable[Reminder]) -> str:
    """One message for all of it. Names stand in Caretaker alone: a message may be read by anybody."""
    lines = "\n".join(f"- {each.text}" for each in reminders)
    where = "Who and why: `caretaker agreements list`, `caretaker sanctions list`, or the console."
    return f"{school}: what waits in Caretaker\n\n{lines}\n\n{where}"


def _agreements(policy: Policy, inventory: Inventory, now: datetime, ahead: timedelta) -> Iterable[Reminder]:
    missing, running_out = Counter[str](), Counter[str]()
    for each in standings(policy, inventory, now):
        group = each.group or "nobody's group"
        if each.agreed is Agreed.MISSING:
            missing[group] += 1
        elif each.runs_out is not None and each.runs_out - now <= ahead:
            running_out[group] += 1
    if missing:
        yield Reminder("agreements missing", f"{sum(missing.values())} agreements are missing ({_by(missing)}).")
    if running_out:
        days, many = ahead.days, sum(running_out.values())
        yield Reminder("agreements run out", f"{many} agreements run out within {days} days ({_by(running_out)}).")


def _sanctions(policy: Policy, inventory: Inventory, now: datetime) -> Iterable[Reminder]:
    alone, today = policy.sanctions.alone, now.astimezone(policy.school.zone).date()
    running = [each for each in inventory.sanctions if each.ended_by is None and each.covers(now, alone)]
    review = sorted(each.id for each in running if each.review_on is not None and each.review_on <= today)
    if review:
        yield Reminder("sanctions to review", f"Sanctions to be looked at again: {', '.join(review)}.")
    lapsing = sorted(
        each.id
        for each in running
        if (end := each.ends(alone)) is not None and end != each.ends_at and end - now <= timedelta(days=2)
    )
    if lapsing:
        yield Reminder("sanctions lapse", f"Sanctions that end within two days unless approved: {', '.join(lapsing)}.")


def _by(groups: Counter[str]) -> str:
    return ", ".join(f"{group} {count}" for group, count in sorted(groups.items()))
