"""The rules that look at the hour: windows that persons open, lessons of the timetable, and the time outside both."""

from __future__ import annotations

from controller.model import AccessWindow, Because
from controller.ruling import Case, Rule, Ruling, place, profile

# The order of `facts.KINDS`.
_EXAMS, _PAUSES, _FOCUSED, _MANUAL, _LESSONS = range(5)


def exam(case: Case) -> Ruling | None:
    """Only the sites of the exam and no messaging, whatever else is open: no lesson and no focus widens it."""
    return _open(case, _EXAMS)


def pause(case: Case) -> Ruling | None:
    """A member of staff has everybody look up: everything off, at once (T2)."""
    window = case.held[_PAUSES]
    where = place(case) if window is not None else None
    if window is None or where is None:
        return None
    belongs, home = where
    because = Because(window.rule or f"window {window.id}", _told(case, window, "A pause"), window.clauses or ("T2",))
    return Ruling(
        profile(case, belongs.level, closed=True),
        home,
        internet=False,
        because=because,
        allowed_if="the pause ends, or a member of staff ends it",
        until=case.hours.next_edge(case.now, _PAUSES),
        window=window,
    )


def focus_window(case: Case) -> Ruling | None:
    """Opened for chosen sites only: above a lesson that is open for all, whichever was opened first."""
    return _open(case, _FOCUSED)


def manual_window(case: Case) -> Ruling | None:
    """A member of staff opened it: what a person says now counts before what was planned (T2)."""
    return _open(case, _MANUAL)


def timetable_window(case: Case) -> Ruling | None:
    return _open(case, _LESSONS)


def outside_windows(case: Case) -> Ruling | None:
    """What holds while no lesson is open (T1)."""
    where = place(case)
    if where is None:
        return None
    said = case.facts.outside(case.subject.group, where[0])
    return Ruling(
        profile(case, said.level, closed=said.closed),
        where[1],
        internet=not said.closed,
        because=said.because,
        allowed_if=said.allowed_if,
        until=case.hours.next_edge(case.now),
        level=None if said.closed else said.level,
    )


# Order is meaning: what narrows stands above what opens, and what a person says above what was planned.
BY_THE_HOUR: tuple[Rule, ...] = (exam, pause, focus_window, manual_window, timetable_window, outside_windows)


def _open(case: Case, kind: int) -> Ruling | None:
    window = case.held[kind]
    where = place(case) if window is not None else None
    if window is None or where is None:
        return None
    belongs, home = where
    because = Because(window.rule or f"window {window.id}", _told(case, window, "A lesson"), window.clauses or ("T2",))
    # Whatever outranks it may begin before it ends.
    until = case.hours.next_edge(case.now, kind)
    level = window.level or belongs.level
    said = profile(case, level, window.focus, exam=kind == _EXAMS)
    return Ruling(said, home, True, because, until=until, window=window, level=level, focus=window.focus)


def _told(case: Case, window: AccessWindow, noun: str) -> str:
    by = "" if window.planned else f", opened by {window.opened_by}"
    ends = window.closes_at.astimezone(case.facts.policy.school.zone)
    return f"{window.why or noun}{by}, for {window.whom} until {ends.hour:02}:{ends.minute:02}."
