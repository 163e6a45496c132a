"""A broken glass lets staff out for a limited time, and nobody else, and ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.break_glass import ALWAYS, OPEN, SHUT, Glass, glass_table, named, staff_of
from dns_filter.model import Action, Code, FilterTable, Name, Query, State, standing
from dns_filter.names import to_wire
from dns_filter.snapshot import Snapshot
from dns_filter.steps import decide
from inventory.model import Hold
from tests.controller.school import DESK, IPAD, NINE, POLICY, PRINTER, STRANGER, at, device, school
from tests.fakes.domain_table import FakeDomainTable

STAFF, PUPIL, THING, NOBODY = "10.30.0.11", "10.20.0.11", "10.40.0.9", "10.99.0.7"
SEEN = (at(DESK, STAFF), at(IPAD, PUPIL), at(PRINTER, THING), at(STRANGER, NOBODY))
GLASS = Glass(NINE, NINE + timedelta(minutes=30), "the disk of the controller is dead", 8)


def broken() -> FilterTable:
    return glass_table(GLASS, staff_of(POLICY, school(seen=SEEN), NINE), POLICY, None)


def state(table: FilterTable, address: str, after: float) -> State:
    return standing(table, address, (NINE + timedelta(minutes=after)).timestamp()).profile.state


def test_staff_are_open_until_the_end_and_nobody_else_ever_is() -> None:
    table = broken()
    assert [state(table, STAFF, after) for after in (0, 29.9, 30, 600)] == [State.OPEN] * 2 + [State.CLOSED] * 2
    for address in (PUPIL, THING, NOBODY, "10.20.3.3"):
        assert [state(table, address, after) for after in (0, 29, 31)] == [State.CLOSED] * 3
    assert table.epoch == 8
    assert table.horizon == GLASS.ends.timestamp()


def test_a_machine_of_staff_that_rests_in_quarantine_stays_shut() -> None:
    held = device(DESK, "staff-laptop", role="teacher", hold=Hold("technician", "lost", NINE))
    assert staff_of(POLICY, school(held, seen=SEEN), NINE).bindings == {}


def test_an_address_that_a_person_vouches_for_is_open_without_policy_and_store() -> None:
    table = glass_table(GLASS, named(["10.30.0.12", "FD00:30::00AB"]), None, None)
    assert set(table.bindings) == {"10.30.0.12", "fd00:30::ab"}
    assert [state(table, "10.30.0.12", after) for after in (0, 30)] == [State.OPEN, State.CLOSED]
    assert table.mandatory == ALWAYS
    assert (table.unknown, table.cohorts[SHUT].grants) == (SHUT, ())
    with pytest.raises(ValueError, match=r"10\.30\.0\.0/24"):
        named(["10.30.0.0/24"])


def test_what_is_mandatory_stays_blocked_for_everybody() -> None:
    names = FakeDomainTable({"iwf-illegal": ("wicked.example.org",)})
    tables = (broken(), glass_table(GLASS, named([STAFF]), None, None))
    for table in tables:
        snapshot = Snapshot(table, names)
        found = {}
        for text in ("wicked.example.org", "wikipedia.org"):
            query = Query(Name(to_wire(text)), 1, STAFF, NINE.timestamp())
            found[text] = decide(query, snapshot.seat(STAFF, query.at).profile, snapshot)
        assert found["wicked.example.org"].code is Code.MANDATORY
        assert found["wikipedia.org"].action is Action.FORWARD


def test_internal_names_lead_where_the_last_table_says_when_the_policy_is_gone() -> None:
    before = broken().model_copy(update={"internal": {"school.local": ("10.10.0.9:53",)}, "mandatory": ("ctiru",)})
    table = glass_table(GLASS, named([STAFF]), None, before)
    assert (table.internal, table.mandatory, table.sources) == (before.internal, ("ctiru",), before.sources)
    assert table.profiles[OPEN].filtered
