"""Lessons as a person types them: for whom, how long, which kind, and what is said of them (T2)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from controller.model import WindowKind
from tests.controller.commands.conftest import Run
from tests.fakes.site import IPAD, NINE, FakeSite

HOUR, HORIZON = timedelta(hours=1), timedelta(days=20)


def opened(run: Run, *words: str) -> dict[str, object]:
    told = run("windows", "open", *words, "--json")
    assert told.status == 0, told.err
    return dict(told.json)


def test_a_lesson_is_opened_listed_shown_extended_and_ended(run: Run, controller: FakeSite) -> None:
    said = run("windows", "open", "year-6", "--minutes", "30", "--why", "computing")
    assert said.status == 0, said.err
    assert said.out.startswith("w1: year-6 is open until ")
    assert "computing" in run("windows", "list").out
    assert "dns-filter" in run("windows", "show", "year-6").out
    assert run("windows", "extend", "year-6", "--minutes", "15").status == 0
    (window,) = controller.store.windows(NINE, NINE + HORIZON)
    assert window.closes_at == NINE + timedelta(minutes=45)
    assert run("windows", "end", "w1").out == "w1: year-6 is ended\n"
    assert controller.store.windows(NINE, NINE + HORIZON) == ()


@pytest.mark.parametrize(
    ("words", "group", "whom"),
    [
        (("year-6",), "year-6", "year-6"),
        (("--class", "6a"), "year-6", "6a"),
        (("--room", "hall"), "", "hall"),
        (("--device", IPAD), "year-5", "a named device"),
    ],
)
def test_a_lesson_is_for_a_year_group_a_class_a_room_or_devices(
    run: Run, controller: FakeSite, words: tuple[str, ...], group: str, whom: str
) -> None:
    told = opened(run, *words, "--minutes", "20")
    (window,) = controller.store.windows(NINE, NINE + HOUR)
    assert (window.group, window.whom, told["whom"]) == (group, whom, whom)
    assert window.closes_at == NINE + timedelta(minutes=20)


def test_it_lasts_until_the_bell_or_a_moment(run: Run, controller: FakeSite) -> None:
    controller.clock.set(NINE + 5 * HOUR)
    opened(run, "year-6", "--until", "bell")
    opened(run, "year-1", "--until", "2026-11-24T14:40:00Z")
    ends = {each.group: each.closes_at for each in controller.store.windows(NINE, NINE + 8 * HOUR)}
    assert ends == {"year-6": NINE + 6.25 * HOUR, "year-1": NINE + 5 * HOUR + timedelta(minutes=40)}


def test_an_exam_a_pause_and_a_focus_are_kinds_of_window(run: Run, controller: FakeSite) -> None:
    opened(run, "year-6", "--minutes", "30", "--kind", "exam", "--focus", "approved-sites")
    opened(run, "year-5", "--minutes", "5", "--kind", "pause")
    opened(run, "year-1", "--minutes", "5", "--focus", "approved-sites")
    found = {each.group: (each.kind, each.focus) for each in controller.store.windows(NINE, NINE + HOUR)}
    assert found == {
        "year-6": (WindowKind.EXAM, ("approved-sites",)),
        "year-5": (WindowKind.PAUSE, ()),
        "year-1": (WindowKind.OPEN, ("approved-sites",)),
    }


def test_a_lesson_of_every_week_is_ended_as_a_series(run: Run, controller: FakeSite) -> None:
    controller.policy = controller.policy.model_copy(
        update={
            "roles": {
                **controller.policy.roles,
                "provider_admin": controller.policy.roles["head"],
            }
        }
    )
    at = ("--from", "2026-11-24T10:00:00Z", "--repeat-until", "2026-12-08")
    said = run("windows", "open", "year-6", "--minutes", "30", *at)
    assert said.status == 0, said.err
    assert "every week as s1" in said.out
    assert len(controller.store.windows(NINE, NINE + HORIZON)) == 3
    assert run("windows", "end", "s1").out == "s1: ended, 3 windows in all\n"
    left = controller.store.windows(NINE, NINE + HORIZON)
    assert [each.ended_by for each in left] == ["provider_admin"] * len(left)
    assert not any(each.covers(each.opens_at) for each in left)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--minutes", "5"), 2, "nobody is named"),
        (("year-6",), 2, "expected either --minutes or --until"),
        (("year-6", "--minutes", "5", "--until", "bell"), 2, "expected either --minutes or --until"),
        (("year-9", "--minutes", "5"), 1, "year-9"),
        (("year-6", "--minutes", "5", "--kind", "exam"), 1, "An exam opens chosen sites only."),
        (("year-6", "--minutes", "5", "--kind", "pause", "--focus", "approved-sites"), 1, "A pause opens nothing."),
        (("year-6", "--minutes", "5", "--focus", "no-such-list"), 1, "no site list"),
        (("year-6", "--minutes", "5", "--kind", "party"), 2, "party"),
        (("year-6", "--minutes", "200"), 1, "longer than the 120 minutes"),
    ],
)
def test_what_opens_nothing_says_why(
    run: Run, controller: FakeSite, words: tuple[str, ...], status: int, said: str
) -> None:
    refused = run("windows", "open", *words)
    assert (refused.status, said in refused.err + refused.out) == (status, True), refused
    assert controller.store.windows(NINE, NINE + HORIZON) == ()


def test_of_two_lessons_for_one_group_the_person_says_which(run: Run, controller: FakeSite) -> None:
    opened(run, "year-6", "--minutes", "30")
    opened(run, "year-6", "--minutes", "40", "--focus", "approved-sites")
    assert run("windows", "end", "year-6").status == 2
    assert "w1, w2" in run("windows", "end", "year-6").err
    assert json.loads(run("windows", "list", "--json").out)["items"]
    assert run("windows", "end", "w2").status == 0
    assert [each.id for each in controller.store.windows(NINE, NINE + HOUR)] == ["w1"]
