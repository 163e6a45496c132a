"""Other systems' exports into people and devices: one map of columns each, every mistake by its line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inventory.imports import people
from inventory.imports.computers import computers
from inventory.imports.entries import Choices, Entries
from inventory.imports.sheets import Sheet, read_sheet
from inventory.imports.systems import SYSTEMS, System

_READERS: Mapping[str, Callable[[Sheet, Choices], Entries]] = {
    "pupils": people.pupils,
    "staff": people.staff,
    "by-role": people.by_role,
    "by-acts": people.by_acts,
    "computers": computers,
}

__all__ = ["SYSTEMS", "Choices", "Entries", "System", "read_export"]


def read_export(raw: bytes, file: str, system: System, choices: Choices) -> Entries:
    """What one file of a system says. Never raises for what stands in it: every row is an entry or a problem."""
    sheet, problems = read_sheet(raw, file, system, choices)
    if sheet is None:
        return Entries(problems=problems)
    return _READERS[system.rows](sheet, choices).with_problems(problems)
