"""Looking into the query log: of one device, within a time, and nobody once the key is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from controller.client import UnknownClient
from controller.home import Home
from controller.query_log import Span
from controller.query_log.csv_text import as_csv, cell
from controller.query_log.files import QueryLogFiles
from controller.query_log.subject import subject_of
from dns_filter.model import Binding, Cohort, FilterProfile, FilterTable
from inventory.model import Device, Inventory, PersonId
from tests.controller.query_log.conftest import ADDRESS, ALL, IPAD, NINE, OTHER, TOMORROW
from tests.controller.school import HEAD, school

TABLE = FilterTable(
    epoch=1,
    made_at=0.0,
    horizon=1e12,
    school="Ash Lane",
    sources=(),
    profiles={"a": FilterProfile(name="a", access_level="a")},
    cohorts={"a": Cohort(id="a", resting="a")},
    bindings={"10.20.0.11": Binding(device=IPAD, name="ipad-5-11", cohort="a")},
    unknown="a",
)


def test_what_one_device_asked_for_newest_first(files: QueryLogFiles) -> None:
    found = files.entries([IPAD], ALL, 100)
    assert [entry.at for entry in found] == [TOMORROW] * 3 + [NINE] * 3
    assert {entry.qname for entry in found} == {"www.wikipedia.org", "www.roblox.com", "redlight.example"}
    assert {entry.qtype for entry in found} == {"A"}


@pytest.mark.parametrize(("blocked", "count"), [(True, 4), (False, 2), (None, 6)])
def test_only_what_was_blocked_or_only_what_was_not(files: QueryLogFiles, blocked: bool | None, count: int) -> None:
    assert len(files.entries([IPAD], ALL, 100, blocked=blocked)) == count


@pytest.mark.parametrize(
    ("name", "count"), [("roblox.com", 2), ("www.roblox.com.", 2), ("blox.com", 0), ("%", 0), ("WWW.Roblox.com", 2)]
)
def test_a_name_is_found_with_what_is_below_it(files: QueryLogFiles, name: str, count: int) -> None:
    assert len(files.entries([IPAD], ALL, 100, name=name)) == count


def test_a_span_ends_before_its_end(files: QueryLogFiles) -> None:
    assert files.entries([IPAD], Span(NINE - timedelta(hours=1), NINE), 100) == ()
    assert len(files.entries([IPAD], Span(NINE, NINE + timedelta(seconds=1)), 100)) == 3
    assert len(files.entries([IPAD], ALL, 4)) == 4


def test_a_stranger_is_found_by_address_and_nobody_else_with_it(files: QueryLogFiles) -> None:
    assert {entry.qname for entry in files.entries([ADDRESS], ALL, 100)} == {"stranger.example"}
    assert len(files.entries([IPAD, OTHER, ADDRESS], ALL, 100)) == 10


def test_without_the_key_of_the_term_nobody_can_be_found(files: QueryLogFiles, home: Home) -> None:
    for key in home.pseudonym_keys.glob("*.key"):
        key.unlink()
    assert files.entries([IPAD], ALL, 100) == ()


def test_a_school_that_has_no_log_yet_has_nothing_in_it(tmp_path: Path) -> None:
    files = QueryLogFiles.of(Home(tmp_path))
    assert (files.entries([IPAD], ALL, 10), files.events(ALL, 10), files.counts(ALL, by=timedelta(days=1))) == (
        (),
        (),
        (),
    )


def test_events_are_only_of_harm(files: QueryLogFiles) -> None:
    assert [(event.qname, event.category) for event in files.events(ALL, 10)] == [("redlight.example", "adult")] * 2
    assert len(files.events(ALL, 10, [IPAD])) == 2
    assert files.events(ALL, 10, [OTHER]) == ()


def test_counts_by_the_day_hold_no_device(files: QueryLogFiles) -> None:
    found = files.counts(ALL, by=timedelta(days=1))
    assert {count.begins for count in found} == {NINE.replace(hour=0), TOMORROW.replace(hour=0)}
    assert sum(count.times for count in found) == 10
    assert {(count.profile, count.code) for count in found if count.code == "allowed"} == {
        ("key-stage-2", "allowed"),
        ("approved-only", "allowed"),
    }


def people() -> Inventory:
    (head,) = (device for device in school().devices.values() if device.person == HEAD.id)
    second = Device(OTHER, "the head's tablet", "school-ipad", person=PersonId("head"))  # type: ignore[arg-type]
    return school(head, second)


def test_a_person_is_all_devices_that_are_theirs() -> None:
    found = subject_of("head", people(), TABLE)
    assert len(found.clients) == 2
    assert OTHER in found.clients


def test_an_address_is_also_the_device_that_has_it() -> None:
    assert subject_of("10.20.0.11", people(), TABLE).clients == {"10.20.0.11": "10.20.0.11", IPAD: "ipad-5-11"}
    assert subject_of("10.20.0.99", people(), None).clients == {"10.20.0.99": "10.20.0.99"}


def test_a_device_is_found_by_mac_in_any_spelling_and_by_name() -> None:
    assert subject_of(IPAD.upper().replace(":", "-"), people(), TABLE).clients == {IPAD: IPAD}
    assert subject_of("THE HEAD'S TABLET", people(), TABLE).clients == {OTHER: "the head's tablet"}


@pytest.mark.parametrize("asked", ["year-5", "nobody", ""])
def test_a_whole_group_is_nobody_to_look_up(asked: str) -> None:
    with pytest.raises(UnknownClient):
        subject_of(asked, people(), TABLE)


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@x", "\tx", "  =cmd|' /C calc'!A0", "|x", "%x"])
def test_no_name_becomes_a_formula(text: str) -> None:
    assert cell(text).startswith("'")


def test_csv_for_spreadsheets() -> None:
    text = as_csv([{"qname": 'a,"b"', "times": -3}, {"qname": "=x", "times": 1}], ("qname", "times"))
    assert text == '\ufeffqname,times\r\n"a,""b""",-3\r\n\'=x,1\r\n'
