"""The first walk: one query through the filter, with every outcome that a school day has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

import dns.exception
import pytest

from tests.waiting import until
from tests.walks.school import IPAD_1, IPAD_5, IPAD_6, LAPTOP, PRINTER, STRANGER, School

pytestmark = pytest.mark.xdist_group("walk of a query")

ANSWERED = (
    ("Year 5 in its lesson", IPAD_5, "bbc.co.uk", "192.0.2.10"),
    ("a game that the policy allows by name", IPAD_5, "chess.example", "192.0.2.13"),
    ("tables practice, wrongly on a list of games", IPAD_5, "ttrockstars.com", "192.0.2.14"),
    ("a name of the school itself", IPAD_5, "timetable.millbrook.internal", "127.40.0.5"),
    ("this machine", IPAD_5, "localhost", "127.0.0.1"),
    ("what a tablet needs while no lesson is open", IPAD_6, "captive.apple.com", "192.0.2.17"),
    ("an approved site for the youngest", IPAD_1, "topmarks.co.uk", "192.0.2.11"),
    ("help for a child, approved or not", IPAD_1, "childline.org.uk", "192.0.2.18"),
    ("a teacher asks for a game", LAPTOP, "roblox.com", "192.0.2.12"),
    ("the printer at any hour", PRINTER, "bbc.co.uk", "192.0.2.10"),
    ("what a stranger's laptop needs to be helped", STRANGER, "captive.apple.com", "192.0.2.17"),
)

BLOCKED = (
    ("a game", IPAD_5, "roblox.com", 15),
    ("below a game's name", IPAD_5, "www.roblox.com", 15),
    ("a service", IPAD_5, "www.tiktok.com", 15),
    ("a site that the policy names", IPAD_5, "noise.example", 15),
    ("a game behind another name", IPAD_5, "sums.example", 15),
    ("an outside name that points inside", IPAD_5, "trap.example", 15),
    ("a resolver that would lead round the filter", IPAD_5, "dns.google", 15),
    ("illegal content", LAPTOP, "hate.example", 16),
    ("illegal content for the printer too", PRINTER, "hate.example", 16),
    ("gambling for a teacher", LAPTOP, "bets.example", 15),
    ("Year 6 while no lesson is open", IPAD_6, "bbc.co.uk", 15),
    ("anything but approved sites for the youngest", IPAD_1, "bbc.co.uk", 15),
    ("a stranger", STRANGER, "bbc.co.uk", 18),
    ("a stranger asks for help for children", STRANGER, "childline.org.uk", 18),
    ("an address that nobody was seen with", "127.5.0.250", "bbc.co.uk", 18),
)


@pytest.fixture(scope="module", autouse=True)
def lesson(school: School) -> Iterator[None]:
    """Year 5 has a lesson, and the filter has heard of it."""
    opened = school.call("teacher", "POST", "/windows", {"group": "year-5", "minutes": 30, "why": "computing"})
    assert opened.status_code == 202, opened.text
    until(lambda: school.ask(IPAD_5, "bbc.co.uk").answered)
    yield
    school.call("teacher", "POST", f"/windows/{opened.json()['id']}/end")


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize(("client", "name", "address"), [row[1:] for row in ANSWERED], ids=[row[0] for row in ANSWERED])
def test_what_is_allowed_is_answered(school: School, client: str, name: str, address: str, tcp: bool) -> None:
    heard = school.ask(client, name, tcp=tcp)
    assert heard.addresses == (address,)
    assert heard.ede is None


@pytest.mark.parametrize("qtype", ["A", "HTTPS"])
@pytest.mark.parametrize(("client", "name", "ede"), [row[1:] for row in BLOCKED], ids=[row[0] for row in BLOCKED])
def test_what_is_blocked_is_told_so_and_soon_asked_again(
    school: School, client: str, name: str, ede: int, qtype: str
) -> None:
    heard = school.ask(client, name, qtype)
    if qtype == "HTTPS" and name == "trap.example":
        assert heard.soa  # an address is what makes it a trap; without one there is nothing to block
        return
    assert heard.blocked, heard
    assert heard.ede == ede
    assert heard.ttl <= 10


def test_a_search_engine_is_answered_by_its_safe_twin(school: School) -> None:
    heard = school.ask(IPAD_5, "www.google.com")
    assert heard.names == ("forcesafesearch.google.com",)
    assert heard.addresses == ("192.0.2.20",)
    assert school.ask(LAPTOP, "www.google.com").addresses == ("192.0.2.19",)


def test_a_name_that_does_not_exist_outside_does_not_exist_here(school: School) -> None:
    assert school.ask(IPAD_5, "nowhere.example").rcode == "NXDOMAIN"


def test_names_of_the_school_never_leave_it(school: School) -> None:
    assert school.ask(IPAD_5, "nobody.millbrook.internal").rcode == "NXDOMAIN"
    assert school.ask(IPAD_5, "printer.local").rcode == "NXDOMAIN"
    asked = {name for name, _ in school.upstream.asked}
    assert not {name for name in asked if name.endswith(("internal", "local", "localhost"))}


def test_the_filter_says_which_table_it_has(school: School) -> None:
    intent = school.site.loop.intent()
    assert intent is not None
    assert school.ask(LAPTOP, "health.filter.invalid", "TXT").texts == (f"epoch={intent.table.epoch}",)


def test_an_answer_fetched_for_a_teacher_opens_nothing_for_a_pupil(school: School) -> None:
    assert school.ask(LAPTOP, "wikipedia.org").answered
    before = len(school.upstream.asked)
    assert school.ask(IPAD_6, "wikipedia.org").blocked
    assert school.ask(IPAD_5, "wikipedia.org").answered
    assert school.upstream.asked[before:] == []


def test_who_is_not_of_this_school_is_not_served(school: School) -> None:
    try:
        heard = school.ask("127.77.0.1", "bbc.co.uk")
    except dns.exception.Timeout:
        return
    assert heard.rcode == "REFUSED"


def test_a_block_is_written_down_with_its_rule_and_without_the_childs_device(school: School) -> None:
    school.ask(IPAD_5, "roblox.com")

    def rows() -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for day in (school.home.log / "queries").rglob("queries-*.sqlite"):
            # The file is there a moment before its table.
            with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{day}?mode=ro", uri=True)) as read:
                found += read.execute("SELECT device, rule FROM queries WHERE qname LIKE 'roblox.com%'").fetchall()
        return found

    until(rows)
    assert any("games" in rule for _, rule in rows())
    assert not [device for device, _ in rows() if IPAD_5 in device or "ipad" in device or "3c:22" in device]


ASKED = [(row[1], row[2]) for row in (*ANSWERED, *BLOCKED) if row[2] not in ("sums.example", "trap.example")]
"""All but those that only the answer from outside gives away."""


@pytest.mark.parametrize(("client", "name"), ASKED, ids=[f"{client} {name}" for client, name in ASKED])
def test_an_explanation_agrees_with_the_live_answer(school: School, client: str, name: str) -> None:
    told = school.get("technician", f"/explain?client={client}&name={name}")
    heard = school.ask(client, name)
    assert told["allowed"] == heard.answered
    assert told["reply"]["ede"] == heard.ede
    assert heard.ttl <= told["reply"]["ttl"]
    assert told["verdict"]["step"]
    assert told["verdict"]["rule"]
    assert told["allowed"] or told["clauses"]
    assert told["profile"]
