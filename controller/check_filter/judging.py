"""What came back beside what was expected: subject by subject, and beside the last check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from controller.check_filter.heard import SILENCE, Heard
from controller.check_filter.outcome import Finding, Line, Run
from controller.check_filter.questions import REPORTED, Expect, Question

FEW = 3
"""Names that are told of a line that is wrong."""


def as_expected(question: Question, heard: Heard) -> bool:
    if heard == SILENCE:
        return False
    if question.expect is Expect.BLOCKED:
        return heard.blocked
    if question.expect is Expect.SAFE:
        return question.target in heard.aliases
    return not heard.blocked


def lines(asked: Iterable[tuple[Question, Heard]]) -> tuple[Line, ...]:
    """One line for each seat, subject and expectation, in the order in which they were asked."""
    found: dict[tuple[str, str, Expect], list[tuple[Question, Heard]]] = {}
    for question, heard in asked:
        found.setdefault((question.seat.label, question.subject, question.expect), []).append((question, heard))
    return tuple(_line(pairs) for pairs in found.values())


def _line(pairs: Sequence[tuple[Question, Heard]]) -> Line:
    first, _ = pairs[0]
    wrong = [(question.name, heard) for question, heard in pairs if not as_expected(question, heard)]
    return Line(
        seat=first.seat.label,
        subject=first.subject,
        expect=first.expect.value,
        asked=len(pairs),
        right=len(pairs) - len(wrong),
        rule=first.rule,
        clauses=first.clauses,
        wrong=tuple(f"{name}: {_words(heard)}" for name, heard in wrong[:FEW]),
    )


def _words(heard: Heard) -> str:
    if heard == SILENCE:
        return "no answer"
    if heard.blocked:
        return f"blocked ({heard.said})" if heard.said else "blocked"
    led = f", led to {heard.aliases[-1]}" if heard.aliases else ""
    return f"let through: {heard.rcode}{led}"


def findings_of(lines: Iterable[Line]) -> Iterator[Finding]:
    """A line that is not as it should be; one subject at many levels is one thing to look at each time."""
    for line in lines:
        if line.right < line.asked:
            told = f"{line.asked - line.right} of {line.asked} asked were not {line.expect}: {'; '.join(line.wrong)}"
            kind = "open" if line.expect != Expect.ANSWERED.value else "shut"
            yield Finding(kind=kind, subject=f"{line.subject}, {line.seat}", text=told, clauses=line.clauses)


def stale(epochs: Sequence[int], published: int) -> Iterator[Finding]:
    """Workers that answer by another table than the one that was published. `epochs`: of each answer asked for."""
    if not epochs:
        yield Finding(kind="silent", subject="workers", text="no worker says by which table it answers")
    for epoch, of in groupby(sorted(epochs)):
        if epoch < published:
            share = f"{len(list(of))} of {len(epochs)} answers"
            text = f"{share} came by the table of epoch {epoch}; published is {published}"
            yield Finding(kind="stale", subject=f"worker at epoch {epoch}", text=text, clauses=("F12",))


def untested(categories: Iterable[str]) -> Iterator[Finding]:
    for category in categories:
        text = "the policy blocks it, but no list in use feeds it: nothing is blocked by it"
        yield Finding(kind="untested", subject=f"category {category}", text=text, clauses=("F1",))


def changed(now: Sequence[Line], before: Run | None) -> Iterator[Finding]:
    """What was blocked or safe at the last check, and is not even asked for now: the policy was changed.

    Rules about reported sites come and go; those that went by themselves are told as lapsed.
    """
    if before is None:
        return
    still = {(line.seat, line.subject, line.expect) for line in now}
    for line in before.lines:
        kept_away = line.right and line.expect != Expect.ANSWERED.value
        if kept_away and not line.subject.startswith(REPORTED) and (line.seat, line.subject, line.expect) not in still:
            text = (
                f"was {line.expect} at the check of {before.at:%d %B, %H:%M} UTC ({line.rule}); nothing asks for it now"
            )
            yield Finding(kind="changed", subject=f"{line.subject}, {line.seat}", text=text, clauses=line.clauses)


def news(now: Run, before: Run | None) -> Mapping[str, tuple[Finding, ...]]:
    """`new` findings, and those that are `gone` since the last check."""
    then = before.findings if before else ()
    known, here = {each.key for each in then}, {each.key for each in now.findings}
    return {
        "new": tuple(each for each in now.findings if each.key not in known),
        "gone": tuple(each for each in then if each.key not in here),
    }
