"""The policy file as a JSON Schema: for editors, and for saying which keys may stand somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from controller.policy import Policy
from controller.policy.problem import Path

Schema = Mapping[str, Any]


def schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of `school.yaml`. It checks shapes, not whether what is named exists."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A school's policy for Caretaker",
        **Policy.model_json_schema(by_alias=True),
    }


def keys_at(path: Path) -> tuple[str, ...]:
    """The keys the schema knows in the mapping at a path; empty where the author chooses them."""
    whole = _whole()
    found: list[Schema] = [whole]
    for part in path:
        found = [below for one in found for below in _below(one, part, whole)]
    return tuple(dict.fromkeys(key for one in found for key in one.get("properties", ())))


@cache
def _whole() -> Schema:
    return schema()


def _below(one: Schema, part: str | int, whole: Schema) -> Iterator[Schema]:
    if isinstance(part, int):
        yield from _branches(one.get("items"), whole)
        return
    named = one.get("properties", {}).get(part)
    yield from _branches(one.get("additionalProperties") if named is None else named, whole)
    for chosen in one.get("patternProperties", {}).values():
        yield from _branches(chosen, whole)


def _branches(one: object, whole: Schema) -> Iterator[Schema]:
    """A schema with its reference followed, or each of its alternatives."""
    if not isinstance(one, Mapping):
        return
    if "$ref" in one:
        yield from _branches(whole["$defs"][one["$ref"].rpartition("/")[2]], whole)
        return
    yield one
    for other in (*one.get("anyOf", ()), *one.get("oneOf", ())):
        yield from _branches(other, whole)
