"""What is written to whom about cases that wait: one letter for all of them, and no letter soon after another.

Nothing that a reporter wrote stands in a letter: a name in ASCII, numbers and our own words. So no report can put a
line into a header, a link into a letter, or a child's words into a mailbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.policy import Policy
from controller.reports.model import Case, Stage, Wish
from controller.reports.stages import contact

MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class Unsent:
    """Somebody was asked and has not been written to yet."""

    number: int
    case: str
    stage: Stage
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """`asks`: the numbers of what it tells."""

    stage: Stage
    to: str
    title: str
    body: str
    asks: tuple[int, ...]


def notices(
    unsent: Sequence[Unsent],
    cases: Mapping[str, Case],
    policy: Policy,
    last: Mapping[Stage, datetime | None],
    now: datetime,
) -> tuple[Notice, ...]:
    """One for each person who is due one. `last`: when each was written to."""
    found = []
    for stage in Stage:
        told = last.get(stage)
        mine = [each for each in unsent if each.stage is stage and each.case in cases]
        if mine and (told is None or now - told >= policy.reports.quiet):
            found.append(_notice(stage, mine, cases, policy))
    return tuple(found)


def _notice(stage: Stage, mine: Sequence[Unsent], cases: Mapping[str, Case], policy: Policy) -> Notice:
    name, address = contact(policy, stage)
    wait = [cases[each] for each in dict.fromkeys(ask.case for ask in mine)]
    count = f"{len(wait)} reported sites wait" if len(wait) > 1 else "a reported site waits"
    lines = [_line(case, policy.school.zone) for case in wait[:MOST_LINES]]
    if len(wait) > MOST_LINES:
        lines.append(f"and {len(wait) - MOST_LINES} more")
    body = (
        f"{name},\n\n{policy.school.name}: {count} for somebody to decide.\n\n"
        + "\n".join(lines)
        + f"\n\n{_WHY[stage]}\nThe console shows them under Reported sites; so does `caretaker cases`.\n"
    )
    return Notice(stage, address, f"Caretaker: {count} for you", body, tuple(each.number for each in mine))


_WHY = {
    Stage.ICT_LEAD: "You are the named person for reports. If nobody decides, the deputy is asked, then the head.",
    Stage.DEPUTY: "The ICT lead has not decided, so you are asked. If nobody does, the head is asked.",
    Stage.HEAD: "Neither the ICT lead nor the deputy has decided, so you are asked.",
}


def _line(case: Case, zone: ZoneInfo) -> str:
    site = "no name could be read" if case.key.startswith("text:") else case.key
    wish = "" if case.wish is Wish.BLOCK else ", asked to be opened"
    voices = f"{case.voices} voices" if case.voices > 1 else "1 voice"
    blocked = ", blocked for now" if case.provisional else ""
    return f"- {case.id}: {site}{wish}, {voices}, since {case.opened_at.astimezone(zone):%d %b %H:%M}{blocked}"
