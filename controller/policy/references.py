"""What a policy names must exist in it: every place that holds a name, as a table, and the search for names of nothing.

It works on what was read, not on typed parts, so that a mistake elsewhere hides no misspelt name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from controller.clauses import CLAUSES
from controller.policy.problem import Finding, Path, listed, near


@dataclass(frozen=True, slots=True)
class Reference:
    """The names at `place` (`*`: every key, `#`: every item) are keys of `sections` or one of `words`."""

    place: str
    noun: str
    sections: tuple[str, ...]
    words: frozenset[str] = frozenset()
    error: bool = True
    otherwise: str = ""
    """What follows where it is a warning only."""


def _level(place: str, *words: str) -> Reference:
    return Reference(place, "access level", ("access_levels",), frozenset(words))


def _segment(place: str, *words: str) -> Reference:
    return Reference(place, "segment", ("segments",), frozenset(words))


def _sites(place: str) -> Reference:
    return Reference(place, "site list", ("site_lists",), error=False, otherwise="; until it is there, no site is open")


def _person(place: str) -> Reference:
    return Reference(place, "role or responsible person", ("roles", "responsible"))


_WHOM = ("year_groups", "classes", "rooms")

REFERENCES = (
    _level("access_levels.*.extends"),
    _sites("access_levels.*.focus"),
    _person("access_levels.*.allow.#.by"),
    _person("access_levels.*.block.#.by"),
    _level("year_groups.*.level"),
    _segment("year_groups.*.segment"),
    _level("roles.*.level"),
    _segment("roles.*.segment"),
    _level("outside_windows.pupils", "open", "closed"),
    _level("outside_windows.staff", "open", "closed"),
    Reference("classes.*", "year group", ("year_groups",)),
    Reference("timetable.#.for", "year group, class or room", _WHOM),
    Reference("lessons.#.for", "year group, class or room", _WHOM),
    _level("lessons.#.level"),
    _sites("lessons.#.focus"),
    Reference("exam_periods.#.for", "year group, class or room", _WHOM),
    _sites("exam_periods.#.focus"),
    _level("timetable.#.level"),
    _sites("timetable.#.focus"),
    _level("agreements.pupils.without", "no-internet"),
    _level("agreements.declined", "no-internet"),
    _level("agreements.staff.without", "no-internet"),
    Reference("agreements.staff.online.on_behalf", "role", ("roles",)),
    _sites("sanctions.keep"),
    _segment("devices.*.segment", "by-person"),
    _level("devices.*.level"),
    Reference("devices.*.whose.#.*", "time for a device", (), frozenset({"breaks"})),
)
_WHOSE = Reference("", "group of people", ("roles", "year_groups"), frozenset({"pupils", "staff"}))
_CLAUSES = Reference("", "clause", (), frozenset(CLAUSES))


def unknown_names(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding for every name that names nothing. `raw` is the file as dicts, lists and scalars."""
    for reference in REFERENCES:
        known = _known(reference, raw)
        for path, value in _values(raw, tuple(reference.place.split(".")), ()):
            yield from _missing(reference, path, value, known)
    for path, value in _values(raw, ("devices", "*", "whose", "#"), ()):
        for key in value if isinstance(value, Mapping) else ():
            yield from _missing(_WHOSE, (*path, key), key, _known(_WHOSE, raw))
    for path, value in _all_clauses(raw, ()):
        yield from _missing(_CLAUSES, path, value, CLAUSES)


def _known(reference: Reference, raw: Mapping[str, Any]) -> Mapping[str, None]:
    """In the order of the file, the fixed words first."""
    sections = (raw.get(section) for section in reference.sections)
    names = (name for found in sections if isinstance(found, Mapping) for name in found)
    return dict.fromkeys((*sorted(reference.words), *names))


def _missing(reference: Reference, path: Path, value: Any, known: Mapping[str, Any]) -> Iterator[Finding]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, str):
                yield from _missing(reference, (*path, number), item, known)
        return
    if isinstance(value, str) and value not in known:
        expected = f"{_one_of(reference, known)}{reference.otherwise}"
        message = f"no {reference.noun} {value[:63]!r}{near(value, known)}; expected {expected}"
        yield Finding(path, message, error=reference.error)


def _one_of(reference: Reference, known: Mapping[str, Any]) -> str:
    return listed(known) if known else f"one under `{reference.sections[0]}:`"


def _values(raw: Any, place: tuple[str, ...], path: Path) -> Iterator[tuple[Path, Any]]:
    if not place:
        yield path, raw
        return
    for part, below in _parts(raw, place[0]):
        yield from _values(below, place[1:], (*path, part))


def _parts(raw: Any, wanted: str) -> Iterator[tuple[str | int, Any]]:
    if isinstance(raw, list) and wanted == "#":
        yield from enumerate(raw)
    elif isinstance(raw, Mapping):
        yield from ((key, below) for key, below in raw.items() if wanted in ("*", key))


def _all_clauses(raw: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    parts = raw.items() if isinstance(raw, Mapping) else enumerate(raw) if isinstance(raw, list) else ()
    for part, below in parts:
        if part == "clauses":
            yield (*path, part), below
        else:
            yield from _all_clauses(below, (*path, part))
