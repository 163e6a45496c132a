"""What a check asks, and how it is judged: without a filter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from controller.assume import table_without_inventory
from controller.check_filter import judging
from controller.check_filter.heard import SILENCE, Heard
from controller.check_filter.outcome import Run
from controller.check_filter.own_rules import asked_of, lapsed
from controller.check_filter.questions import Expect, Host, OwnRule, Question, Sample, questions
from controller.check_filter.seats import NETWORK, STRANGER, of_groups, of_levels, seated
from controller.compile import compile_intent
from controller.policy.file import parse
from dns_filter.model import PROBE, standing
from inventory.model import Inventory
from inventory.site_rules import Scope, SiteRule
from tests.controller.policies import SMALL

POLICY = parse(SMALL, "school.yaml").policy
NOW = datetime(2026, 11, 24, 10, 45, tzinfo=UTC)
GAMES = Sample("games", (Host("poki.com"), Host("ttrockstars.com"), Host("roblox.com")))
BLOCKED, OPEN = Heard("NOERROR", blocked=True, said="category"), Heard("NOERROR", blocked=False, records=1)


def asked(level: str, subject: str, samples: tuple[Sample, ...] = (GAMES,)) -> list[Question]:
    found = questions(POLICY, samples, (), {})
    return [each for each in found if each.seat.label == f"level {level}" and each.subject == subject]


def test_what_is_mandatory_is_asked_of_every_level_whatever_the_level_allows() -> None:
    for level in POLICY.access_levels:
        names = [each.name for each in asked(level, "category games")]
        assert names == ["poki.com", "ttrockstars.com", "roblox.com"]


def test_a_name_that_the_level_allows_is_not_asked_for_as_blocked_where_nothing_makes_it_mandatory() -> None:
    sample = Sample("gambling", (Host("bets.example"),))
    assert [each.name for each in asked("staff", "category gambling", (sample,))] == ["bets.example"]
    assert asked("key-stage-2", "category gambling", (sample,)) == []


def test_the_youngest_are_asked_for_approved_sites_and_for_others() -> None:
    assert [(q.name, q.expect) for q in asked("approved-only", "approved sites")] == [("bbc.co.uk", Expect.ANSWERED)]
    assert {q.expect for q in asked("approved-only", "sites that are not approved")} == {Expect.BLOCKED}


def test_safe_search_is_asked_for_where_the_level_wants_it() -> None:
    assert [q.target for q in asked("key-stage-2", "safe search YouTube")] == ["restrict.youtube.com"]
    assert asked("staff", "safe search YouTube") == []


def test_a_reported_site_is_asked_for_at_its_levels_alone() -> None:
    rule = OwnRule(Host("bad.example"), frozenset({"key-stage-2", "gone-level"}), "case 7")
    found = [q for q in questions(POLICY, (), (rule,), {}) if q.subject == "reported site bad.example"]
    assert [(q.seat.label, q.rule) for q in found] == [("level key-stage-2", "case 7")]


def test_a_group_is_asked_whether_it_is_open_as_it_should_be() -> None:
    found = questions(POLICY, (), (), {"year-5": True, "year-1": False})
    lessons = {q.seat.label: q.expect for q in found if q.subject == "lessons"}
    assert lessons == {"group year-5": Expect.ANSWERED, "group year-1": Expect.BLOCKED}


@pytest.mark.parametrize(
    ("expect", "heard", "right"),
    [
        (Expect.BLOCKED, BLOCKED, True),
        (Expect.BLOCKED, OPEN, False),
        (Expect.BLOCKED, Heard("SERVFAIL", blocked=False), False),
        (Expect.BLOCKED, SILENCE, False),
        (Expect.ANSWERED, OPEN, True),
        (Expect.ANSWERED, Heard("NXDOMAIN", blocked=False), True),
        (Expect.ANSWERED, BLOCKED, False),
        (Expect.ANSWERED, SILENCE, False),
        (Expect.SAFE, Heard("NOERROR", blocked=False, aliases=("strict.bing.com",), records=1), True),
        (Expect.SAFE, OPEN, False),
        (Expect.SAFE, BLOCKED, False),
    ],
)
def test_an_answer_is_right_or_not(expect: Expect, heard: Heard, *, right: bool) -> None:
    seat = of_levels(POLICY)["key-stage-2"]
    question = Question(seat, "safe search Bing", Host("www.bing.com"), expect, target="strict.bing.com")
    assert judging.as_expected(question, heard) is right


def test_one_wrong_answer_among_many_is_found_and_named() -> None:
    wanted = asked("key-stage-2", "category games")
    (line,) = judging.lines((q, OPEN if q.name == "poki.com" else BLOCKED) for q in wanted)
    assert (line.asked, line.right) == (3, 2)
    (finding,) = judging.findings_of([line])
    assert finding.kind == "open"
    assert "poki.com" in finding.text
    assert finding.alarming


def test_a_worker_behind_is_told_from_those_that_keep_up() -> None:
    assert list(judging.stale([7, 7, 8], 7)) == []
    (found,) = judging.stale([7, 6, 7, 6], 7)
    assert (found.kind, found.text) == ("stale", "2 of 4 answers came by the table of epoch 6; published is 7")
    assert [each.kind for each in judging.stale([], 7)] == ["silent"]


def test_what_nobody_asks_for_any_more_is_a_change_of_the_policy() -> None:
    yesterday = judging.lines((q, BLOCKED) for q in asked("key-stage-2", "category games"))
    run = Run(school="s", where="w", at=NOW, policy="p", epoch=1, names="n", lines=yesterday, findings=())
    (found,) = judging.changed((), run)
    assert (found.kind, found.subject) == ("changed", "category games, level key-stage-2")
    assert list(judging.changed(yesterday, run)) == []
    assert list(judging.changed((), None)) == []


def test_seats_are_apart_and_only_this_machine_can_take_one() -> None:
    addresses = [seat.address for seats in (of_levels(POLICY), of_groups(POLICY)) for seat in seats.values()]
    assert len({*addresses, STRANGER}) == len(addresses) + 1
    assert all(ip_address(each) in NETWORK and ip_address(each).is_loopback for each in addresses)


def test_a_level_is_asked_about_as_in_a_lesson_at_any_hour() -> None:
    night = datetime(2026, 11, 24, 3, tzinfo=UTC)
    table = seated(table_without_inventory(POLICY, night, 1, None), POLICY, night)
    seat = of_levels(POLICY)["key-stage-2"]
    found = standing(table, seat.address, night.timestamp())
    assert (found.profile.name, found.profile.state) == ("key-stage-2", "open")
    assert table.bindings[seat.address].device.startswith(PROBE)
    closed = standing(table, of_groups(POLICY)["year-5"].address, night.timestamp())
    assert closed.profile.state == "closed"


def test_a_seat_changes_nothing_of_what_anybody_may_do() -> None:
    rule = SiteRule("r1", "bad.example", False, Scope(pupils=True), NOW, "head", "ugly")
    table = compile_intent(POLICY, Inventory(site_rules=(rule,)), (), NOW, 1).table
    with_seats = seated(table, POLICY, NOW, (rule,))
    assert {name: with_seats.profiles[name] for name in table.profiles} == dict(table.profiles)
    assert {name: with_seats.cohorts[name] for name in table.cohorts} == dict(table.cohorts)
    found = standing(with_seats, of_levels(POLICY)["key-stage-2"].address, NOW.timestamp())
    assert "bad.example" in {each.name for each in found.profile.rules}


@pytest.mark.parametrize(
    ("scope", "levels", "groups"),
    [
        (Scope(school=True), {"approved-only", "key-stage-2", "staff", "office"}, set()),
        (Scope(pupils=True), {"approved-only", "key-stage-2"}, set()),
        (Scope(levels=("staff",)), {"staff"}, set()),
        (Scope(groups=("year-5",)), set(), {"year-5"}),
    ],
)
def test_a_rule_is_asked_for_where_it_holds(scope: Scope, levels: set[str], groups: set[str]) -> None:
    rule = SiteRule("r1", "*.bad.example", False, scope, NOW, "head", "ugly", case="c1")
    (asked,) = asked_of(POLICY, [rule], NOW)
    assert (asked.name, set(asked.levels), set(asked.groups)) == ("www.bad.example", levels, groups)


def test_where_a_later_word_opens_a_site_again_its_block_is_not_asked_for() -> None:
    block = SiteRule("r1", "bad.example", False, Scope(pupils=True), NOW, "head", "ugly")
    allow = SiteRule("r2", "bad.example", True, Scope(levels=("key-stage-2",)), NOW + timedelta(1), "head", "mended")
    (asked,) = asked_of(POLICY, [block, allow], NOW + timedelta(days=2))
    assert asked.levels == {"approved-only"}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"allow": True}, False),
        ({"until": NOW + timedelta(hours=2)}, False),
        ({"until": NOW - timedelta(hours=2)}, False),
        ({"ended_by": "head", "ended_at": NOW}, False),
        ({"ended_by": "time", "ended_at": NOW}, True),
    ],
)
def test_what_ended_by_itself_since_the_last_check_has_lapsed(change: dict[str, object], *, found: bool) -> None:
    rule = SiteRule("r1", "bad.example", False, Scope(school=True), NOW, "head", "ugly", NOW, True)
    told = list(lapsed([replace(rule, **change)], NOW - timedelta(hours=1), NOW + timedelta(minutes=1)))
    assert [each.kind for each in told] == (["lapsed"] if found else [])


def test_a_seat_keeps_an_allowance_no_longer_than_it_runs() -> None:
    text = SMALL.replace("by: head}]", "by: head, until: 2026-11-25}]", 1)
    policy = parse(text, "school.yaml").policy
    table = seated(table_without_inventory(policy, NOW, 1, None), policy, NOW)
    address = of_levels(policy)["key-stage-2"].address
    allowed = [
        "ttrockstars.com"
        in {rule.name for rule in standing(table, address, at.timestamp()).profile.rules if rule.allow}
        for at in (NOW, NOW + timedelta(days=2))
    ]
    assert allowed == [True, False]
