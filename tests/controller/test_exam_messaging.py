"""Nobody is written to in an exam, however wide its sites are; what helps and what signs in stays (T2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.compile import compile_intent
from controller.decide import decide, facts_between
from controller.explain import explain
from controller.explain_words import texts
from controller.explanation import Explanation
from controller.model import AccessWindow, WindowKind
from controller.policy import Agreements, Exams, Policy, PupilAgreements, SiteList
from controller.policy.file import PolicyError, parse
from dns_filter.model import Code, FilterProfile
from inventory.agreements import Agreement, Signer
from inventory.model import Inventory, Person, PersonId, YearGroupId
from inventory.sanctions import Sanction
from tests.controller.policies import changed
from tests.controller.school import IPAD, NINE, POLICY, at, school, window
from tests.fakes.domain_table import FakeDomainTable

WIDE = SiteList(sites=("google.com", "school.example", "nspcc.org.uk", "ttrockstars.com"))
HERE = POLICY.model_copy(
    update={"site_lists": {**POLICY.site_lists, "wide": WIDE, "narrow": SiteList(sites=("bbc.co.uk",))}}
)
NAMES = FakeDomainTable(
    {
        "webmail": ["mail.google.com", "login.school.example"],
        "chat": ["chat.school.example", "nspcc.org.uk"],
        "service:whatsapp": ["whatsapp.google.com"],
        "protected:platform": ["login.school.example"],
        "protected:support": ["nspcc.org.uk"],
        "games": ["games.google.com"],
    }
)
EXAM = window(1, focus=("wide",), kind=WindowKind.EXAM)
LESSON = window(2, focus=("wide",))
SEEN = (at(IPAD, "10.20.0.11"),)


def told(name: str, *windows: AccessWindow, policy: Policy = HERE, inventory: Inventory | None = None) -> Explanation:
    facts = inventory if inventory is not None else school(seen=SEEN)
    intent = compile_intent(policy, facts, windows, NINE, 7)
    return explain(policy, intent, facts, windows, NAMES, "10.20.0.11", name, "A", NINE)  # type: ignore[arg-type]


def profile(inventory: Inventory, *windows: AccessWindow, policy: Policy = HERE) -> FilterProfile:
    facts = facts_between(policy, inventory, windows, NINE, NINE + timedelta(days=1))
    return facts.profiles.named(decide(facts, IPAD, NINE).profile)


@pytest.mark.parametrize(
    ("name", "code", "step"),
    [
        ("docs.google.com", Code.FOCUS_ALLOWED, "focus"),
        ("mail.google.com", Code.FOCUS_BLOCKED, "exam"),
        ("chat.school.example", Code.FOCUS_BLOCKED, "exam"),
        ("web.whatsapp.google.com", Code.FOCUS_BLOCKED, "exam"),
        ("login.school.example", Code.FOCUS_ALLOWED, "focus"),
        ("nspcc.org.uk", Code.FOCUS_ALLOWED, "focus"),
        ("wikipedia.org", Code.FOCUS_BLOCKED, "focus"),
    ],
)
def test_the_sites_of_an_exam_are_open_but_for_messaging(name: str, code: Code, step: str) -> None:
    found = told(name, EXAM)
    assert (found.verdict.code, found.verdict.step) == (code, step)


def test_a_lesson_with_the_same_sites_keeps_messaging_as_the_level_has_it() -> None:
    assert told("mail.google.com", LESSON).allowed
    assert told("mail.google.com", LESSON, replace(EXAM, opens_at=NINE + timedelta(minutes=5))).allowed


def test_not_even_a_rule_of_the_level_opens_messaging_in_an_exam() -> None:
    assert told("ttrockstars.com", EXAM).verdict.code is Code.RULE_ALLOWED
    names = FakeDomainTable({"chat": ["ttrockstars.com"]})
    intent = compile_intent(HERE, school(seen=SEEN), (EXAM,), NINE, 7)
    found = explain(HERE, intent, school(seen=SEEN), (EXAM,), names, "10.20.0.11", "ttrockstars.com", "A", NINE)  # type: ignore[arg-type]
    assert found.verdict.step == "exam"


def test_it_is_explained_as_the_exam_and_never_as_a_sanction() -> None:
    found = told("mail.google.com", EXAM)
    assert (found.verdict.rule, found.verdict.clauses) == ("exams.messaging", ("T2", "F6"))
    assert found.allowed_if == "the exam ends, or ICT lead takes it out of exams.messaging"
    said = texts(found, HERE.school.zone)
    assert "messaging is off in an exam (exams.messaging)" in said.teacher
    assert said.child.startswith("This site is not one of those you are working with now.")


def test_a_school_says_itself_what_messaging_is() -> None:
    own = HERE.model_copy(update={"exams": Exams(messaging=("chat",))})
    assert told("mail.google.com", EXAM, policy=own).allowed
    assert told("chat.school.example", EXAM, policy=own).verdict.step == "exam"
    none = HERE.model_copy(update={"exams": Exams(messaging=())})
    assert told("chat.school.example", EXAM, policy=none).allowed


def test_what_narrows_an_exam_further_gives_messaging_to_nobody() -> None:
    child = PersonId("child-5-01")
    here = school(seen=SEEN)
    people = {child: Person(child, "A child", year_group=YearGroupId("year-5"))}
    here = replace(here, people=people, devices={**here.devices, IPAD: replace(here.devices[IPAD], person=child)})
    exam = replace(EXAM, focus=("wide", "narrow"))
    taken = Sanction(
        "s1", child, None, ("internet",), NINE, None, "a breach", "head", approved_by="lead", keep=("wide",)
    )
    asked = HERE.model_copy(
        update={
            "agreements": Agreements(pupils=PupilAgreements(without="key-stage-2")),
        }
    )
    signed = tuple(Agreement(child, who, "2026", NINE - timedelta(days=9)) for who in (Signer.PUPIL, Signer.GUARDIAN))
    under_a_sanction = replace(here, sanctions=(taken,), agreements={child: signed})
    assert profile(under_a_sanction, exam).focus == WIDE.sites
    for policy, inventory in ((HERE, under_a_sanction), (asked, here)):
        assert "webmail" in profile(inventory, exam, policy=policy).silenced
    assert profile(here, LESSON).silenced == ()


def test_a_use_that_is_no_word_of_lists_is_refused() -> None:
    with pytest.raises(PolicyError) as refused:
        parse(changed(("timetable:\n", "exams: {messaging: [Chat Rooms]}\ntimetable:\n")), "school.yaml")
    assert "a category such as chat" in str(refused.value.problems[0].message)
