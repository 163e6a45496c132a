"""Emergencies, sanctions and agreements as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.model import Actor
from inventory.model import Person, PersonId, YearGroupId
from tests.controller.commands.conftest import Run
from tests.fakes.site import IPAD, FakeSite

CHILD = PersonId("child-5-01")
FORMS = """person,signer,version,signed_on,means,answer,ends_on
child-5-01,pupil,2026,2026-09-08,paper,,
child-5-01,guardian,2026,2026-09-09,online,yes,2027-08-31
"""


@pytest.fixture
def people(controller: FakeSite) -> FakeSite:
    lead = Actor("ict_lead", "ict_lead")
    child = Person(CHILD, "A child of Year 5", year_group=YearGroupId("year-5"))
    controller.store.put_people((child,), lead, controller.clock.now())
    return controller


def test_an_emergency_is_declared_shown_and_ended(run: Run, controller: FakeSite) -> None:
    assert "No emergency" in run("emergency", "status").out
    assert "Everything is closed for pupils" in run("emergency", "close", "a lockdown").out
    assert run("emergency", "status", "--json").json["why"] == "a lockdown"
    assert "No emergency" in run("emergency", "open", "all clear").out


def test_a_sanction_is_imposed_listed_appealed_and_ended(run: Run, people: FakeSite) -> None:
    assert "No sanction is in force" in run("sanctions", "list").out
    imposed = run("sanctions", "impose", "unkind letters", "--person", CHILD, "--use", "webmail", "--days", 30)
    assert (imposed.status, "webmail" in imposed.out, "unless approved" in imposed.out) == (0, True, True)
    assert run("sanctions", "appeal", "s1", "It was somebody else.", "--json").json["appeal"]
    assert "second person" in run("sanctions", "approve", "s1").err
    assert CHILD in run("sanctions", "list").out
    assert "ended" in run("sanctions", "end", "s1", "the appeal was right").out
    assert run("sanctions", "list", "--json").json["items"] == []
    assert len(run("sanctions", "list", "--all", "--json").json["items"]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--days", "7"), "either --person or --mac"),
        (("--mac", IPAD), "--days, or --review-on"),
        (("--person", "nobody", "--days", "7"), "No such person"),
        (("--mac", IPAD, "--days", "7", "--keep", "no-such-list"), "no site list"),
        (("--mac", IPAD, "--days", "9999"), ""),
    ],
)
def test_a_sanction_that_says_too_little_is_refused(
    words: tuple[str, ...], said: str, run: Run, controller: FakeSite
) -> None:
    told = run("sanctions", "impose", "games in lessons", *words)
    assert told.status != 0
    assert said in told.err


def test_a_form_round_is_imported_and_a_second_time_changes_nothing(run: Run, people: FakeSite, tmp_path: Path) -> None:
    assert "missing" in run("agreements", "list", "--group", "year-5").out
    forms = tmp_path / "forms.csv"
    forms.write_text(FORMS)
    assert "2 signatures recorded" in run("agreements", "import", forms).out
    assert "Known already" in run("agreements", "import", forms).out
    standing = run("agreements", "list", "--group", "year-5", "--json").json["items"]
    assert [(each["person"], each["agreed"]) for each in standing] == [(CHILD, "signed")]
    due = run("agreements", "list", "--due", "400", "--json").json["items"]
    assert CHILD in {each["person"] for each in due}


def test_a_mistake_in_a_form_is_named_by_its_line_and_nothing_is_recorded(
    run: Run, people: FakeSite, tmp_path: Path
) -> None:
    forms = tmp_path / "forms.csv"
    forms.write_text(FORMS + "child-5-01,uncle,2026,2026-09-10,paper,,\nchild-5-01,pupil,2026,10.9.,paper,,\n")
    refused = run("agreements", "import", forms)
    assert refused.status == 1
    assert "forms.csv:4: signer" in refused.err
    assert "forms.csv:5: signed_on" in refused.err
    assert people.store.inventory().agreements == {}
    assert "2 signatures recorded" in run("agreements", "import", forms, "--only-good").out


def test_a_refusal_takes_effect_at_once(run: Run, people: FakeSite) -> None:
    run("agreements", "record", CHILD, "guardian", "--version", "2026", "--declined")
    told = run("agreements", "list", "--agreed", "declined", "--json").json["items"]
    assert [each["person"] for each in told] == [CHILD]


def test_a_pause_and_an_exam_are_windows_of_their_own_kind(run: Run, controller: FakeSite) -> None:
    paused = run("windows", "open", "year-5", "--minutes", "5", "--kind", "pause", "--json").json
    assert (paused["kind"], paused["focus"]) == ("pause", [])
    assert "chosen sites only" in run("windows", "open", "year-5", "--minutes", "5", "--kind", "exam").err
    exam = ("windows", "open", "year-5", "--minutes", "45", "--kind", "exam", "--focus", "approved-sites", "--json")
    assert run(*exam).json["kind"] == "exam"
