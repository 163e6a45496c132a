"""What Pydantic found wrong with a policy, in plain words: what stands there, what was expected or meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from controller.policy.agreements import LINK, PARAGRAPHS
from controller.policy.problem import MOST, Finding, Path, listed, near, spell
from controller.policy.schema import keys_at
from controller.policy.types import CLAUSE, EMAIL, ID, LANGUAGE, SSID, TEXT, USE

_PATTERNS = {
    ID: "a short name of small letters, digits and hyphens such as year-5",
    CLAUSE: "the id of a clause such as F1 or T2",
    EMAIL: "an e-mail address such as head@school.example",
    LANGUAGE: "a language tag such as en, cy or pt-BR",
    TEXT: "a line of readable text",
    PARAGRAPHS: "readable text",
    LINK: "an address such as https://school.example/agreement",
    USE: "a category such as chat, or a service such as service:whatsapp",
    SSID: "the name of a Wi-Fi network in letters, digits, `.`, `_` and `-`",
}
_MAPPING = "lines of `key: value`"
_WORDS = {
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list such as [one, two]",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "string_too_short": "a line of readable text",
    "too_short": "at least one entry",
}
_OF_SCALARS = {"string_type", "literal_error", "string_pattern_mismatch"}


def findings(error: ValidationError, raw: Any) -> tuple[Finding, ...]:
    """One finding for each place. `raw` is what was read, as dicts, lists and scalars."""
    found: dict[Path, list[ErrorDetails]] = defaultdict(list)
    for details in error.errors(include_url=False):
        found[_path(details, raw)].append(details)
    telling = ((path, _telling(path, found)) for path in found)
    return tuple(islice((_finding(path, errors, raw) for path, errors in telling if errors), MOST))


def _path(details: ErrorDetails, raw: Any) -> Path:
    """The place in the file: without the names of union branches that Pydantic puts between."""
    path: list[str | int] = []
    for number, part in enumerate(details["loc"], 1):
        if part == "[key]":
            break
        inside = _at(raw, (*path, part), missing := object()) is not missing
        if inside or (details["type"] == "missing" and number == len(details["loc"])):
            path.append(part)
    return tuple(path)


def _at(raw: Any, path: Path, missing: object = None) -> Any:
    for part in path:
        known: Any = raw if isinstance(raw, Mapping) else dict(enumerate(raw)) if isinstance(raw, list) else {}
        if part not in known:
            return missing
        raw = known[part]
    return raw


def _telling(path: Path, found: Mapping[Path, Sequence[ErrorDetails]]) -> list[ErrorDetails]:
    """Of the branches of a union, those that were meant: a mapping is no misspelt word, a word no broken mapping."""
    errors = found[path]
    below = any(len(other) > len(path) and other[: len(path)] == path for other in found)
    is_mapping = any(isinstance(details["input"], Mapping) for details in errors)
    words = [details for details in errors if details["type"] in _OF_SCALARS]
    rest = [details for details in errors if details["type"] not in _OF_SCALARS]
    if is_mapping and (rest or below):
        errors = rest
    elif words and isinstance(words[0]["input"], str):
        errors = [details for details in errors if details["type"] != "model_type"]
    return [details for details in errors if details["type"] != "too_short" or not below]


def _finding(path: Path, errors: Sequence[ErrorDetails], raw: Any) -> Finding:
    first = errors[0]
    if first["loc"][-1] == "[key]":
        return Finding(path, f"{_shown(path[-1])} cannot be a name here; expected {_expected(first)}", of_key=True)
    if first["type"] == "missing":
        return Finding(
            path, f"`{path[-1]}:` is missing; expected it {f'in `{spell(path[:-1])}`' if path[1:] else 'here'}"
        )
    if first["type"] == "extra_forbidden":
        known = [key for key in keys_at(path[:-1]) if key not in _at(raw, path[:-1])]
        return Finding(path, f"unknown key{near(str(path[-1]), known)}; expected {listed(known)}", of_key=True)
    said = _said(first)
    if said and not said.startswith("expected "):
        return Finding(path, said)
    phrases = dict.fromkeys(_expected(details) for details in errors)
    return Finding(path, f"{_shown(first['input'])} cannot stand here{_meant(errors)}; expected {' or '.join(phrases)}")


def _said(details: ErrorDetails) -> str:
    """The words of our own validators."""
    return str(details["ctx"]["error"]) if details["type"] == "value_error" else ""


def _expected(details: ErrorDetails) -> str:
    kind, limits = details["type"], details.get("ctx", {})
    if kind == "value_error":
        return _said(details).removeprefix("expected ")
    if kind == "literal_error":
        return str(limits["expected"]).replace("'", "")
    if kind == "string_pattern_mismatch":
        return _PATTERNS[limits["pattern"]]
    if kind == "string_type":
        return "text" if details["input"] is None or isinstance(details["input"], list | Mapping) else "text, in quotes"
    if kind == "string_too_long":
        return f"at most {limits['max_length']} characters"
    if kind in {"greater_than_equal", "less_than_equal"}:
        return f"at least {limits['ge']}" if "ge" in limits else f"at most {limits['le']}"
    return _WORDS.get(kind) or details["msg"]


def _meant(errors: Sequence[ErrorDetails]) -> str:
    known = [
        word for details in errors if details["type"] == "literal_error" for word in _expected(details).split(", ")
    ]
    words = [word for part in known for word in part.split(" or ")]
    value = errors[0]["input"]
    return near(value, words) if isinstance(value, str) else ""


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | Mapping):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
