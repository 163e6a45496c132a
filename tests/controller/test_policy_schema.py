"""The JSON Schema for editors accepts what the reader accepts, and knows every key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from controller.clauses import CLAUSES
from controller.new_school import TEMPLATES
from controller.policy.schema import keys_at, schema
from controller.policy.tree import plain
from controller.policy.yaml import compose
from tests.controller.policies import SMALL, changed
from tests.shared_data import PROJECT, shared_data

VALIDATOR = Draft202012Validator(schema())


def wrong(text: str) -> list[str]:
    return [error.json_path for error in VALIDATOR.iter_errors(plain(compose(text, "school.yaml")[0]))]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())
    json.dumps(schema())


def test_the_small_policy_and_that_of_a_new_school_fit_the_schema() -> None:
    assert wrong(SMALL) == []
    assert wrong((TEMPLATES / "school.yaml").read_text(encoding="utf-8")) == []


def test_the_example_of_the_specification_fits_the_schema() -> None:
    assert wrong(shared_data("../school-example.yaml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("bell: 15:15", "bel: 15:15", "$.day"),
        ("from: 10:30", "from: 10.30", "$.timetable[0].from"),
        ("vlan: 30", "vlan: 5000", "$.segments.staff.vlan"),
        ("safe_search: strict", "safe_search: hard", "$.access_levels['key-stage-2'].safe_search"),
        ("query_log: off", "query_log: never", "$.privacy.query_log"),
    ],
)
def test_an_editor_shows_the_mistakes_of_shape(old: str, new: str, path: str) -> None:
    assert path in wrong(changed((old, new)))


def test_the_keys_of_a_place_are_those_of_the_file() -> None:
    assert keys_at(("day",)) == ("starts", "bell", "breaks")
    assert keys_at(("terms", 0, "half_term")) == ("from", "to")
    assert "service" in keys_at(("access_levels", "staff", "block", 0))
    assert keys_at(("segments",)) == ()


def keys(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part.get("properties", {})
        for below in part.values():
            yield from keys(below)
    elif isinstance(part, list):
        for below in part:
            yield from keys(below)


def test_the_guide_to_the_policy_file_names_every_key_and_every_clause() -> None:
    guide = Path(PROJECT, "docs", "policy-file.md").read_text(encoding="utf-8")
    missing = {word for word in {*keys(schema()), *CLAUSES} if f"`{word}`" not in guide and f"`{word}:" not in guide}
    assert missing == set()


def test_the_guide_says_each_clause_as_the_product_does() -> None:
    guide = Path(PROJECT, "docs", "policy-file.md").read_text(encoding="utf-8")
    assert [clause.id for clause in CLAUSES.values() if f"| `{clause.id}` | {clause.text} |" not in guide] == []
