"""Rows of people of other systems: who is a pupil of which year, who is staff, who has left."""

from __future__ import annotations

from collections.abc import Mapping

from inventory.csv_file import CellProblem
from inventory.fold import clean_name
from inventory.imports.entries import Choices, Entries, Gathering
from inventory.imports.sheets import Sheet
from inventory.imports.years import year_group_of, year_of_class
from inventory.model import Person, PersonId, YearGroupId
from inventory.roster import fits_person

_LEFT = frozenset({"inactive", "left", "leaver", "tobedeleted", "deleted", "former", "no", "false", "0"})
_PUPIL = frozenset({"student", "pupil", "schüler"})
_NO_SCHOOL = frozenset({"parent", "guardian", "relative", "userdefined"})
"""Roles of people who use no device of the school's network in that role (OneRoster)."""


def pupils(sheet: Sheet, choices: Choices) -> Entries:
    return _each(sheet, choices, pupil=True)


def staff(sheet: Sheet, choices: Choices) -> Entries:
    return _each(sheet, choices, pupil=False)


def by_role(sheet: Sheet, choices: Choices) -> Entries:
    """Each row says what it is of: `student`, `teacher`, `administrator`…"""
    return _each(sheet, choices, pupil=None)


def by_acts(sheet: Sheet, choices: Choices) -> Entries:
    """Rows that add (A), modify (M) and delete (D), in order: what stands at the end counts."""
    found, known = sheet.gathering(), dict[str, tuple[int, Person]]()
    for line, row in sheet.rows:
        try:
            act = row["act"].upper()
            if act not in ("A", "M", "D"):
                raise CellProblem("act", f"expected A, M or D, not {act[:20]!r}")
            person = _person(row, choices, pupil=row["teacher"] != "1" and row["staff"] != "1")
            known.pop(person.id, None)
            if act == "D":
                found.left_out += 1
            else:
                known[person.id] = (line, person)
        except CellProblem as problem:
            found.wrong(line, problem.column, problem.expected)
    found.people.update({person.id: (line, person) for line, person in known.values()})
    return found.whole()


def _each(sheet: Sheet, choices: Choices, pupil: bool | None) -> Entries:
    found = sheet.gathering()
    for line, row in sheet.rows:
        _one(found, line, row, choices, pupil)
    return found.whole()


def _one(found: Gathering, line: int, row: Mapping[str, str], choices: Choices, pupil: bool | None) -> None:
    role = row.get("role", "").casefold()
    if _has_left(row) or (pupil is None and role in _NO_SCHOOL):
        found.left_out += 1
        return
    try:
        is_pupil = role in _PUPIL if pupil is None else pupil
        if pupil is None and not role:
            raise CellProblem("role", "expected what this person is: student, teacher…")
        found.add_person(line, _person(row, choices, pupil=is_pupil))
    except CellProblem as problem:
        found.wrong(line, problem.column, problem.expected)


def _has_left(row: Mapping[str, str]) -> bool:
    enabled = row.get("enabled", "").casefold()
    return row.get("status", "").casefold() in _LEFT or enabled in ("false", "0")


def _person(row: Mapping[str, str], choices: Choices, *, pupil: bool) -> Person:
    identity = PersonId(fits_person("id", row["id"]))
    first, last = row.get("first", ""), row.get("last", "")
    name = clean_name(f"{first} {last}") or clean_name(row.get("name", "")) or str(identity)
    if pupil:
        return Person(identity, name, year_group=YearGroupId(_year(row, choices)))
    return Person(identity, name, role=choices.role)


def _year(row: Mapping[str, str], choices: Choices) -> str:
    """Its year, else that of its class, else the one a person has named for all."""
    year, group = row.get("year", ""), row.get("class", "")
    found = year_group_of(year, choices.years) if year else None
    if found is None and group:
        found = year_of_class(group, choices.years)
    if found is None and not (year or group):
        found = choices.year_group or None
    if found is None:
        told = year or group
        said = (
            f"not {told[:40]!r}; `--year {told[:40]}=…` says which it is"
            if told
            else "`--year-group` names one for all"
        )
        raise CellProblem("year", f"expected a year such as Year 5, {said}")
    return found
