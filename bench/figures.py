"""How long files and functions are, room by room. Prints; judges nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOMS = ("inventory", "device_drivers", "dns_filter", "controller", "tests")
PROJECT = Path(__file__).resolve().parent.parent


class Length(NamedTuple):
    """Lines of one file or one function."""

    lines: int
    where: str


def files(room: Path) -> list[Length]:
    """Every file with more than its first-line docstring in it."""
    found = ((path, path.read_text().count("\n")) for path in sorted(room.rglob("*.py")))
    return [Length(lines, str(path.relative_to(room.parent))) for path, lines in found if lines > 1]


def functions(room: Path) -> list[Length]:
    """Every function and method, from `def` to its last line, docstring and nested functions included."""
    return [length for path in sorted(room.rglob("*.py")) for length in _in_file(path, room.parent)]


def _in_file(path: Path, project: Path) -> Iterator[Length]:
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Length(lines, f"{path.relative_to(project)}:{node.lineno} {node.name}")


def _row(title: str, all_files: list[Length], all_functions: list[Length]) -> str:
    f, g = (max(lengths, default=Length(0, "-")) for lengths in (all_files, all_functions))
    middle = [median(length.lines for length in lengths) if lengths else 0 for lengths in (all_files, all_functions)]
    return f"{title:15}{len(all_files):6}{middle[0]:8g}{f.lines:9}{len(all_functions):10}{middle[1]:8g}{g.lines:9}"


def main(project: Path, longest: int) -> None:
    """Print one row for each room of `project`, one for the product, and the `longest` files and functions of it."""
    print(f"{'':15}{'files':>6}{'median':>8}{'longest':>9}{'functions':>10}{'median':>8}{'longest':>9}")
    rooms = [project / room for room in ROOMS if (project / room).is_dir()]
    product = [room for room in rooms if room.name != "tests"]
    for room in rooms:
        print(_row(room.name, files(room), functions(room)))
    every_file, every_function = ([x for room in product for x in of(room)] for of in (files, functions))
    print(_row("the product", every_file, every_function))
    for title, lengths in (("files", every_file), ("functions", every_function)):
        if longest:
            print(f"\nThe longest {title}:")
        for length in sorted(lengths, reverse=True)[:longest]:
            print(f"{length.lines:6}  {length.where}")


if __name__ == "__main__":
    main(PROJECT, longest=10 if "--longest" in sys.argv[1:] else 0)
