"""Replay: which names and lessons a candidate would change, judged as the filter judges them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.accounts import SYSTEM
from controller.cli import app
from controller.home import Home
from controller.policy import Policy
from controller.policy.file import parse
from controller.query_log import Span
from controller.query_log.files import QueryLogFiles
from controller.replay import Logged, Report, Way
from controller.replay.judge import Replay
from controller.replay.logged import logged
from controller.replay.sides import sides
from controller.settings import read_settings
from controller.store import Store
from dns_filter.model import Code, Query
from dns_filter.names import to_wire
from dns_filter.steps import decide
from inventory.site_rules import Scope, SiteRule
from tests.controller.query_log.conftest import filter_log, said
from tests.controller.school import NINE, POLICY, TEXT, window
from tests.fakes.domain_table import FakeDomainTable

NAMES = FakeDomainTable(
    {
        "games": ["roblox.com", "poki.com"],
        "webmail": ["mail.example"],
        "adult": ["redlight.example"],
        "iwf-illegal": ["wicked.example"],
        "gambling": ["bets.example"],
        "protected:support": ["childline.org.uk"],
    }
)
MIDNIGHT = NINE.replace(hour=0)
LESSON = NINE + timedelta(minutes=30)
"""Year 5 has computing from 09:15 to 10:15 on this Tuesday."""


def candidate(old: str, new: str) -> Policy:
    assert old in TEXT
    return parse(TEXT.replace(old, new), "candidate.yaml").policy


def run(other: Policy, *asked: Logged, days: int = 1, windows: tuple[object, ...] = ()) -> Report:
    both = sides(POLICY, other, windows, NAMES, MIDNIGHT, MIDNIGHT + timedelta(days=days))  # type: ignore[arg-type]
    replay = Replay(both)
    replay.take(asked)
    return replay.report(POLICY, other)


def asked(qname: str, profile: str = "key-stage-2", at: datetime = LESSON, times: int = 1) -> Logged:
    return Logged(profile, qname, at.timestamp(), times)


def key_stage_2(at: datetime = LESSON) -> str:
    """The name of Year 5's profile at that moment: an allowance that ends is part of it."""
    (both,) = sides(POLICY, POLICY, (), NAMES, MIDNIGHT, MIDNIGHT + timedelta(days=1))
    return both.seats("year-5", at.timestamp())[0].profile.source.name


NO_GAMES = ("webmail, games,", "webmail,")


def test_the_same_policy_changes_nothing() -> None:
    found = run(POLICY, asked("roblox.com", key_stage_2(), times=7), asked("bbc.co.uk", key_stage_2()))
    assert (found.queries, found.judged, found.unplaced, list(found.changes), found.refused) == (8, 8, 0, [], "")


def test_a_category_less_opens_its_names_in_lessons() -> None:
    found = run(
        candidate(*NO_GAMES), asked("www.roblox.com", key_stage_2(), times=5), asked("bbc.co.uk", key_stage_2())
    )
    (change,) = found.changes
    assert (change.group, change.name, change.way, change.times) == ("year-5", "www.roblox.com", Way.OPENS, 5)
    assert (change.was.code, change.becomes.code) == (Code.CATEGORY, Code.ALLOWED)
    assert change.was.rule == "access_levels.key-stage-2.block[games]"
    assert list(found.lessons) == []


def test_outside_lessons_the_same_change_changes_nothing() -> None:
    closed = key_stage_2(NINE)
    assert closed.endswith(".closed")
    assert list(run(candidate(*NO_GAMES), asked("www.roblox.com", closed, NINE)).changes) == []


def test_a_lesson_that_is_no_more_is_said_with_what_it_loses() -> None:
    found = run(
        candidate("on: [tue, thu], from: 09:15", "on: [thu], from: 09:15"),
        asked("bbc.co.uk", key_stage_2(), times=30),
        asked("roblox.com", key_stage_2(), times=2),
    )
    (lesson,) = found.lessons
    assert (lesson.group, dict(lesson.names)) == ("year-5", {"bbc.co.uk": 30})
    assert "timetable[0]" in lesson.lesson
    assert {(each.name, each.way) for each in found.changes} == {
        ("bbc.co.uk", Way.CLOSES),
        ("roblox.com", Way.OTHERWISE),
    }


def test_a_window_that_a_teacher_opened_counts_as_a_lesson() -> None:
    at = NINE + timedelta(hours=3)
    block = candidate("webmail, games,", "webmail, games, gambling,")
    found = run(block, asked("bets.example", key_stage_2(), at), windows=(window(7, start=170),))
    assert [(each.group, list(each.names)) for each in found.lessons] == [("year-5", ["bets.example"])]


def test_a_policy_that_takes_a_category_out_of_the_mandatory_ones_is_refused() -> None:
    found = run(candidate("mandatory: [iwf-illegal]", "mandatory: []"), asked("bbc.co.uk", key_stage_2()))
    assert "iwf-illegal would no longer be mandatory" in found.refused


def test_an_allowance_does_not_reach_what_is_mandatory() -> None:
    other = candidate("{name: ttrockstars.com, why", "{name: wicked.example, why")
    found = run(other, asked("wicked.example", key_stage_2()))
    assert (list(found.changes), found.refused) == ([], "")


def test_profiles_that_nobody_has_and_names_that_were_not_written_down_are_counted() -> None:
    found = run(
        POLICY, asked("", key_stage_2(), times=3), asked("bbc.co.uk", "gone", times=4), asked("a.example", "staff")
    )
    assert (found.queries, found.judged, found.nameless, found.unplaced) == (8, 1, 3, 4)


def test_strangers_are_a_group_too() -> None:
    found = run(POLICY, asked("bbc.co.uk", "unknown"))
    assert (found.judged, list(found.changes)) == (1, [])


def test_a_replay_of_three_weeks_takes_a_table_for_each_fortnight() -> None:
    later = asked("www.roblox.com", key_stage_2(), LESSON + timedelta(days=14))
    named = sides(POLICY, POLICY, (), NAMES, MIDNIGHT, MIDNIGHT + timedelta(days=21))
    assert len(named) == 2
    profile = named[1].seats("year-5", later.at)[0].profile.source.name
    assert run(candidate(*NO_GAMES), later._replace(profile=profile), days=21).judged == 1


def test_what_replay_says_is_what_the_filter_would_say() -> None:
    (both,) = sides(POLICY, candidate(*NO_GAMES), (), NAMES, MIDNIGHT, MIDNIGHT + timedelta(days=1))
    names = ["roblox.com", "a.b.poki.com", "mail.example", "www.childline.org.uk", "bbc.co.uk", "redlight.example"]
    logged_now = [asked(name, key_stage_2()) for name in names]
    replay = Replay([both])
    replay.take(logged_now)
    changed = {each.name: each.becomes for each in replay.report(POLICY, POLICY).changes}
    for name in names:
        seat = both.then.seat("year-5", LESSON.timestamp())
        live = decide(Query(to_wire(name), 1, "year-5", LESSON.timestamp()), seat.profile, both.then)
        before = decide(
            Query(to_wire(name), 1, "year-5", LESSON.timestamp()),
            both.seats("year-5", LESSON.timestamp())[0].profile,
            both.now,
        )
        assert changed.get(name, before) == live


def test_lists_that_differ_are_said() -> None:
    other = POLICY.model_copy(update={"year_groups": {"year-1": POLICY.year_groups["year-1"]}})
    assert any("year-5" in note for note in run(other, asked("bbc.co.uk", key_stage_2())).notes)


def test_rows_are_gathered_between_two_flips(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for minutes in (0, 1, 30):
        with filter_log(home, NINE + timedelta(minutes=minutes)) as log:
            log.note("a", said("bbc.co.uk"), 0.0)
            log.note("b", said("bbc.co.uk"), 0.0)
    flips = [(NINE + timedelta(minutes=15)).timestamp()]
    span = Span(MIDNIGHT, MIDNIGHT + timedelta(days=1))
    found = list(logged(QueryLogFiles.of(home), span, flips))
    assert found == [
        Logged("key-stage-2", "bbc.co.uk", NINE.timestamp(), 4),
        Logged("key-stage-2", "bbc.co.uk", (NINE + timedelta(minutes=30)).timestamp(), 2),
    ]


@pytest.fixture
def school(tmp_path: Path) -> Home:
    """A school that ran in the lesson, with lists compiled."""
    runner = CliRunner()
    assert runner.invoke(app, ["init", str(tmp_path / "school")]).exit_code == 0
    home = Home(tmp_path / "school")
    home.make()
    (home.root / "games.txt").write_text("roblox.com\n")
    text = TEXT + "lists: [{name: games, category: games, path: games.txt}]\n"
    home.policy.write_text(text)
    assert runner.invoke(app, ["lists", "update", "--home", str(home.root)]).exit_code == 0
    with filter_log(home, LESSON) as log:
        for name in ("roblox.com", "bbc.co.uk"):
            log.note("3c:22:fb:05:00:11", said(name, profile=key_stage_2()), 0.0)
    return home


def test_the_command_shows_changes_and_refuses_what_opens_the_mandatory(school: Home, tmp_path: Path) -> None:
    other = tmp_path / "candidate.yaml"
    text = school.policy.read_text()
    other.write_text(text.replace(*NO_GAMES))
    call = ["replay", "--policy", str(other), "--day", "2026-11-24", "--home", str(school.root)]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert "roblox.com" in done.output
    assert "2 of 2 queries judged" in done.output
    other.write_text(text.replace("mandatory: [iwf-illegal]", "mandatory: []"))
    refused = CliRunner().invoke(app, [*call, "--json"])
    assert refused.exit_code == 1
    assert "mandatory" in json.loads(refused.stdout)["refused"]
    assert CliRunner().invoke(app, [*call, "--since", "2026-11-24T09:00:00Z"]).exit_code == 2
    other.write_text(text)
    nothing = [*call[:3], "--since", "2026-11-20T09:00:00Z", "--until", "2026-11-21T09:00:00Z", *call[5:]]
    assert CliRunner().invoke(app, nothing).exit_code == 0


def test_what_the_school_itself_blocked_is_opened_by_no_candidate(school: Home, tmp_path: Path) -> None:
    other = tmp_path / "candidate.yaml"
    other.write_text(school.policy.read_text().replace(*NO_GAMES))
    rule = SiteRule("", "roblox.com", False, Scope(pupils=True), NINE, "head", "reported")
    with Store.open(read_settings(school).database_url(school)) as store:
        store.put_site_rule(rule, SYSTEM, NINE)
    call = ["replay", "--policy", str(other), "--day", "2026-11-24", "--home", str(school.root), "--json"]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert "opens" not in {each["change"] for each in json.loads(done.stdout)["changes"]}


def test_moments_without_a_zone_are_asked_for_again(school: Home) -> None:
    call = ["replay", "--policy", str(school.policy), "--since", "2026-11-24T09:00:00", "--home", str(school.root)]
    assert CliRunner().invoke(app, call).exit_code == 2
