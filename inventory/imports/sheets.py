"""A file of rows into fields: the header matched to a system's titles, or the order of columns where it has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inventory.csv_file import MAX_PROBLEMS, MAX_ROWS, CellProblem, RowProblem, cells_of, clean_cell, text_of
from inventory.imports.entries import Choices, Gathering
from inventory.imports.systems import System


@dataclass(frozen=True, slots=True)
class Sheet:
    """Line and fields of every whole row. A field the file does not have is empty."""

    file: str
    rows: tuple[tuple[int, Mapping[str, str]], ...]

    def gathering(self) -> Gathering:
        return Gathering(self.file)


def read_sheet(raw: bytes, file: str, system: System, choices: Choices) -> tuple[Sheet | None, tuple[RowProblem, ...]]:
    """None where the file is not one of this system's at all."""
    line = 1
    try:
        lines = cells_of(text_of(raw, choices.encoding))
        if system.order:
            places: Mapping[str, int] = {name: at for at, name in enumerate(system.order) if name}
        else:
            line, header = next(lines, (1, []))
            places = _places(header, system, choices)
    except CellProblem as problem:
        return None, (RowProblem(file, line, problem.column, problem.expected),)
    rows: list[tuple[int, Mapping[str, str]]] = []
    problems: list[RowProblem] = []
    for line, fields in _fields(lines, places):
        if isinstance(fields, CellProblem):
            problems.append(RowProblem(file, line, fields.column, fields.expected))
        else:
            rows.append((line, fields))
        if len(problems) >= MAX_PROBLEMS or len(rows) >= MAX_ROWS:
            problems.append(
                RowProblem(file, line, "", f"stopped here: more than {len(rows)} rows or too many mistakes")
            )
            break
    return Sheet(file, tuple(rows)), tuple(problems)


def _places(header: Sequence[str] | str, system: System, choices: Choices) -> Mapping[str, int]:
    """Field -> column. The first title of a field that the file has counts. Raises CellProblem."""
    if isinstance(header, str):
        raise CellProblem("", header)
    titles = {_plain(title): at for at, title in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    for name, known in system.titles.items():
        wanted = (choices.columns[name],) if name in choices.columns else known
        place = next((titles[_plain(title)] for title in wanted if _plain(title) in titles), None)
        if place is not None:
            found[name] = place
        elif name in system.required or name in choices.columns:
            raise CellProblem(
                "", f"expected a column {' or '.join(wanted)} for {name}; `--column {name}=…` names another"
            )
    return found


def _fields(
    lines: Iterator[tuple[int, list[str] | str]], places: Mapping[str, int]
) -> Iterator[tuple[int, Mapping[str, str] | CellProblem]]:
    for line, cells in lines:
        try:
            if isinstance(cells, str):
                raise CellProblem("", cells)
            yield line, {name: clean_cell(name, cells[at]) if at < len(cells) else "" for name, at in places.items()}
        except CellProblem as problem:
            yield line, problem


def _plain(title: str) -> str:
    """`Year Group`, `year_group` and `YearGroup` are one title."""
    return "".join(character for character in title.casefold() if character.isalnum())
