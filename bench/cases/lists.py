"""Block lists of 200,000, a million and five million names: reading, compiling, memory, and what a look-up takes."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.children import PYTHON, cost
from bench.measure import Goal, Measurement, seconds
from bench.names import made_up, write_lines
from bench.packages import needed
from bench.school_table import manifest
from dns_filter.compile_lists import status
from dns_filter.domain_table import DomainTable
from dns_filter.generations import open_current
from dns_filter.model import Name
from dns_filter.names import to_wire

SIZES = {"200 k": 200_000, "1 M": 1_000_000, "5 M": 5_000_000}
COMPILED_WITHIN = {"5 M": Goal(30.0, "value")}
LOOK_UPS = 50_000
_PER_NAME = Goal(25.0, "value")
"""Octets: 25 MB for a million names."""


def measure() -> Iterator[Measurement]:
    names = made_up(max(SIZES.values()), seed=11)
    for title, count in SIZES.items():
        with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder:
            yield from _one_list(title, names[:count], Path(folder))


def _one_list(title: str, names: Sequence[str], place: Path) -> Iterator[Measurement]:
    block_list, compiled = write_lines(place / "block-list.txt", names), place / "names"
    compiled.mkdir()
    words = (*PYTHON, "dns_filter.compile_lists", str(manifest(compiled, block_list)), str(compiled))
    took, most = cost(words)
    sorting, _ = cost((needed("sort", "coreutils"), "-u", str(block_list)), place / "sorted.txt")
    in_set, in_memory = cost((*PYTHON, "bench.list_set", str(block_list)), place / "set.txt")
    each = float((place / "set.txt").read_text())
    report = status(compiled)
    if report is None or report.names < len(names):
        raise RuntimeError(f"{title}: the compiled table does not hold every name")
    size = report.octets / report.names
    told = f"{took / len(names) * 1e6:.1f} µs a name; a Python set of it: {in_set:.2f} s"
    yield Measurement(
        f"list of {title}: compiled", took, "s", False, "sort -u", sorting, told, COMPILED_WITHIN.get(title)
    )
    yield Measurement(
        f"list of {title}: shared memory a name", size, "octets", False, "Python set", each, "", _PER_NAME
    )
    yield Measurement(f"list of {title}: most memory of the child", most, "MB", False, "Python set", in_memory)
    opening = seconds(lambda: open_current(compiled).close()) * 1e3
    yield Measurement(f"list of {title}: opened and checked", opening, "ms", goal=Goal(1_000, "value"))
    with open_current(compiled) as table:
        yield _looking_up(title, table, names)


def _looking_up(title: str, table: DomainTable, names: Sequence[str]) -> Measurement:
    """Names of the list, names below those, and names that are on no list, a third of each."""
    dice = random.Random(12)
    wires = [to_wire(name) for name in dice.sample(names, LOOK_UPS)]
    asked = [*wires[::3], *(Name(b"\3www" + wire) for wire in wires[1::3])]
    asked += [to_wire(name) for name in made_up(LOOK_UPS - len(asked), seed=13, besides=names)]
    if not all(map(table.mask, asked[: 2 * LOOK_UPS // 3])):
        raise RuntimeError(f"{title}: a listed name is not found")
    dice.shuffle(asked)
    known = set(wires)

    def ours() -> None:
        for name in asked:
            table.mask(name)

    def walk() -> None:
        for name in asked:
            _on(known, name)

    took, walked = (seconds(work) / len(asked) * 1e6 for work in (ours, walk))
    return Measurement(f"list of {title}: a look-up", took, "µs", False, "walk in a set", walked, "of one process")


def _on(known: set[Name], name: bytes) -> bool:
    while name != b"\0":
        if name in known:
            return True
        name = name[1 + name[0] :]
    return False
