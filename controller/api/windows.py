"""Windows: lessons opened for a year group, how far each got, and their end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, status
from pydantic import Field, model_validator

from controller.api import lessons
from controller.api.access import Site, Staff, needs
from controller.api.problems import WrongInput
from controller.api.progress import Progress, progress
from controller.api.shapes import Answer, Ask, Id, MacText, Moment, Words, example_of, examples
from controller.api.site_view import SiteView
from controller.api.whom import Whom
from controller.model import AccessWindow, WindowKind
from controller.window_news import ends_soon

router = APIRouter(prefix="/api/v1/windows", tags=["windows"])

Minutes = Annotated[int, Field(strict=True, ge=1, le=480, description="How long, counted from now.")]
WindowId = Annotated[str, Path(max_length=100, examples=["w17", "timetable[3]@2026-11-24"])]
Series = Annotated[str, Path(max_length=40, examples=["s17"])]
LONGEST_LOOK = timedelta(days=31)


class Ends(Ask):
    """Either `minutes`, or `until`: `bell`, `lesson` (the end of the timetabled lesson) or a moment."""

    minutes: Minutes | None = None
    until: Literal["bell", "lesson"] | Moment | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Ends:
        if (self.minutes is None) == (self.until is None):
            raise ValueError("expected either `minutes` or `until`")
        return self

    @property
    def length(self) -> lessons.Length:
        return timedelta(minutes=self.minutes) if self.minutes is not None else self.until or "bell"


class OpenWindow(Ends):
    model_config = examples(
        {"group": "year-5", "minutes": 45, "why": "computing"},
        {"group": "year-5", "until": "bell", "focus": ["approved-sites"]},
        {"group": "year-5", "minutes": 5, "kind": "pause", "why": "eyes to the front"},
        {"room": "ict-suite", "until": "lesson", "why": "coding"},
        {"group": "year-5", "minutes": 60, "opens_at": "2026-11-26T15:30:00Z", "repeat_until": "2026-12-17"},
    )
    group: Id | None = Field(default=None, description="A year group of the policy.")
    school_class: Id | None = Field(default=None, description="A class of the policy; its year group follows.")
    room: Words | None = Field(default=None, description="Whoever is in this room, of `group` where that is given.")
    devices: tuple[MacText, ...] = Field(default=(), max_length=100, description="Only these devices of pupils.")
    opens_at: Moment | None = Field(default=None, description="Left out: now.")
    why: Words | Literal[""] = ""
    focus: tuple[Id, ...] = Field(default=(), max_length=20, description="Only these site lists of the policy.")
    kind: WindowKind = Field(
        default=WindowKind.OPEN, description="`exam`: the sites of `focus` and nothing else; `pause`: everything off."
    )
    repeat_until: date | None = Field(
        default=None, description="Every week at this time up to this day, on school days; the first one is answered."
    )

    @property
    def whom(self) -> Whom:
        return Whom(self.group, self.school_class, self.room, tuple(dict.fromkeys(self.devices)))


class ExtendWindow(Ends):
    model_config = examples({"minutes": 15}, {"until": "bell"})


class WindowOut(Answer):
    model_config = examples(
        {
            "id": "w17",
            "group": "year-5",
            "opens_at": "2026-11-24T09:15:00Z",
            "closes_at": "2026-11-24T10:00:00Z",
            "opened_by": "year-5-teacher",
            "why": "computing",
            "level": None,
            "focus": [],
            "rule": "roles.teacher.may_open",
            "ended_by": None,
            "clauses": ["T1", "T2"],
            "open": True,
            "seconds_left": 2700,
            "by_timetable": False,
            "kind": "open",
            "whom": "year-5",
            "school_class": None,
            "room": None,
            "devices": [],
            "series": None,
            "ends_soon": False,
        }
    )
    id: str
    group: str
    opens_at: datetime
    closes_at: datetime
    opened_by: str
    why: str
    level: str | None
    focus: tuple[str, ...]
    rule: str
    ended_by: str | None
    clauses: tuple[str, ...]
    open: bool
    seconds_left: int
    by_timetable: bool
    kind: WindowKind
    whom: str
    school_class: str | None
    room: str | None
    devices: tuple[str, ...]
    series: str | None
    ends_soon: bool
    """It is open and ends within five minutes."""


class ProgressOut(Answer):
    """`reach`: in-force, pending, unreachable, held-back, not-yet, closed."""

    point: str
    purpose: str
    reach: str
    detail: str
    ends_by_itself: bool


class WindowWithProgress(WindowOut):
    model_config = examples(
        {
            **example_of(WindowOut),
            "progress": [
                {
                    "point": "dns-filter",
                    "purpose": "dns-filter",
                    "reach": "in-force",
                    "detail": "2 of 2 workers",
                    "ends_by_itself": True,
                }
            ],
        }
    )
    progress: tuple[ProgressOut, ...]


class Windows(Answer):
    model_config = examples({"items": [example_of(WindowOut)]})
    items: tuple[WindowOut, ...]


@router.post("", status_code=status.HTTP_202_ACCEPTED, operation_id="open_window", openapi_extra=needs("windows:open"))
def open_window(ask: OpenWindow, site: Site, staff: Staff) -> WindowOut:
    """Accepted, not applied: the loop carries it out, and `GET /windows/{id}` says how far it got."""
    window = lessons.open_lesson(
        site,
        staff,
        ask.whom,
        ask.length,
        opens_at=ask.opens_at,
        why=ask.why,
        focus=ask.focus,
        kind=ask.kind,
        repeat_until=ask.repeat_until,
    )
    return shown(window, site.clock.now())


@router.get("", operation_id="list_windows", openapi_extra=needs("windows:read"))
def list_windows(
    site: Site,
    first: Annotated[Moment | None, Query(alias="from", description="Left out: now.")] = None,
    last: Annotated[Moment | None, Query(alias="to", description="Left out: a moment after `from`.")] = None,
    group: Annotated[Id | None, Query(description="Only of this year group.")] = None,
) -> Windows:
    """Opened by people and by the timetable, that overlap the span; without a span: what is open now."""
    begins = first or site.clock.now()
    ends = last or begins + timedelta(seconds=1)
    if not timedelta(0) < ends - begins <= LONGEST_LOOK:
        raise WrongInput("Expected a span of at most 31 days, its end after its beginning.")
    found = lessons.lessons_between(site, begins, ends)
    now = site.clock.now()
    return Windows(items=tuple(shown(window, now) for window in found if group in (None, window.group)))


@router.get("/series/{series}", operation_id="get_window_series", openapi_extra=needs("windows:read"))
def get_series(series: Series, site: Site) -> Windows:
    """Every window of a weekly repetition, past and to come; empty where there is none of this name."""
    now = site.clock.now()
    return Windows(items=tuple(shown(window, now) for window in site.store.series(series)))


@router.post(
    "/series/{series}/end",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="end_window_series",
    openapi_extra=needs("windows:open"),
)
def end_series(series: Series, site: Site, staff: Staff) -> Windows:
    """The one that is open ends now, those to come never open. Ending an ended one changes nothing."""
    now = site.clock.now()
    return Windows(items=tuple(shown(window, now) for window in lessons.end_series(site, staff, series)))


@router.get("/{window_id}", operation_id="get_window", openapi_extra=needs("windows:read"))
def get_window(window_id: WindowId, site: Site) -> WindowWithProgress:
    """With how far it got at each enforcement point."""
    return with_progress(site, lessons.lesson(site, window_id))


@router.patch(
    "/{window_id}",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="extend_window",
    openapi_extra=needs("windows:open"),
)
def extend_window(window_id: WindowId, ask: ExtendWindow, site: Site, staff: Staff) -> WindowOut:
    """`minutes` counts from its present end, `until` names the new one."""
    return shown(lessons.extend_lesson(site, staff, window_id, ask.length), site.clock.now())


@router.post(
    "/{window_id}/end",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="end_window",
    openapi_extra=needs("windows:open"),
)
def end_window(window_id: WindowId, site: Site, staff: Staff) -> WindowOut:
    """Ends it now. Ending an ended one changes nothing."""
    return shown(lessons.end_lesson(site, staff, window_id), site.clock.now())


def shown(window: AccessWindow, now: datetime) -> WindowOut:
    return WindowOut(**_fields(window, now))


def with_progress(site: SiteView, window: AccessWindow) -> WindowWithProgress:
    now = site.clock.now()
    steps = progress(window, site.loop.intent(), site.loop.points(), now)
    return WindowWithProgress(**_fields(window, now), progress=tuple(map(_step, steps)))


def _step(step: Progress) -> ProgressOut:
    return ProgressOut.model_validate(step)


def _fields(window: AccessWindow, now: datetime) -> dict[str, object]:
    return {
        "id": window.id,
        "group": window.group,
        "opens_at": window.opens_at,
        "closes_at": window.closes_at,
        "opened_by": window.opened_by,
        "why": window.why,
        "level": window.level,
        "focus": window.focus,
        "rule": window.rule,
        "ended_by": window.ended_by,
        "clauses": window.clauses,
        "open": window.covers(now),
        "seconds_left": max(0, int((window.closes_at - now).total_seconds())) if window.covers(now) else 0,
        "kind": window.kind,
        "by_timetable": window.planned,
        "whom": window.whom,
        "school_class": window.school_class,
        "room": window.room,
        "devices": window.macs,
        "series": window.series,
        "ends_soon": ends_soon(window, now),
    }
