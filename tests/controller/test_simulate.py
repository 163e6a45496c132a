"""A coming week is what will be decided, and a candidate policy's gains and losses are told before pupils meet them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.decide import decided, facts_between
from controller.policy.file import parse
from controller.simulate import NOBODY_HERE, Effect, differences, first_moment, week
from controller.standing import group_subject
from controller.week_picture import picture
from tests.controller.school import NINE, POLICY, TEXT, window

MONDAY = first_moment(POLICY, date(2026, 11, 23))
LATER = TEXT.replace("from: 09:15, to: 10:15, what: computing", "from: 09:30, to: 10:30, what: computing")
CANDIDATE = parse(LATER, "school.yaml").policy


@settings(max_examples=40)
@given(st.integers(0, 7 * 24 * 60 - 1))
def test_the_week_is_what_will_be_decided(minutes: int) -> None:
    windows = (window(1, "year-1", start=30), window(2, "year-5", focus=("maths-sites",)))
    last, now = MONDAY + timedelta(days=7), MONDAY + timedelta(minutes=minutes)
    spans = week(POLICY, windows, MONDAY, last)
    facts = facts_between(POLICY, NOBODY_HERE, windows, MONDAY, last)
    for group, found in spans.items():
        (span,) = [each for each in found if each.begins <= now < each.ends]
        decision = decided(facts, group_subject(POLICY, group), now)
        assert (span.internet, span.why) == (decision.internet, decision.because.text)


def test_every_group_has_its_spans_without_a_gap() -> None:
    last = MONDAY + timedelta(days=7)
    for spans in week(POLICY, (), MONDAY, last).values():
        assert (spans[0].begins, spans[-1].ends) == (MONDAY, last)
        assert all(one.ends == other.begins for one, other in pairwise(spans))


def test_a_lesson_that_moves_loses_its_beginning_and_gains_another_end() -> None:
    last = MONDAY + timedelta(days=2)
    found = differences(week(POLICY, (), MONDAY, last), week(CANDIDATE, (), MONDAY, last))
    quarter = timedelta(minutes=15)
    assert [(each.group, each.begins, each.ends, each.effect) for each in found] == [
        ("year-5", NINE + quarter, NINE + 2 * quarter, Effect.LOSES),
        ("year-5", NINE + 5 * quarter, NINE + 6 * quarter, Effect.GAINS),
    ]


def test_a_group_that_is_gone_and_another_level_are_told() -> None:
    gone = parse(TEXT.replace("  teacher: {level: staff", "  teacher: {level: school-social-media"), "s").policy
    last = MONDAY + timedelta(days=1)
    found = differences(week(POLICY, (), MONDAY, last), week(gone, (), MONDAY, last))
    assert {(each.group, each.effect) for each in found} == {("teacher", Effect.OTHER)}
    assert differences(week(POLICY, (), MONDAY, last), week(POLICY, (), MONDAY, last)) == ()


@pytest.mark.parametrize("days", [0, -1, 29])
def test_a_span_that_is_none_or_too_long_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="at most 28 days"):
        week(POLICY, (), MONDAY, MONDAY + timedelta(days=days))


def test_the_picture_is_whole_and_a_hostile_title_stays_text() -> None:
    last = MONDAY + timedelta(days=7)
    now, other = week(POLICY, (), MONDAY, last), week(CANDIDATE, (), MONDAY, last)
    drawn = ET.fromstring(picture(now, POLICY.school.zone, "<script>&", differences(now, other)))
    assert drawn.findtext("{http://www.w3.org/2000/svg}title") == "<script>&"
    assert not drawn.findall(".//{http://www.w3.org/2000/svg}script")
    assert "dashed" in "".join(drawn.itertext())
