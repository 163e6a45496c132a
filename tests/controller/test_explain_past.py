"""Explaining a moment that is past, a person, and what would really allow a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from controller import table_history
from controller.accounts import SYSTEM
from controller.client import UnknownClient, identify
from controller.compile import compile_intent
from controller.explain import explain
from controller.home import Home
from controller.in_force import in_force_at
from controller.policy.file import parse
from controller.store import Store
from dns_filter.model import Code
from inventory.model import Inventory, Person, PersonId
from tests.controller.school import HEAD, NINE, POLICY, STRANGER, TEXT, at, device, mac, school, window
from tests.controller.test_explain import SEEN, told
from tests.fakes.domain_table import FakeDomainTable

OPEN_WEEK = parse(TEXT.replace("pupils: closed", "pupils: open"), "school.yaml").policy
NAMES = FakeDomainTable({"games": ["poki.com"]})


def table(policy: Any, epoch: int, minutes: int = 0) -> Any:
    now = NINE + timedelta(minutes=minutes)
    return compile_intent(policy, school(seen=SEEN), (), now, epoch).table


def test_the_table_of_then_is_found_again(tmp_path: Path) -> None:
    for number, minutes in enumerate((0, 60, 120), 1):
        table_history.keep(tmp_path / "history", table(POLICY, number, minutes), POLICY)
    epochs = [
        found.epoch if (found := table_history.table_at(tmp_path / "history", NINE + timedelta(minutes=m))) else None
        for m in (-1, 0, 59, 60, 500)
    ]
    assert epochs == [None, 1, 1, 2, 3]
    (first, *_) = sorted((tmp_path / "history").glob("*.gz"))
    assert first.stat().st_mode & 0o777 == 0o600


def test_old_tables_go_but_for_the_one_that_was_in_force_at_the_oldest_query(tmp_path: Path) -> None:
    for day in range(12):
        table_history.keep(tmp_path, table(POLICY, day + 1, day * 24 * 60), POLICY)
    assert len(list(tmp_path.glob("*.gz"))) == 9
    assert table_history.table_at(tmp_path, NINE + timedelta(days=4)) is not None


def test_the_history_is_bounded_in_octets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_history, "LIMIT", 1)
    for number in range(3):
        table_history.keep(tmp_path, table(POLICY, number + 1, number), POLICY)
    assert [path.name[-9:] for path in tmp_path.glob("*.gz")] == ["3.json.gz"]


def test_a_damaged_table_of_then_is_none(tmp_path: Path) -> None:
    table_history.keep(tmp_path, table(POLICY, 1), POLICY)
    (path,) = tmp_path.glob("*.gz")
    whole = path.read_bytes()
    for broken in (b"", whole[:-30], b"no gzip", whole[:50] + b"\0\0\0\0" + whole[54:]):
        path.write_bytes(broken)
        assert table_history.table_at(tmp_path, NINE) is None


def test_the_policy_and_the_lists_of_then_hold_for_the_past(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    table_history.keep(home.table_history, table(POLICY, 1), POLICY)
    with Store.open(home.database_url) as store:
        store.save_policy(TEXT, "one", SYSTEM, NINE - timedelta(hours=1))
        store.save_policy(TEXT.replace("pupils: closed", "pupils: open"), "two", SYSTEM, NINE + timedelta(hours=1))
        past = in_force_at(home, store, NINE)
        assert past is not None
        assert past.policy == POLICY
        assert past.names is None
        assert "epoch 1" in past.note
        assert "block lists" in past.note
        assert in_force_at(home, store, NINE - timedelta(days=1)) is None
        later = in_force_at(home, store, NINE + timedelta(hours=2))
        assert later is not None
        assert later.policy == OPEN_WEEK


def test_what_was_closed_then_is_explained_as_closed_though_it_is_open_today(tmp_path: Path) -> None:
    facts, then = school(seen=SEEN), table(POLICY, 1)
    intent = compile_intent(OPEN_WEEK, facts, (), NINE + timedelta(hours=1), 2)
    today = explain(OPEN_WEEK, intent, facts, (), NAMES, "10.20.0.11", "example.com", "A", intent.at)
    assert today.verdict.code is Code.ALLOWED
    past = replace(intent, table=then)
    found = explain(POLICY, past, facts, (), NAMES, "10.20.0.11", "example.com", "A", NINE, "of then")
    assert (found.verdict.code, found.trace.epoch, found.note) == (Code.CLOSED, 1, "of then")


def with_people() -> Inventory:
    pupil = Person(PersonId("p1042"), "A pupil of Year 5", year_group="year-5")  # type: ignore[arg-type]
    nobody = Person(PersonId("p7"), "Somebody")
    mine = device(mac(77), "school-ipad", "ipad-77", person=PersonId("p1042"))
    second = device(mac(78), "school-ipad", "ipad-78", person=PersonId("p1042"))
    facts = school(
        mine, second, seen=(at(mac(77), "10.20.0.77", when=NINE - timedelta(hours=2)), at(mac(78), "10.20.0.78"))
    )
    people = {each.id: each for each in (HEAD, pupil, nobody, Person(PersonId("office"), "Office", role="teacher"))}
    return Inventory(facts.devices, people, facts.switches, facts.ports, facts.whereabouts, facts.receipts)


def test_a_person_is_asked_about_by_the_device_that_was_seen_last() -> None:
    facts = with_people()
    intent = compile_intent(POLICY, facts, (), NINE, 1)
    found = identify("p1042", POLICY, facts, intent)
    assert (found.mac, found.address, found.group) == (mac(78), "10.20.0.78", "year-5")
    assert "seen last" in found.how
    without = identify("office", POLICY, facts, intent)
    assert (without.mac, without.group) == (None, "teacher")
    with pytest.raises(UnknownClient):
        identify("p7", POLICY, facts, intent)


def test_no_lesson_is_offered_where_it_would_open_nothing() -> None:
    found = told("10.20.0.4", "example.com")
    assert found.verdict.code is Code.FOCUS_BLOCKED
    assert "lesson" not in found.allowed_if, "the youngest have the same sites in a lesson"
    assert "adds it to the sites of" in found.allowed_if


def test_a_lesson_is_offered_where_it_helps_and_what_it_does_not_help_is_said() -> None:
    assert told("10.20.0.11", "example.com").allowed_if == "a member of staff opens a lesson for year-5"
    game = told("10.20.0.11", "poki.com")
    assert game.verdict.code is Code.CLOSED
    assert game.allowed_if.startswith("a member of staff opens a lesson for year-5; but there too: ICT lead allows it")
    assert "nothing: no person" in told("10.20.0.11", "wicked.example.org").allowed_if


def test_a_stranger_is_not_offered_a_lesson() -> None:
    assert "lesson" not in told(STRANGER, "example.com").allowed_if


def test_a_focus_lesson_offers_the_teacher_what_would_help() -> None:
    inside = window(5, minutes=60, focus=("maths-sites",))
    found = told("10.20.0.11", "example.com", NINE + timedelta(minutes=5), inside)
    assert found.verdict.code is Code.FOCUS_BLOCKED
    assert "site_lists[maths-sites]" in found.allowed_if
