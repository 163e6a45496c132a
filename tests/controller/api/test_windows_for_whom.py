"""Windows for a class, a room, named devices and every week, by the API; and what is told as they happen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.accounts import SYSTEM
from controller.api import events
from controller.window_news import What, news_between
from inventory.model import Admission, Device, YearGroupId
from tests.controller.api.conftest import As
from tests.controller.school import NINE as SAME_NINE
from tests.controller.school import window
from tests.fakes.site import IPAD, NINE, FakeSite

WINDOWS = "/api/v1/windows"
HALF_AN_HOUR = {"minutes": 30}


@pytest.mark.parametrize(
    ("ask", "status", "whom"),
    [
        ({"school_class": "5b"}, 202, "5b"),
        ({"school_class": "6a"}, 403, ""),
        ({"school_class": "5b", "group": "year-6"}, 422, ""),
        ({"school_class": "9z"}, 422, ""),
        ({"room": "hall"}, 202, "year-5 in hall"),
        ({"room": "hall", "group": "year-6"}, 403, ""),
        ({"room": "nowhere"}, 422, ""),
        ({"devices": [IPAD]}, 202, "a named device"),
        ({"devices": ["3c:22:fb:06:00:11"]}, 403, ""),
        ({"devices": [IPAD, "3c:22:fb:06:00:11"]}, 403, ""),
        ({"devices": ["02:00:00:00:00:77"]}, 422, ""),
        ({}, 422, ""),
        ({"group": ""}, 422, ""),
    ],
)
def test_a_year_5_teacher_opens_for_a_part_of_year_5_only(
    api: As, site: FakeSite, ask: dict[str, object], status: int, whom: str
) -> None:
    six = Device(site.store.inventory().devices[IPAD].mac, "", "")
    ipad_6 = replace(six, mac=type(IPAD)("3c:22:fb:06:00:11"), name="ipad-6", kind="school-ipad",
                     admission=Admission.REGISTERED, year_group=YearGroupId("year-6"))  # fmt: skip
    site.store.put_devices([ipad_6], SYSTEM, NINE, "devices.add")
    answer = api("teacher").post(WINDOWS, json={**HALF_AN_HOUR, **ask})
    assert answer.status_code == status, answer.text
    if whom:
        assert answer.json()["whom"] == whom
        reach = api("teacher").get(f"{WINDOWS}/{answer.json()['id']}").json()["progress"]
        assert {step["reach"] for step in reach} == {"in-force"}


def test_the_head_opens_a_room_for_whoever_is_in_it(api: As) -> None:
    opened = api("head").post(WINDOWS, json={"room": "hall", **HALF_AN_HOUR}).json()
    assert (opened["group"], opened["room"], opened["whom"]) == ("", "hall", "hall")


def test_a_double_click_for_a_class_is_one_window_and_another_class_is_another(api: As) -> None:
    head = api("head")
    ids = [head.post(WINDOWS, json={"school_class": name, **HALF_AN_HOUR}).json()["id"] for name in ("5b", "5b", "6a")]
    assert ids[0] == ids[1] != ids[2]


def test_a_club_opens_every_week_in_term_by_the_schools_clock_and_ends_as_a_whole(api: As, site: FakeSite) -> None:
    head = api("head")
    club = {"group": "year-5", "opens_at": "2026-11-26T15:30:00Z", "minutes": 60, "why": "chess"}
    first = head.post(WINDOWS, json={**club, "repeat_until": "2026-12-31"})
    assert first.status_code == 202, first.text
    series = first.json()["series"]
    again = head.post(WINDOWS, json={**club, "repeat_until": "2026-12-31"}).json()
    assert again["series"] == series
    opened = head.get(f"{WINDOWS}/series/{series}").json()["items"]
    assert [each["opens_at"][:10] for each in opened] == ["2026-11-26", "2026-12-03", "2026-12-10", "2026-12-17"]
    site.clock.advance(timedelta(days=9, hours=8))
    head = api("head")  # the token of ten days ago is over
    ended = head.post(f"{WINDOWS}/series/{series}/end")
    assert ended.status_code == 202
    left = [each for each in ended.json()["items"] if each["opens_at"] < each["closes_at"]]
    assert [each["opens_at"][:10] for each in left] == ["2026-11-26", "2026-12-03"]
    rows = [row.action for row in site.store.audit(limit=50)]
    assert "window.end-series" in rows
    assert head.post(f"{WINDOWS}/series/s999/end").status_code == 404


def test_who_may_not_repeat_is_told_who_may(api: As) -> None:
    ask = {"group": "year-5", "minutes": 30, "repeat_until": "2026-12-17"}
    refused = api("teacher").post(WINDOWS, json=ask)
    assert refused.status_code == 403
    assert "asking the head" in refused.json()["todo"]
    assert api("head").post(WINDOWS, json={**ask, "repeat_until": "2029-01-01"}).status_code == 422
    assert api("head").post(WINDOWS, json={**ask, "repeat_until": "2026-11-01"}).status_code == 422


def test_a_window_is_told_as_it_opens_five_minutes_before_its_end_and_as_it_ends() -> None:
    made = window(1)
    told: list[tuple[int, What]] = []
    before, since = (), SAME_NINE - timedelta(minutes=1)
    for minute in range(62):
        now = SAME_NINE + timedelta(minutes=minute)
        told += [(minute, news.what) for news in news_between(before, since, (made,), now)]
        before, since = (made,), now
    assert told == [(0, What.OPENED), (55, What.ENDS_SOON), (60, What.CLOSED)]
    longer = replace(made, closes_at=made.closes_at + timedelta(minutes=15))
    late = made.closes_at - timedelta(minutes=1)
    assert [n.what for n in news_between((made,), late, (longer,), late + timedelta(seconds=1))] == [What.CHANGED]


def test_the_stream_of_events_warns_five_minutes_before_the_end(
    api: As, site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = api("teacher")
    monkeypatch.setattr(events, "LONGEST", timedelta(minutes=40))
    monkeypatch.setattr(events, "LOOK", 0.0)
    looked = events._look

    def look(*asked: object) -> object:
        site.clock.advance(timedelta(minutes=1))
        return looked(*asked)  # type: ignore[arg-type]

    teacher.post(WINDOWS, json={"group": "year-5", "minutes": 10, "why": "reading"})
    monkeypatch.setattr(events, "_look", look)
    answer = teacher.get("/api/v1/events", params={"group": "year-5"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    names = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
    assert names[:3] == ["opened", "ends-soon", "closed"]
    assert names[3:] == ["opened"], "the lesson of the timetable at a quarter past nine"
    assert site.clock.now() > NINE


def test_not_everybody_listens_and_not_too_many(api: As, site: FakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_LISTENERS", 0)
    assert api("teacher").get("/api/v1/events").status_code == 503
    assert api("discovery").get("/api/v1/events").status_code in (401, 403)
