"""Signatures, sanctions and emergencies are kept with who said so, and none is counted twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from controller.store import Conflict, NotFound, Store
from inventory.agreements import Agreement, Signer
from inventory.model import Mac, PersonId
from inventory.sanctions import INTERNET, Emergency, Sanction
from tests.controller.store_world import NINE, TEACHER, TECHNICIAN, after

CHILD = PersonId("child-5-01")
SIGNED = Agreement(CHILD, Signer.GUARDIAN, "2026", NINE - timedelta(days=3), ends=after(days=9))
WEEK = Sanction(
    "", CHILD, None, ("webmail",), NINE, after(days=7), "unkind letters", TEACHER.name, date(2026, 12, 1), ("maths",)
)


def test_a_signature_is_recorded_once(store: Store) -> None:
    assert store.put_agreements((SIGNED, SIGNED), TEACHER, NINE) == 1
    assert store.put_agreements((SIGNED,), TEACHER, NINE) == 0
    assert store.inventory().agreements == {CHILD: (SIGNED,)}
    assert [(row.action, row.subject) for row in store.audit()] == [("agreement.sign", CHILD)]


def test_a_refusal_after_a_signature_is_a_row_of_its_own(store: Store) -> None:
    refused = replace(SIGNED, signed_at=NINE, declined=True, ends=None)
    store.put_agreements((SIGNED, refused), TEACHER, NINE)
    assert store.inventory().agreements[CHILD] == (SIGNED, refused)
    assert [row.action for row in store.audit()] == ["agreement.sign", "agreement.decline"]


def test_a_sanction_is_found_as_it_was_imposed_and_a_double_click_is_one(store: Store) -> None:
    imposed = store.impose_sanction(WEEK, TEACHER, NINE)
    assert imposed == replace(WEEK, id="s1")
    second = replace(WEEK, begins_at=NINE + timedelta(seconds=2), ends_at=after(days=7) + timedelta(seconds=2))
    assert store.impose_sanction(second, TEACHER, NINE) == imposed
    assert store.inventory().sanctions == (imposed,) == store.sanctions()
    assert store.sanction("s1") == imposed
    assert len(store.audit()) == 1


def test_the_second_person_is_another_one(store: Store) -> None:
    store.impose_sanction(WEEK, TEACHER, NINE)
    with pytest.raises(Conflict, match="second person"):
        store.approve_sanction("s1", TEACHER, NINE)
    assert store.approve_sanction("s1", TECHNICIAN, NINE).approved_by == TECHNICIAN.name
    assert store.inventory().sanctions[0].approved_by == TECHNICIAN.name


def test_an_ended_sanction_speaks_of_nobody_and_stays_on_record(store: Store) -> None:
    store.impose_sanction(WEEK, TEACHER, NINE)
    store.appeal_sanction("s1", "It was somebody else.", TECHNICIAN, NINE)
    ended = store.end_sanction("s1", "the appeal was right", TECHNICIAN, NINE)
    assert store.end_sanction("s1", "again", TEACHER, NINE) == ended
    assert store.inventory().sanctions == ()
    assert store.sanctions() == (ended,)
    with pytest.raises(Conflict, match="ended already"):
        store.approve_sanction("s1", TECHNICIAN, NINE)
    assert [row.action for row in store.audit()] == ["sanction.impose", "sanction.appeal", "sanction.end"]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(WEEK, mac=Mac("3c:22:fb:05:00:11")),
        replace(WEEK, person=None),
        replace(WEEK, uses=()),
        replace(WEEK, uses=(INTERNET,), ends_at=NINE),
    ],
)
def test_a_sanction_that_says_nothing_is_refused(wrong: Sanction, store: Store) -> None:
    with pytest.raises(ValueError, match="expected a sanction"):
        store.impose_sanction(wrong, TEACHER, NINE)


@pytest.mark.parametrize("unknown", ["s1", "s0", "1", "s1; drop table", "s" + "9" * 30])
def test_a_sanction_that_is_not_there_is_not_found(unknown: str, store: Store) -> None:
    with pytest.raises(NotFound):
        store.end_sanction(unknown, "", TEACHER, NINE)


def test_an_emergency_is_declared_once_and_ended_by_a_person(store: Store) -> None:
    assert not store.end_emergency("none", TEACHER, NINE)
    declared = store.declare_emergency("a lockdown", TEACHER, NINE)
    assert store.declare_emergency("again", TECHNICIAN, after(minutes=1)) == declared
    assert store.inventory().emergency == Emergency(NINE, TEACHER.name, "a lockdown")
    assert store.end_emergency("all clear", TECHNICIAN, after(minutes=9))
    assert store.inventory().emergency is None
    assert [row.action for row in store.audit()] == ["emergency.declare", "emergency.end"]
    assert store.verify_audit() is None


def test_another_controller_sees_what_this_one_wrote(store: Store) -> None:
    with Store.open(str(store._engine.url.render_as_string(hide_password=False))) as other:
        assert other.inventory().emergency is None
        store.declare_emergency("a lockdown", TEACHER, NINE)
        assert other.inventory().emergency is not None
