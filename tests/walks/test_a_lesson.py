"""The third walk: who may open a lesson, and ending it early."""

from __future__ import annotations

import pytest

from tests.waiting import until
from tests.walks.school import IPAD_5, IPAD_6, School

pytestmark = pytest.mark.xdist_group("walk of a lesson")


def test_a_teacher_opens_only_for_the_own_classes_and_only_for_so_long(school: School) -> None:
    not_ours = school.call("teacher", "POST", "/windows", {"group": "year-6", "minutes": 5})
    too_long = school.call("teacher", "POST", "/windows", {"group": "year-5", "minutes": 90})
    assert (not_ours.status_code, too_long.status_code) == (403, 403)
    assert school.call("technician", "POST", "/windows", {"group": "year-5", "minutes": 5}).status_code == 403
    assert school.ask(IPAD_6, "bbc.co.uk").blocked


def test_a_lesson_that_is_ended_early_closes_at_once(school: School) -> None:
    opened = school.call("teacher", "POST", "/windows", {"group": "year-5", "minutes": 5}).json()
    until(lambda: school.ask(IPAD_5, "bbc.co.uk").answered)
    assert school.call("teacher", "POST", f"/windows/{opened['id']}/end").status_code == 202
    until(lambda: school.ask(IPAD_5, "bbc.co.uk").blocked)
    until(lambda: IPAD_5 not in school.let_out())
