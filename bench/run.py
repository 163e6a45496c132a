"""`make bench`: run every case of `bench/cases`, print a table, keep the figures in `bench/results`.

Each file there is a case: `measure() -> Iterable[Measurement]`. Words after `ARGS=` choose cases by name. A case that
this machine cannot run raises `Unmeasurable` with the reason, and stands in the table with it; any other error ends
the run with status 1 after the remaining cases.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.machine import describe
from bench.measure import Measurement, Unmeasurable, number

HERE = Path(__file__).parent


def chosen(words: Sequence[str]) -> list[str]:
    """Names of the cases of which one of the words is a part; all without words."""
    names = sorted(path.stem for path in (HERE / "cases").glob("[a-z]*.py"))
    return [name for name in names if not words or any(word in name for word in words)]


def run(names: Iterable[str], console: Console) -> tuple[list[Measurement], dict[str, str], bool]:
    """Measurements, reasons of those that could not be taken by case, and whether a case broke."""
    taken: list[Measurement] = []
    missing: dict[str, str] = {}
    broken = False
    for name in names:
        console.print(f"[dim]{name} …[/]")
        try:
            # What was measured before a case broke is kept.
            for one in import_module(f"bench.cases.{name}").measure():
                taken.append(one)
                console.print(f"[dim]  {one.name}: {number(one.value)} {one.unit}[/]", highlight=False)
        except Unmeasurable as reason:
            missing[name] = str(reason)
        except Exception:
            # The others are still worth having; this one is shown whole and fails the run.
            traceback.print_exc()
            missing[name], broken = "broken, see above", True
    return taken, missing, broken


def table(taken: Iterable[Measurement], missing: dict[str, str], machine: dict[str, str]) -> Table:
    said = Table(title=" · ".join((machine["cpu"], f"{machine['cores']} cores", machine["memory"])))
    ran_on = f"Linux {machine['kernel']} · {machine['python']} · load before: {machine['load']}"
    said.caption = f"{ran_on}. Ratio: times as good as the peer; × of that."
    for title in ("measured", "value", "unit", "peer", "peer's", "ratio", "goal", "note"):
        said.add_column(title, justify="right" if title in ("value", "peer's", "ratio") else "left")
    for one in taken:
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
        goal = f"[bold red]{one.aim}[/]" if one.met is False else one.aim
        value = number(one.value) if one.unit else "-"
        said.add_row(one.name, value, one.unit, one.peer, number(one.peer_value), ratio, goal, one.note)
    for name, reason in missing.items():
        said.add_row(name, "-", "", "", "", "", "", reason)
    return said


def keep(taken: Iterable[Measurement], missing: dict[str, str], machine: dict[str, str], folder: Path) -> Path:
    """Write the figures as JSON, named by the moment they were taken."""
    now = datetime.now(UTC)
    folder.mkdir(exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M%SZ}.json"
    figures = [asdict(one) | {"ratio": one.ratio, "met": one.met} for one in taken]
    content = {"at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "machine": machine, "figures": figures, "not_measured": missing}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return path


def main(words: Sequence[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else 180)
    names = chosen(words)
    if not names:
        console.print(f"No case is named like {' or '.join(words)}. There are: {', '.join(chosen(()))}")
        return 2
    machine = describe()
    taken, missing, broken = run(names, console)
    console.print(table(taken, missing, machine))
    console.print(f"Kept in {keep(taken, missing, machine, HERE / 'results')}", soft_wrap=True, highlight=False)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
