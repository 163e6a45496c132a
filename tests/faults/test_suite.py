"""Every fault of the specification has a test, and every row of the table names tests that exist."""

from __future__ import annotations

import ast

import pytest

from tests.faults.suite import FAULTS, faults_of
from tests.shared_data import PROJECT

ROWS = [(number, row) for number, (_, rows) in FAULTS.items() for row in rows]


@pytest.mark.parametrize(("number", "row"), ROWS)
def test_a_row_names_tests_that_exist(number: int, row: str) -> None:
    file, _, name = row.partition("::")
    tree = ast.parse((PROJECT / file).read_text())
    tests = [
        each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
    ]
    found = [test for test in tests if test.startswith(name)]
    assert found
    assert all(number in faults_of(f"{file}::{test}") for test in found)


def test_all_twenty_are_there() -> None:
    assert list(FAULTS) == list(range(1, 21))


def test_a_test_that_is_in_no_row_shows_no_fault() -> None:
    assert faults_of("tests/controller/test_clock.py::test_a_fixed_clock_moves_only_when_told") == ()
