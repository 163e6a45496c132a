"""What the first page shows, as plain values: a template only lays them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.api.admission import in_quarantine
from controller.api.closing import NoSuchEnd, closing_moment
from controller.api.lessons import Length, lessons_between
from controller.api.plan import change_out
from controller.api.sight import devices_in_sight
from controller.api.site_view import SiteView
from controller.may_open import may_end, may_extend, may_open
from controller.model import AccessWindow, Actor, Decision, EnforcementPoint, PointState, WindowKind
from controller.web.choices import Option, what_options, whom_options
from controller.window_news import ends_soon
from inventory.model import Admission, Device, Whereabouts

MINUTES = (15, 30, 45, 60)
EXTENSION = timedelta(minutes=15)
MOST_ROWS = 200
"""A flood of strangers must not make a page that no browser can show."""


@dataclass(frozen=True, slots=True)
class OpenLesson:
    window: AccessWindow
    minutes_left: int
    by_timetable: bool
    may_end: bool
    may_extend: bool
    soon: bool = False
    """It ends within five minutes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: for how long a lesson can be opened."""

    value: str
    text: str
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class GroupCard:
    group: str
    lessons: tuple[OpenLesson, ...]
    choices: tuple[Choice, ...]
    note: str
    """Why there are no buttons; empty where there are, or for somebody who opens no lessons at all."""
    next_lesson: AccessWindow | None
    whom: tuple[Option, ...] = ()
    what: tuple[Option, ...] = ()
    always: tuple[Choice, ...] = ()
    """Lengths for a pause, an exam or a part of the group: also while a lesson is open."""

    @property
    def holding(self) -> WindowKind | None:
        """The kind of window that outranks the others now; None where none runs."""
        kinds = {lesson.window.kind for lesson in self.lessons if not lesson.window.narrow}
        return next((kind for kind in (WindowKind.EXAM, WindowKind.PAUSE, WindowKind.OPEN) if kind in kinds), None)

    @property
    def until(self) -> datetime | None:
        """When that ends."""
        whole = (each.window for each in self.lessons if not each.window.narrow)
        return max((window.closes_at for window in whole if window.kind is self.holding), default=None)


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    device: Device
    place: Whereabouts | None
    reason: str
    todo: str
    by_hand: bool


MOST_DRIFT = 5


@dataclass(frozen=True, slots=True)
class PointChip:
    point: EnforcementPoint
    tone: str
    """`good`, `wait` or `bad`: said in words and by shape too, never by colour alone."""
    text: str
    drift: tuple[str, ...] = ()
    """What somebody changed by hand, and what it ought to be."""


def group_cards(site: SiteView, staff: Actor) -> tuple[GroupCard, ...]:
    now = site.clock.now()
    coming = lessons_between(site, now, now + timedelta(hours=12))
    own = {site.policy.year_group_of(each) for each in staff.groups}
    own_first = sorted(site.policy.year_groups, key=lambda group: group not in own)
    return tuple(_card(site, staff, group, [w for w in coming if w.group in ("", group)], now) for group in own_first)


def length_of(choice: str) -> Length:
    """What the value of a button stands for. Raises KeyError for anything else."""
    lengths: dict[str, Length] = {str(minutes): timedelta(minutes=minutes) for minutes in MINUTES}
    return {**lengths, "lesson": "lesson", "bell": "bell"}[choice]


def quarantine_rows(site: SiteView, staff: Actor) -> tuple[tuple[QuarantineRow, ...], int]:
    """Newest first, at most 200 of them, and how many there are in all that this person may look at."""
    inventory, intent = site.inventory(), site.loop.intent()
    decisions = intent.decisions if intent else {}
    in_sight = devices_in_sight(site, staff)
    held = [
        d for d in inventory.devices.values() if in_quarantine(site.policy, d, decisions.get(d.mac)) and in_sight(d)
    ]
    seen = inventory.whereabouts

    def newest(device: Device) -> float:
        moment = device.hold.since if device.hold else device.first_seen
        return -moment.timestamp() if moment else 0.0

    rows = sorted(held, key=lambda device: (newest(device), device.mac))[:MOST_ROWS]
    return tuple(_row(device, seen.get(device.mac), decisions.get(device.mac)) for device in rows), len(held)


def point_chips(site: SiteView) -> tuple[PointChip, ...]:
    return tuple(PointChip(point, *_tone(point), _drift(point)) for point in site.loop.points())


def _card(site: SiteView, staff: Actor, group: str, windows: list[AccessWindow], now: datetime) -> GroupCard:
    lessons = tuple(_lesson(site, staff, window, now) for window in windows if window.covers(now))
    following = next((window for window in windows if window.opens_at > now), None)
    always, choices = _choices(site, staff, group, now), tuple[Choice, ...]()
    # A lesson of a person is extended; one of the timetable is kept open longer by opening beside it.
    whole = [lesson for lesson in lessons if not lesson.window.narrow]
    if all(lesson.by_timetable for lesson in whole):
        latest = max((lesson.window.closes_at for lesson in whole), default=now)
        choices = tuple(choice for choice in always if choice.closes_at > latest)
    note = "" if choices or lessons else _why_not(site, staff, group, now)
    more = (whom_options(site, group), what_options(site), always) if always else ()
    return GroupCard(group, lessons, choices, note, following, *more)


def _why_not(site: SiteView, staff: Actor, group: str, now: datetime) -> str:
    if "windows:open" not in staff.scopes:
        return ""
    refusal = may_open(site.policy, staff, group, now, now + timedelta(minutes=MINUTES[0]), now)
    return refusal.text if refusal else ""


def _lesson(site: SiteView, staff: Actor, window: AccessWindow, now: datetime) -> OpenLesson:
    by_timetable = window.planned
    may_write = "windows:open" in staff.scopes and not by_timetable
    longer = may_extend(site.policy, staff, window, window.closes_at + EXTENSION, now)
    left = -(-int((window.closes_at - now).total_seconds()) // 60)
    ends = may_write and may_end(site.policy, staff, window) is None
    return OpenLesson(window, left, by_timetable, ends, may_write and longer is None, ends_soon(window, now))


def _choices(site: SiteView, staff: Actor, group: str, now: datetime) -> tuple[Choice, ...]:
    """Only the buttons that would work."""
    if "windows:open" not in staff.scopes:
        return ()
    words = {**{str(minutes): f"{minutes} min" for minutes in MINUTES}, "lesson": "End of lesson", "bell": "Bell"}
    choices = []
    for value, text in words.items():
        try:
            closes_at = closing_moment(site.policy, group, now, length_of(value))
        except NoSuchEnd:
            continue
        if may_open(site.policy, staff, group, now, closes_at, now) is None:
            choices.append(Choice(value, text, closes_at))
    return tuple(choices)


def _row(device: Device, place: Whereabouts | None, decision: Decision | None) -> QuarantineRow:
    if device.hold is not None:
        reason = f"{device.hold.reason} (put here by {device.hold.by})"
        return QuarantineRow(device, place, reason, "Somebody releases it.", by_hand=True)
    if decision is not None:
        return QuarantineRow(device, place, decision.because.text, _sentence(decision.allowed_if), by_hand=False)
    unknown = device.admission is Admission.UNKNOWN
    reason = "Nobody has registered this device." if unknown else "It is barred: lost, stolen, retired or refused."
    return QuarantineRow(device, place, reason, "", by_hand=False)


def _sentence(text: str) -> str:
    return f"What would change it: {text}." if text else ""


def _drift(point: EnforcementPoint) -> tuple[str, ...]:
    return tuple(change_out(planned).what for planned in point.drift[:MOST_DRIFT])


def _tone(point: EnforcementPoint) -> tuple[str, str]:
    held = len(point.held_back)
    match point.state:
        case PointState.IN_FORCE if not held:
            return "good", "in force"
        case PointState.IN_FORCE:
            return "wait", f"in force, {held} held back"
        case PointState.PENDING:
            return "wait", "being told"
        case PointState.OBSERVED_ONLY:
            return "wait", "watched only"
        case PointState.SET_ASIDE:
            return "bad", "set aside"
        case PointState.NEVER:
            return "bad", "never reached"
        case PointState.UNREACHABLE:
            return "bad", "unreachable"
