"""Opening, extending and ending a lesson: what the API and the console both call."""

from __future__ import annotations

from datetime import datetime, timedelta

from controller.api.closing import NoSuchEnd, Until, closing_moment
from controller.api.problems import Conflict, NotAllowed, NotFound, WrongInput
from controller.api.site_view import SiteView
from controller.may_open import Refusal, may_end, may_extend, may_open, rule_for
from controller.model import AccessWindow, Actor, WindowKind
from controller.timetable import lesson_windows

Length = timedelta | Until | datetime
LOOK_AHEAD = timedelta(days=31)


def open_lesson(
    site: SiteView,
    staff: Actor,
    group: str,
    length: Length,
    *,
    opens_at: datetime | None = None,
    why: str = "",
    focus: tuple[str, ...] = (),
    kind: WindowKind = WindowKind.OPEN,
) -> AccessWindow:
    """Stored, audited and the loop woken; not yet in force. Raises Problem."""
    now, policy = site.clock.now(), site.policy
    begins = max(opens_at or now, now)
    if begins > now + LOOK_AHEAD:
        raise WrongInput(f"It would open more than {LOOK_AHEAD.days} days from now.", "Put it into the timetable.")
    closes_at = _closing(site, group, begins, length)
    _require(may_open(policy, staff, group, begins, closes_at, now))
    _know_lists(site, focus)
    _fits(kind, focus)
    window = AccessWindow(
        "",
        group,
        begins,
        closes_at,
        staff.name,
        why,
        focus=focus,
        rule=rule_for(staff),
        clauses=("T1", "T2"),
        kind=kind,
    )
    opened = site.store.open_window(window, staff, now)
    site.loop.wake(f"window {opened.id} opened")
    return opened


def extend_lesson(site: SiteView, staff: Actor, window_id: str, length: Length) -> AccessWindow:
    """A number of minutes counts from its present end, everything else from now. Raises Problem."""
    now, window = site.clock.now(), opened_by_hand(site, window_id)
    start = window.closes_at if isinstance(length, timedelta) else now
    closes_at = _closing(site, window.group, start, length)
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
    found = (*site.store.windows(first, last), *lesson_windows(site.policy, first, last))
    return tuple(sorted(found, key=lambda window: (window.opens_at, window.group, window.id)))


def lesson(site: SiteView, window_id: str) -> AccessWindow:
    """A window of a person, or a lesson of the timetable of the last or the coming 31 days. Raises NotFound."""
    window = site.store.window(window_id)
    if window is None and window_id.startswith("timetable["):
        now = site.clock.now()
        lessons = lesson_windows(site.policy, now - LOOK_AHEAD, now + LOOK_AHEAD)
        window = next((item for item in lessons if item.id == window_id), None)
    if window is None:
        raise NotFound("There is no such lesson.", "GET /api/v1/windows lists those of today.")
    return window


def opened_by_hand(site: SiteView, window_id: str) -> AccessWindow:
    if window_id.startswith("timetable["):
        raise Conflict(
            "This lesson stands in the timetable; it cannot be changed as if somebody had opened it.",
            "Open a lesson of your own beside it, or ask the ICT lead to change the timetable.",
        )
    return lesson(site, window_id)


def _closing(site: SiteView, group: str, now: datetime, length: Length) -> datetime:
    try:
        return closing_moment(site.policy, group, now, length)
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
