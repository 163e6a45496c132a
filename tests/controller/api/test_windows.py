"""Opening, extending and ending lessons by the API, and how far each got."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from controller.api.closing import NoSuchEnd, closing_moment
from controller.api.progress import Reach, progress
from controller.model import AccessWindow, EnforcementPoint, PointState
from controller.policy.file import parse
from tests.controller.api.conftest import As
from tests.fakes.site import NINE, POLICY, FakeSite, intended

WINDOWS = "/api/v1/windows"
SCHOOL = parse(POLICY, "school.yaml").policy


def test_a_teacher_opens_a_lesson_and_sees_how_far_it_got(api: As, site: FakeSite) -> None:
    teacher = api("teacher")
    opened = teacher.post(WINDOWS, json={"group": "year-5", "minutes": 45, "why": "computing"})
    assert opened.status_code == 202
    body = opened.json()
    assert (body["opens_at"], body["closes_at"]) == ("2026-11-24T09:00:00Z", "2026-11-24T09:45:00Z")
    assert (body["opened_by"], body["rule"], body["open"]) == ("teacher", "roles.teacher.may_open", True)
    assert site.loop.woken == [f"window {body['id']} opened"]
    shown = teacher.get(f"{WINDOWS}/{body['id']}").json()
    # The access switch is unreachable, but no lesson concerns it: VLANs never move for one.
    assert {step["point"]: step["reach"] for step in shown["progress"]} == {
        "dns-filter": "in-force",
        "gw-1": "in-force",
    }


def test_a_double_click_opens_one_lesson(api: As, site: FakeSite) -> None:
    teacher = api("teacher")
    first = teacher.post(WINDOWS, json={"group": "year-5", "minutes": 30}).json()
    site.clock.advance(timedelta(seconds=1))
    again = teacher.post(WINDOWS, json={"group": "year-5", "minutes": 30}).json()
    assert again["id"] == first["id"]
    assert len(site.store.windows(NINE, NINE + timedelta(hours=1))) == 1


def test_ending_it_closes_it_now_and_ending_it_twice_changes_nothing(api: As, site: FakeSite) -> None:
    teacher = api("teacher")
    opened = teacher.post(WINDOWS, json={"group": "year-5", "minutes": 30}).json()
    site.clock.advance(timedelta(minutes=5))
    ended = teacher.post(f"{WINDOWS}/{opened['id']}/end")
    assert (ended.status_code, ended.json()["closes_at"], ended.json()["open"]) == (202, "2026-11-24T09:05:00Z", False)
    site.clock.advance(timedelta(minutes=5))
    assert teacher.post(f"{WINDOWS}/{opened['id']}/end").json()["closes_at"] == "2026-11-24T09:05:00Z"


def test_more_minutes_count_from_its_end_and_not_beyond_what_the_role_may_open(api: As) -> None:
    teacher = api("teacher")
    opened = teacher.post(WINDOWS, json={"group": "year-5", "minutes": 30}).json()
    longer = teacher.patch(f"{WINDOWS}/{opened['id']}", json={"minutes": 30})
    assert longer.json()["closes_at"] == "2026-11-24T10:00:00Z"
    too_long = teacher.patch(f"{WINDOWS}/{opened['id']}", json={"minutes": 1})
    assert too_long.status_code == 403
    assert "60 minutes" in too_long.json()["detail"]


def test_the_list_shows_what_is_open_now_and_over_a_span_the_timetable_too(api: As) -> None:
    head = api("head")
    head.post(WINDOWS, json={"group": "year-6", "minutes": 30})
    assert [row["group"] for row in head.get(WINDOWS).json()["items"]] == ["year-6"]
    day = {"from": "2026-11-24T00:00:00Z", "to": "2026-11-25T00:00:00Z"}
    rows = head.get(WINDOWS, params=day).json()["items"]
    assert [(row["group"], row["by_timetable"]) for row in rows] == [("year-6", False), ("year-5", True)]
    assert [row["id"] for row in head.get(WINDOWS, params={**day, "group": "year-5"}).json()["items"]] == [
        "timetable[0]@2026-11-24"
    ]


def test_a_lesson_of_the_timetable_is_shown_but_not_ended_as_if_somebody_had_opened_it(api: As) -> None:
    head = api("head")
    lesson = f"{WINDOWS}/timetable[0]@2026-11-24"
    assert head.get(lesson).json()["why"] == "computing"
    assert head.post(f"{lesson}/end").status_code == 409
    assert head.patch(lesson, json={"minutes": 5}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"group": "year-5"},
        {"group": "year-5", "minutes": 5, "until": "bell"},
        {"group": "year-5", "minutes": 0},
        {"group": "year-5", "minutes": 481},
        {"group": "year-5", "minutes": "5"},
        {"group": "year-5", "minutes": True},
        {"group": "year-5", "until": "2026-11-24T10:00:00"},
        {"group": "Year 5", "minutes": 5},
        {"group": "year-5", "minutes": 5, "opens_at": "2027-01-24T10:00:00Z"},
        {"group": "year-5", "minutes": 5, "opens_at": "9999-12-31T23:59:59Z"},
        {"group": "year-5", "until": "9999-12-31T23:59:59-23:59"},
        {"group": "year-5", "minutes": 5, "level": "staff"},
        {"group": "year-5", "minutes": 5, "focus": ["no-such-list"]},
        {"group": "year-5", "minutes": 5, "why": "line\nbreak"},
        {"group": "year-5", "minutes": 5, "why": "x" * 201},
        [],
        None,
    ],
)
def test_a_wrong_body_is_refused_and_opens_nothing(body: object, api: As, site: FakeSite) -> None:
    answer = api("ict_lead").post(WINDOWS, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert site.store.windows(NINE, NINE + timedelta(days=1)) == ()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_are_none_are_refused_in_words(number: str, api: As) -> None:
    lead = api("ict_lead")
    for body in (
        f'{{"group": "year-5", "minutes": {number}}}',
        f'{{"group": {number}}}',
        number,
        f'{{"x": [{number}]}}',
    ):
        answer = lead.post(WINDOWS, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["mistakes"]


def test_a_refusal_never_repeats_what_was_sent(api: As) -> None:
    secret = "hunter2-ct_secret"
    lead = api("ict_lead")
    bodies = ({secret: 1}, {"group": secret * 9, "minutes": secret}, {"group": "year-5", "minutes": 5, "why": [secret]})
    for body in bodies:
        assert secret not in lead.post(WINDOWS, json=body).text
    assert secret not in lead.get(f"{WINDOWS}/{secret}").text
    assert secret not in lead.get(WINDOWS, params={"from": secret, secret: "1"}).text


def moment(hour: int, minute: int, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "length", "closes"),
    [
        (moment(9, 0), timedelta(minutes=15), moment(9, 15)),
        (moment(9, 0), "bell", moment(15, 15)),
        (moment(9, 15), "lesson", moment(10, 15)),
        (moment(10, 14), "lesson", moment(10, 15)),
        (datetime(2026, 9, 8, 9, 0, tzinfo=UTC), "bell", datetime(2026, 9, 8, 14, 15, tzinfo=UTC)),  # summer time
    ],
)
def test_when_a_lesson_closes(now: datetime, length: timedelta, closes: datetime) -> None:
    assert closing_moment(SCHOOL, "year-5", now, length) == closes


@pytest.mark.parametrize(
    ("now", "group", "length"),
    [
        (moment(15, 15), "year-5", "bell"),
        (moment(9, 14), "year-5", "lesson"),
        (moment(10, 15), "year-5", "lesson"),
        (moment(9, 30), "year-6", "lesson"),
        (moment(9, 0), "year-5", moment(9, 0)),
    ],
)
def test_there_is_no_such_end(now: datetime, group: str, length: timedelta) -> None:
    with pytest.raises(NoSuchEnd):
        closing_moment(SCHOOL, group, now, length)


def point(state: PointState, epoch: int | None = None, *, lease: bool = True) -> EnforcementPoint:
    return EnforcementPoint("dns-filter", "dns-filter", state, NINE, can_lease=lease, epoch=epoch)


@pytest.mark.parametrize(
    ("seen", "after", "reach"),
    [
        (point(PointState.IN_FORCE), 0, Reach.IN_FORCE),
        (point(PointState.IN_FORCE, epoch=1), 0, Reach.IN_FORCE),
        (point(PointState.IN_FORCE, epoch=0), 0, Reach.PENDING),
        (point(PointState.PENDING), 0, Reach.PENDING),
        (point(PointState.UNREACHABLE), 0, Reach.UNREACHABLE),
        (point(PointState.NEVER), 0, Reach.UNREACHABLE),
        (point(PointState.SET_ASIDE), 0, Reach.HELD_BACK),
        (point(PointState.IN_FORCE), -1, Reach.NOT_YET),
        (point(PointState.UNREACHABLE), 30, Reach.CLOSED),  # it ends what it was given by itself
        (point(PointState.UNREACHABLE, lease=False), 30, Reach.UNREACHABLE),
    ],
)
def test_how_far_a_lesson_got(seen: EnforcementPoint, after: int, reach: Reach, site: FakeSite, api: As) -> None:
    api("head").post(WINDOWS, json={"group": "year-5", "minutes": 30})
    window, intent = site.store.windows(NINE, NINE + timedelta(hours=1))[0], intended(site)
    (step,) = progress(window, intent, [seen], NINE + timedelta(minutes=after))
    assert step.reach is reach


def test_a_lesson_that_no_turn_of_the_loop_has_seen_is_pending(site: FakeSite) -> None:
    window = AccessWindow("w9", "year-5", NINE, NINE + timedelta(minutes=30), "head")
    for intent in (None, intended(site)):
        (step,) = progress(window, intent, [point(PointState.IN_FORCE)], NINE)
        assert step.reach is Reach.PENDING


@pytest.mark.parametrize(
    "span",
    [
        {"from": "9999-12-31T23:59:59Z"},
        {"from": "0001-01-01T00:00:00+23:59"},
        {"from": "2026-11-24T00:00:00Z", "to": "2026-12-26T00:00:00Z"},
        {"from": "2026-11-24T00:00:00Z", "to": "2026-11-24T00:00:00Z"},
    ],
)
def test_a_span_out_of_reach_is_refused(span: dict[str, str], api: As) -> None:
    assert api("teacher").get(WINDOWS, params=span).status_code == 422


def test_a_lesson_can_be_opened_for_later_today(api: As) -> None:
    ask = {"group": "year-5", "minutes": 30, "opens_at": "2026-11-24T13:00:00Z"}
    opened = api("teacher").post(WINDOWS, json=ask).json()
    assert (opened["opens_at"], opened["closes_at"], opened["open"]) == (
        "2026-11-24T13:00:00Z",
        "2026-11-24T13:30:00Z",
        False,
    )
    steps = api("teacher").get(f"{WINDOWS}/{opened['id']}").json()["progress"]
    assert {step["reach"] for step in steps} == {"not-yet"}
