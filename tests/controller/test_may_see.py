"""What a member of staff may look at: laws about a teacher's sight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.may_see import sight_of
from controller.model import Actor
from inventory.model import Person, PersonId
from tests.controller.school import DESK, IPAD, KS1_IPAD, LAPTOP, POLICY, PRINTER, YEAR_1, device, school

TEACHER = Actor("ms-hill", "teacher", groups=frozenset({"year-5"}))


def sees(actor: Actor, mac: str, acting: str | None = None, **of: object) -> bool:
    inventory = school(device(mac, "school-ipad", **of)) if of else school()  # type: ignore[arg-type]
    seen = inventory.devices[mac]  # type: ignore[index]
    return sight_of(POLICY, actor).of_device(POLICY, inventory, seen, acting, actor.name)


@pytest.mark.parametrize(
    ("mac", "seen"), [(IPAD, True), (KS1_IPAD, False), (PRINTER, True), (LAPTOP, True), (DESK, False)]
)
def test_a_teacher_sees_the_own_class_and_what_is_nobodys(mac: str, seen: bool) -> None:
    assert sees(TEACHER, mac) is seen


def test_a_trolleys_tablet_is_the_years_whose_child_is_signed_in_at_it() -> None:
    assert not sees(TEACHER, IPAD, acting="year-1")
    assert sees(TEACHER, IPAD, acting="year-5")


def test_what_belongs_to_a_child_is_seen_by_that_childs_teacher() -> None:
    inventory = school(device(IPAD, "school-ipad", person=PersonId("child")))
    child = Person(PersonId("child"), "A child", year_group=YEAR_1)
    inventory = replace(inventory, people={**inventory.people, child.id: child})
    of_class = {group: Actor("t", "teacher", groups=frozenset({group})) for group in ("year-1", "year-5")}
    found = {
        group: sight_of(POLICY, who).of_device(POLICY, inventory, inventory.devices[IPAD], None, "t")
        for group, who in of_class.items()
    }
    assert found == {"year-1": True, "year-5": False}


def test_ones_own_device_is_always_in_sight() -> None:
    assert sees(replace(TEACHER, name="head"), DESK)


@pytest.mark.parametrize("role", ["head", "ict_lead", "office", "technician", "auditor", "provider_admin"])
def test_who_answers_for_the_whole_school_sees_it(role: str) -> None:
    assert sight_of(POLICY, Actor("somebody", role)).whole


def test_a_policy_that_says_nothing_of_teachers_does_not_show_them_everything() -> None:
    silent = POLICY.model_copy(update={"roles": {}})
    assert sight_of(silent, TEACHER).groups == {"year-5"}
    assert sight_of(silent, Actor("somebody", "pupil")).groups == frozenset()


def test_a_program_that_was_given_classes_sees_no_others() -> None:
    assert sight_of(POLICY, Actor("hook", "api_client")).whole
    assert sight_of(POLICY, Actor("hook", "api_client", groups=frozenset({"year-1"}))).groups == {"year-1"}
