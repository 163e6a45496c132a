"""CSV as schools have it: Excel's marks and separators, odd quoting, and every mistake named by its line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")

MAX_BYTES = 8 * 1024 * 1024
MAX_ROWS = 50_000
MAX_CELL = 300
MAX_PROBLEMS = 1000

_FORMULA = re.compile(r"'*(\s*[=+\-@]|[\t\r])")
"""How a spreadsheet recognises a formula, also behind blanks; with the marks that make one inert."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """`line` counts from 1, `column` is a title of the header; empty where the whole row or file is meant."""

    file: str
    line: int
    column: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column + ': ' if self.column else ''}{self.expected}"


@dataclass(frozen=True, slots=True)
class Rows(Generic[Value]):
    """What could be read, and what could not. The caller decides whether a part is better than nothing."""

    values: tuple[Value, ...]
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet(Generic[Value]):
    """One kind of file. `read` turns the cells of a row into a value or raises CellProblem."""

    columns: tuple[str, ...]
    required: frozenset[str]
    read: Callable[[Mapping[str, str]], Value]
    key: Callable[[Value], str]
    key_column: str


class CellProblem(Exception):
    def __init__(self, column: str, expected: str) -> None:
        super().__init__(f"{column}: {expected}")
        self.column, self.expected = column, expected


def read_rows(raw: bytes, file: str, sheet: Sheet[Value]) -> Rows[Value]:
    """Never raises for what stands in the file: every row is a value or a problem. Blank lines and `#` are skipped."""
    try:
        text = text_of(raw)
        lines = cells_of(text)
        line, header = next(lines, (1, []))
    except CellProblem as problem:
        return Rows((), (RowProblem(file, 1, problem.column, problem.expected),))
    try:
        titles = _titles(header, sheet)
    except CellProblem as problem:
        return Rows((), (RowProblem(file, line, problem.column, problem.expected),))
    return _read_all(lines, titles, file, sheet)


def _read_all(
    lines: Iterator[tuple[int, list[str] | str]], titles: Sequence[str], file: str, sheet: Sheet[Value]
) -> Rows[Value]:
    found: dict[str, tuple[int, Value]] = {}
    problems: list[RowProblem] = []
    for count, (line, cells) in enumerate(lines):
        if len(problems) >= MAX_PROBLEMS or count >= MAX_ROWS:
            problems.append(RowProblem(file, line, "", f"stopped here: more than {count} rows or too many mistakes"))
            break
        try:
            value = sheet.read(_row(cells, titles, sheet))
            if sheet.key(value) in found:
                first = found[sheet.key(value)][0]
                raise CellProblem(sheet.key_column, f"{sheet.key(value)} stands in line {first} already")
            found[sheet.key(value)] = (line, value)
        except CellProblem as problem:
            problems.append(RowProblem(file, line, problem.column, problem.expected))
    return Rows(tuple(value for _, value in found.values()), tuple(problems))


def text_of(raw: bytes, encoding: str = "") -> str:
    """UTF-8 or, by its mark, UTF-16; another encoding only where a person names it. Raises CellProblem."""
    if len(raw) > MAX_BYTES:
        raise CellProblem("", f"expected at most {MAX_BYTES // 1024 // 1024} MiB")
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return raw.decode(encoding or ("utf-16" if wide else "utf-8-sig"))
    except LookupError as error:
        raise CellProblem("", f"no such encoding: {encoding[:40]!r}") from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        wanted = encoding or ("UTF-16" if wide else "UTF-8")
        raise CellProblem("", f"expected {wanted} (line {line} is not): save it as “CSV UTF-8”") from error


def cells_of(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Line number and cells, or what is wrong with them. A quoted cell may run over several lines."""
    # Blanked, not taken out, so that every line keeps its number; a comment may hold any quotes.
    kept = ["" if line.startswith("#") else line for line in text.split("\n")]
    header = next((line for line in kept if line.strip()), "")
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO("\n".join(kept), newline=""), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            cells: list[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = f"expected whole cells with paired quotes ({error})"
        if isinstance(cells, str) or any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _titles(cells: list[str] | str, sheet: Sheet[Value]) -> tuple[str, ...]:
    if isinstance(cells, str):
        raise CellProblem("", cells)
    titles = tuple(cell.strip().lower().replace(" ", "_") for cell in cells)
    wanted = f"expected a header of {', '.join(sheet.columns)}"
    if missing := sheet.required - set(titles):
        raise CellProblem("", f"{wanted}; {', '.join(sorted(missing))} is missing")
    # A misspelt optional column would else be passed over in silence.
    if unknown := [title[:40] for title in titles if title and title not in sheet.columns]:
        raise CellProblem("", f"{wanted}; {', '.join(unknown)} is not one of them")
    if len(set(titles)) < len(titles):
        raise CellProblem("", f"{wanted}, each once and none blank")
    return titles


def _row(cells: list[str] | str, titles: Sequence[str], sheet: Sheet[Value]) -> Mapping[str, str]:
    if isinstance(cells, str):
        raise CellProblem("", cells)
    if len(cells) > len(titles) and any(cell.strip() for cell in cells[len(titles) :]):
        raise CellProblem("", f"expected {len(titles)} cells, found {len(cells)}")
    row = dict.fromkeys(sheet.columns, "") | {t: clean_cell(t, cell) for t, cell in zip(titles, cells, strict=False)}
    for title in sheet.columns:
        if title in sheet.required and not row[title]:
            raise CellProblem(title, "expected a value")
    return row


def clean_cell(title: str, cell: str) -> str:
    """Without blanks around it, and without what `write_rows` put before it. Raises CellProblem."""
    cell = cell.strip()
    # What `write_rows` put before a cell that looked like a formula.
    if cell.startswith("'") and _FORMULA.match(cell):
        cell = cell[1:]
    if len(cell) > MAX_CELL:
        raise CellProblem(title, f"expected at most {MAX_CELL} characters")
    if not cell.isprintable():
        raise CellProblem(title, "expected one line of printable text")
    return cell


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV that a spreadsheet shows and never computes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell
