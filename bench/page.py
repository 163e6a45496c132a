"""`python -m bench.page`: put the newest whole run of `bench/results` into docs/benchmarks.md, between two marks."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.measure import Goal, Measurement, number
from bench.run import HERE, chosen

PAGE = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
_NUMBERS = {1: "one", 2: "two", 4: "four", 8: "eight", 16: "sixteen"}
_FEWEST = 2 * len(chosen(()))


def main() -> int:
    newest = next(filter(None, map(_whole, sorted((HERE / "results").glob("*.json"), reverse=True))), None)
    if newest is None:
        sys.stderr.write("no whole run in bench/results: run `make bench` without ARGS first\n")
        return 1
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text("\n".join((before + BEGIN, *_lines(newest), END)) + after)
    return 0


def _whole(path: Path) -> Mapping[str, Any] | None:
    """A run of every case, which none of them broke."""
    told: Mapping[str, Any] = json.loads(path.read_text())
    broken = any(reason.startswith("broken") for reason in told["not_measured"].values())
    return None if broken or len(told["figures"]) < _FEWEST else told


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    machine = told["machine"]
    cores = _NUMBERS.get(int(machine["cores"]), machine["cores"])
    kernel = machine["kernel"].partition("-")[0]
    yield ""
    yield (
        f"Taken on {told['at'][:10]} on a {cores}-core {platform.machine().replace('_', '-')} virtual machine with"
        f" {machine['memory']}, Linux {kernel}, {machine['python']}. Load average before the run: {machine['load']};"
        " above 0.5 others were at work on the same cores, and times are too long."
    )
    yield ""
    yield "| measured | value | held against | ratio | goal | note |"
    yield "|---|--:|---|--:|---|---|"
    for figure in told["figures"]:
        yield _row(figure)
    for case, reason in told["not_measured"].items():
        yield f"| {case} | not measured | | | | {reason} |"
    yield ""


def _row(figure: Mapping[str, Any]) -> str:
    goal = Goal(**figure["goal"]) if figure["goal"] else None
    kept = {name: value for name, value in figure.items() if name not in ("ratio", "met", "goal")}
    one = Measurement(**kept, goal=goal)
    peer = f"{one.peer}: {number(one.peer_value)}" if one.peer_value is not None else one.peer
    ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
    aim = f"**{one.aim}**" if one.met is False else one.aim
    value = f"{number(one.value)} {one.unit}" if one.unit else "-"
    return f"| {one.name} | {value} | {peer} | {ratio} | {aim} | {one.note} |"


if __name__ == "__main__":
    sys.exit(main())
