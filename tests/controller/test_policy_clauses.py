"""The clauses are those of the requirements, each with its schools, in words of our own."""

from __future__ import annotations

import re

from controller.clauses import CLAUSES
from tests.shared_data import shared_data


def test_every_clause_of_the_requirements_is_known_with_the_schools_it_comes_from() -> None:
    text = shared_data("../requirements.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([FTWDM][0-9]+) \| .* \| ([P0-4 ]+) \|$", text, re.MULTILINE)
    assert {id_: clause.schools for id_, clause in CLAUSES.items()} == {
        id_: tuple(schools.split()) for id_, schools in rows
    }


def test_a_clause_knows_its_subject_and_is_one_short_sentence() -> None:
    assert (CLAUSES["F4"].subject, CLAUSES["T2"].subject, CLAUSES["M9"].subject) == ("filtering", "times", "watching")
    assert all(clause.text.endswith(".") and len(clause.text) < 110 for clause in CLAUSES.values())
