"""One check, from the school's files to the record of it. ●"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from controller import publish
from controller.access_level import level_of
from controller.addresses import Endpoint
from controller.check_filter import judging
from controller.check_filter.asking import ask, epochs
from controller.check_filter.heard import Heard
from controller.check_filter.outcome import Finding, Run
from controller.check_filter.questions import OwnRule, Question, questions
from controller.check_filter.samples import taken_from_lists, untested
from controller.check_filter.seats import STRANGER
from controller.model import IntendedState
from controller.policy import Policy
from dns_filter.generations import read_current
from dns_filter.model import State, active_grant

NODE = "filter node"
EPOCHS_ASKED = 64
"""Questions that the kernel deals out among the workers: of eight, none is missed but once in a thousand checks."""
NEAR_A_BELL = timedelta(seconds=5)
"""So close to a change nobody says what a group is to have."""

Tell = Callable[[int, int], None]
"""Questions asked, and of how many."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check goes by: the policy in force, what is compiled from it now, and where the filter keeps its state."""

    policy: Policy
    sha256: str
    intent: IntendedState
    table: Path
    names: Path
    own_rules: Sequence[OwnRule] = ()
    lapsed: Sequence[Finding] = field(default=())


def check(by: Checked, server: Endpoint, now: datetime, before: Run | None, tell: Tell = lambda *_: None) -> Run:
    """Ask everything, and say what came of it. Raises ValueError where the report on the lists is damaged."""
    published = publish.last_epoch(by.table)
    wanted = {category for name in by.policy.access_levels for category in level_of(by.policy, name).categories}
    samples = taken_from_lists(by.names, wanted | set(by.policy.mandatory), f"{now:%Y-%m-%d}")
    heard_of = epochs(server, STRANGER, EPOCHS_ASKED)
    asked = questions(by.policy, samples, by.own_rules, open_groups(by.intent, by.policy, now))
    lines = judging.lines(_asked(asked, server, tell)) if heard_of else ()
    current = read_current(by.names)
    return Run(
        school=by.policy.school.name,
        where=NODE,
        at=now,
        policy=by.sha256[:12],
        epoch=published,
        names=current.version if current else "",
        lines=lines,
        findings=(
            *judging.stale(heard_of, published),
            *judging.findings_of(lines),
            *(judging.changed(lines, before) if lines else ()),
            *by.lapsed,
            *judging.untested(untested(samples)),
        ),
    )


def open_groups(intent: IntendedState, policy: Policy, now: datetime) -> Mapping[str, bool]:
    """Whether the internet is open to each group. Groups about to change are left out."""
    found = {}
    for group in (*policy.year_groups, *policy.roles):
        cohort = intent.table.cohorts[group]
        moments = [now - NEAR_A_BELL, now, now + NEAR_A_BELL]
        grants = [active_grant(cohort, moment.timestamp()) for moment in moments]
        states = {intent.table.profiles[grant.profile if grant else cohort.resting].state for grant in grants}
        if len(states) == 1:
            found[group] = states == {State.OPEN}
    return found


def _asked(wanted: Sequence[Question], server: Endpoint, tell: Tell) -> Iterable[tuple[Question, Heard]]:
    for number, question in enumerate(wanted, 1):
        yield question, ask(server, question.seat.address, question.name, question.qtype)
        tell(number, len(wanted))
