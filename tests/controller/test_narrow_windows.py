"""Windows for a class, a room or named devices: for those and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.compile import HORIZON, compile_intent
from controller.decide import decide, facts_between
from controller.explain import explain
from controller.model import AccessWindow, WindowKind
from controller.policy.file import parse
from controller.simulate import week
from dns_filter.model import standing
from inventory.model import Inventory, Mac, Person, PersonId, Port, PortRef, YearGroupId
from tests.controller.school import NINE, SWITCH, TEXT, at, device, mac, school, window

POLICY = parse(
    TEXT.replace("roles:", "classes: {5b: year-5, 5c: year-5, 1a: year-1}\nrooms: {hall: School hall}\nroles:", 1)
    .replace("  - {for: [year-1", "  - {for: 5b, on: [thu], from: 13:00, to: 13:30, what: reading}\n"
             "  - {for: hall, on: [fri], from: 13:00, to: 13:30, what: assembly}\n  - {for: [year-1")
    .replace("day: {starts", "lessons: [{for: 5c, on: 2026-11-24, from: 14:00, to: 15:00, what: coding day}]\n"
             "exam_periods: [{name: Mock SATs, for: year-5, from: 2026-11-30, to: 2026-12-03, focus: [maths-sites]}]\n"
             "day: {starts"),
    "school.yaml",
).policy  # fmt: skip
OF_5B, OF_5C, OF_1A, OF_YEAR_5, TEACHERS = (mac(number) for number in range(60, 65))
PUPIL = Person(PersonId("child"), "A child", year_group=YearGroupId("5b"))
HALL_PORT = PortRef(SWITCH.name, "Gi1/0/9")


def people() -> Inventory:
    tablets = (
        device(OF_5B, "school-ipad", person=PUPIL.id),
        device(OF_5C, "school-ipad", year_group=YearGroupId("5c"), room="trolley-5"),
        device(OF_1A, "school-ipad", year_group=YearGroupId("1a")),
        device(OF_YEAR_5, "school-ipad", year_group=YearGroupId("year-5")),
        device(TEACHERS, "school-ipad", role="teacher", room="hall"),
    )
    seen = [at(each.mac, f"10.20.2.{60 + number}") for number, each in enumerate(tablets)]
    seen[2] = at(OF_1A, "10.20.2.62", HALL_PORT.port)
    found = school(*tablets, seen=seen)
    return replace(found, people={**found.people, PUPIL.id: PUPIL}, ports={HALL_PORT: Port(HALL_PORT, "hall")})


def open_to(opened: AccessWindow, minutes: int = 1) -> set[Mac]:
    """Whose decision rests on the window."""
    facts = facts_between(POLICY, people(), [opened], NINE - timedelta(days=1), NINE + HORIZON)
    now = opened.opens_at + timedelta(minutes=minutes)
    found = {who: decide(facts, who, now) for who in (OF_5B, OF_5C, OF_1A, OF_YEAR_5, TEACHERS)}
    return {who for who, each in found.items() if each.because.text.startswith("a lesson")}


@pytest.mark.parametrize(
    ("narrow", "whom"),
    [
        ({}, {OF_5B, OF_5C, OF_YEAR_5}),
        ({"school_class": "5b"}, {OF_5B}),
        ({"school_class": "5c"}, {OF_5C}),
        ({"school_class": "1a"}, set()),
        ({"group": ""}, {OF_5B, OF_5C, OF_1A, OF_YEAR_5}),
        ({"group": "", "room": "hall"}, {OF_1A}),  # by the port at which it is; the teacher's is no pupil's device
        ({"room": "hall"}, set()),
        ({"room": "trolley-5"}, {OF_5C}),
        ({"macs": (OF_5B, OF_YEAR_5)}, {OF_5B, OF_YEAR_5}),
        ({"macs": (OF_1A,)}, set()),  # a device that moved to another year since
        ({"room": "trolley-5", "macs": (OF_5B,)}, set()),
    ],
)
def test_a_window_is_for_whom_it_names(narrow: dict[str, object], whom: set[Mac]) -> None:
    assert open_to(replace(window(1, start=120), **narrow)) == whom  # type: ignore[arg-type]


def test_an_exam_of_a_class_leaves_the_rest_of_its_year_in_their_lesson() -> None:
    exam = window(1, start=20, focus=("maths-sites",), kind=WindowKind.EXAM, school_class="5b")
    facts = facts_between(POLICY, people(), [exam], NINE - timedelta(days=1), NINE + HORIZON)
    now = NINE + timedelta(minutes=30)
    assert decide(facts, OF_5B, now).profile == "key-stage-2+maths-sites.exam~20261127T0000"
    assert decide(facts, OF_5C, now).because.rule == "timetable[0]"


@pytest.mark.parametrize(
    ("moment", "who", "rule"),
    [
        ("2026-11-24T14:00", OF_5C, "lessons[0]"),
        ("2026-11-24T14:00", OF_5B, "outside_windows.pupils"),
        ("2026-11-26T13:10", OF_5B, "timetable[1]"),
        ("2026-11-26T13:10", OF_5C, "outside_windows.pupils"),
        ("2026-11-27T13:10", OF_1A, "timetable[2]"),
        ("2026-11-27T13:10", OF_5B, "outside_windows.pupils"),
        ("2026-12-01T10:00", OF_5B, "exam_periods[0]"),  # outranks the lesson of computing
        ("2026-12-01T10:00", OF_1A, "outside_windows.ks1"),
        ("2026-12-05T10:00", OF_5B, "outside_windows.pupils"),
    ],
)
def test_the_timetable_knows_classes_rooms_single_days_and_exam_periods(moment: str, who: Mac, rule: str) -> None:
    now = NINE.fromisoformat(f"{moment}:00+00:00")
    facts = facts_between(POLICY, people(), (), now - timedelta(days=1), now + HORIZON)
    assert decide(facts, who, now).because.rule == rule


@st.composite
def windows(draw: st.DrawFn) -> AccessWindow:
    kind = draw(st.sampled_from(tuple(WindowKind)))
    focus = ("maths-sites",) if kind is WindowKind.EXAM else draw(st.sampled_from(((), ("approved-sites",))))
    group, start = draw(st.sampled_from(("year-5", "year-1", ""))), draw(st.integers(-60, 9000))
    made = window(draw(st.integers(1, 99)), group, start, draw(st.integers(1, 900)), focus=focus, kind=kind)
    return replace(
        made,
        school_class=draw(st.sampled_from((None, None, "5b", "5c", "gone"))),
        room=draw(st.sampled_from((None, None, "hall", "trolley-5"))),
        macs=draw(st.sampled_from(((), (), (OF_5B,), (OF_1A, OF_5C)))),
    )


@settings(max_examples=80)
@given(st.lists(windows(), max_size=6, unique_by=lambda w: w.id), st.lists(st.integers(0, 18_000), max_size=5))
def test_the_filter_left_alone_keeps_to_whom_a_window_is_for(opened: list[AccessWindow], minutes: list[int]) -> None:
    inventory = people()
    table = compile_intent(POLICY, inventory, opened, NINE, 1).table
    facts = facts_between(POLICY, inventory, opened, NINE, NINE + HORIZON)
    edges = {each.opens_at for each in opened} | {NINE + timedelta(minutes=minute) for minute in minutes}
    for moment in (edge for edge in edges if edge >= NINE):
        for address, binding in table.bindings.items():
            found = standing(table, address, moment.timestamp()).profile.name
            assert found == decide(facts, Mac(binding.device), moment).profile, (binding.name, moment)


def test_a_class_can_be_asked_about_and_its_week_be_simulated() -> None:
    exam = window(1, start=20, focus=("maths-sites",), kind=WindowKind.EXAM, school_class="5b")
    now = NINE + timedelta(minutes=30)
    intent = compile_intent(POLICY, people(), [exam], now, 1)
    told = explain(POLICY, intent, people(), [exam], None, "5b", "bbc.co.uk", "A", now)
    assert told.decision.because.rule == "roles.teacher.may_open"
    other = explain(POLICY, intent, people(), [exam], None, "5c", "bbc.co.uk", "A", now)
    assert other.decision.because.rule == "timetable[0]"
    weeks = week(POLICY, [exam], NINE, NINE + timedelta(days=7))
    assert any("maths-sites" in span.level for span in weeks["5b"] if span.begins.date() == NINE.date())
    assert not any("maths-sites" in span.level for span in weeks["5c"] if span.begins.date() == NINE.date())
