"""The rules that look at the hour: windows that persons open, lessons of the timetable, and the time outside both."""

from __future__ import annotations

from datetime import datetime

from controller.facts import is_lesson
from controller.model import AccessWindow, Because
from controller.policy import OutsideWindows, Role, YearGroup
from controller.ruling import Case, Ruling, earliest, place


def manual_window(case: Case) -> Ruling | None:
    """A member of staff opened it: what a person says now counts before what was planned (T2)."""
    windows = case.facts.manual_of(case.subject)
    return _open(case, windows.at(case.now), windows.next_edge(case.now))


def timetable_window(case: Case) -> Ruling | None:
    lessons = case.facts.lessons_of(case.subject)
    return _open(case, lessons.at(case.now), _next_window_edge(case))


def outside_windows(case: Case) -> Ruling | None:
    """What holds while no lesson is open (T1)."""
    where = place(case)
    if where is None:
        return None
    belongs, home = where
    key, rest = resting_level(case.facts.policy.outside_windows, belongs)
    group, names = case.subject.group, case.facts.profiles
    closed = rest == "closed"
    level = belongs.level if rest in ("closed", "open") else rest
    text = f"No lesson is open for {group}." if closed else f"Outside lessons {group} has the level {level}."
    clauses = ("T1", "T2") if closed else names.level(level).clauses
    return Ruling(
        names.name(level, case.now, closed=closed),
        home,
        internet=not closed,
        because=Because(f"outside_windows.{key}", text, clauses),
        allowed_if="" if rest == "open" else f"a member of staff opens a lesson for {group}",
        until=_next_window_edge(case),
    )


def resting_level(outside: OutsideWindows, belongs: YearGroup | Role) -> tuple[str, str]:
    """The key of `outside_windows` that speaks of a group, and what it says."""
    if isinstance(belongs, Role):
        return "staff", outside.staff
    stage = belongs.key_stage
    own = {"eyfs": outside.eyfs, "ks1": outside.ks1, "ks2": outside.ks2}[stage]
    return ("pupils" if own is None else stage), outside.for_key_stage(stage)


def _open(case: Case, window: AccessWindow | None, until: datetime | None) -> Ruling | None:
    where = place(case)
    if window is None or where is None:
        return None
    belongs, home = where
    profile = case.facts.profiles.name(window.level or belongs.level, case.now, window.focus)
    by = "" if is_lesson(window) else f", opened by {window.opened_by}"
    ends = window.closes_at.astimezone(case.facts.policy.school.zone)
    text = f"{window.why or 'A lesson'}{by}, for {window.group} until {ends:%H:%M}."
    because = Because(window.rule or f"window {window.id}", text, window.clauses or ("T2",))
    return Ruling(profile, home, internet=True, because=because, until=until, window=window)


def _next_window_edge(case: Case) -> datetime | None:
    manual, lessons = case.facts.manual_of(case.subject), case.facts.lessons_of(case.subject)
    return earliest(manual.next_edge(case.now), lessons.next_edge(case.now))
