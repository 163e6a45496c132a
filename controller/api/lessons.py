"""Opening, extending and ending a lesson: what the API and the console both call."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from controller.api.closing import NoSuchEnd, Until, closing_moment
from controller.api.problems import Conflict, NotAllowed, NotFound, WrongInput
from controller.api.site_view import SiteView
from controller.api.whom import Whom, found
from controller.may_open import Refusal, may_end, may_extend, may_open, may_repeat, rule_for
from controller.model import AccessWindow, Actor, WindowKind
from controller.repeats import every_week
from controller.timetable import lesson_windows

Length = timedelta | Until | datetime
LOOK_AHEAD = timedelta(days=31)


def open_lesson(
    site: SiteView,
    staff: Actor,
    whom: str | Whom,
    length: Length,
    *,
    opens_at: datetime | None = None,
    why: str = "",
    focus: tuple[str, ...] = (),
    kind: WindowKind = WindowKind.OPEN,
    repeat_until: date | None = None,
) -> AccessWindow:
    """Stored, audited and the loop woken; not yet in force. Raises Problem.

    `whom`: a year group, or whoever else is meant. `repeat_until`: every week up to that day; the first one is given
    back.
    """
    now, policy = site.clock.now(), site.policy
    begins = max(opens_at or now, now)
    if begins > now + LOOK_AHEAD:
        raise WrongInput(f"It would open more than {LOOK_AHEAD.days} days from now.", "Put it into the timetable.")
    meant = found(site, staff, Whom(group=whom) if isinstance(whom, str) else whom)
    group = meant.group or ""
    closes_at = _closing(site, meant, begins, length)
    _require(may_open(policy, staff, group, begins, closes_at, now, meant.school_class))
    _know_lists(site, focus)
    _fits(kind, focus)
    window = AccessWindow("", group, begins, closes_at, staff.name, why, rule=rule_for(staff), clauses=("T1", "T2"))
    window = replace(window, focus=focus, kind=kind)
    window = replace(window, school_class=meant.school_class, room=meant.room, macs=meant.macs)
    opened = _stored(site, staff, window, repeat_until)
    site.loop.wake(f"window {opened.id} opened")
    return opened


def extend_lesson(site: SiteView, staff: Actor, window_id: str, length: Length) -> AccessWindow:
    """A number of minutes counts from its present end, everything else from now. Raises Problem."""
    now, window = site.clock.now(), opened_by_hand(site, window_id)
    start = window.closes_at if isinstance(length, timedelta) else now
    closes_at = _closing(site, Whom(window.group, window.school_class, window.room), start, length)
    _require(may_extend(site.policy, staff, window, closes_at, now))
    extended = site.store.extend_window(window.id, closes_at, staff, now)
    site.loop.wake(f"window {window.id} extended")
    return extended


def end_lesson(site: SiteView, staff: Actor, window_id: str) -> AccessWindow:
    """Ending an ended one changes nothing. Raises Problem."""
    now, window = site.clock.now(), opened_by_hand(site, window_id)
    _require(may_end(site.policy, staff, window))
    if window.closes_at <= now:
        return window
    ended = site.store.end_window(window.id, staff, now)
    site.loop.wake(f"window {window.id} ended")
    return ended


def lessons_between(site: SiteView, first: datetime, last: datetime) -> tuple[AccessWindow, ...]:
    """Those of people and those of the timetable, by beginning and group."""
    windows = (*site.store.windows(first, last), *lesson_windows(site.policy, first, last))
    return tuple(sorted(windows, key=lambda window: (window.opens_at, window.group, window.id)))


def lesson(site: SiteView, window_id: str) -> AccessWindow:
    """A window of a person, or a lesson of the timetable of the last or the coming 31 days. Raises NotFound."""
    window = site.store.window(window_id)
    if window is None and "[" in window_id:
        now = site.clock.now()
        lessons = lesson_windows(site.policy, now - LOOK_AHEAD, now + LOOK_AHEAD)
        window = next((item for item in lessons if item.id == window_id), None)
    if window is None:
        raise NotFound("There is no such lesson.", "GET /api/v1/windows lists those of today.")
    return window


def opened_by_hand(site: SiteView, window_id: str) -> AccessWindow:
    if "[" in window_id:
        raise Conflict(
            "This lesson stands in the timetable; it cannot be changed as if somebody had opened it.",
            "Open a lesson of your own beside it, or ask the ICT lead to change the timetable.",
        )
    return lesson(site, window_id)


def end_series(site: SiteView, staff: Actor, series: str) -> tuple[AccessWindow, ...]:
    """The one that is open and those to come. Raises Problem."""
    now, windows = site.clock.now(), site.store.series(series)
    if not windows:
        raise NotFound("There is no such series.", "GET /api/v1/windows shows the series of each window.")
    _require(may_end(site.policy, staff, windows[0]))
    ended = site.store.end_series(series, staff, now)
    site.loop.wake(f"series {series} ended")
    return ended


def _stored(site: SiteView, staff: Actor, window: AccessWindow, repeat_until: date | None) -> AccessWindow:
    """With its id; of a series the first one. Raises Problem."""
    if repeat_until is None:
        return site.store.open_window(window, staff, site.clock.now())
    _require(may_repeat(site.policy, staff))
    return site.store.open_series(_every_week(site, window, repeat_until), staff, site.clock.now())[0]


def _every_week(site: SiteView, window: AccessWindow, until: date) -> tuple[AccessWindow, ...]:
    try:
        repeated = every_week(site.policy, window, until)
    except ValueError as error:
        raise WrongInput(f"It cannot be repeated: {error}.") from None
    if not repeated:
        raise WrongInput("None of these days is a school day.", "Name a day in term.")
    return repeated


def _closing(site: SiteView, whom: Whom, now: datetime, length: Length) -> datetime:
    try:
        return closing_moment(site.policy, whom.school_class or whom.room or whom.group or "", now, length)
    except NoSuchEnd as end:
        raise Conflict(str(end), "Ask for a number of minutes instead.") from None


def _know_lists(site: SiteView, focus: tuple[str, ...]) -> None:
    if any(name not in site.policy.site_lists for name in focus):
        known = ", ".join(site.policy.site_lists) or "none"
        raise WrongInput("The policy has no site list of one of these names.", f"It has: {known}.")


def _fits(kind: WindowKind, focus: tuple[str, ...]) -> None:
    if kind is WindowKind.EXAM and not focus:
        raise WrongInput("An exam opens chosen sites only.", "Name the site lists of the policy in `focus`.")
    if kind is WindowKind.PAUSE and focus:
        raise WrongInput("A pause opens nothing.", "Leave `focus` out, or open a lesson for these sites.")


def _require(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise NotAllowed(refusal.text, f"It would take {refusal.allowed_if}." if refusal.allowed_if else "")
