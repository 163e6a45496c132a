"""`make torture`: what is too long for CI, a part at a time.

It goes on where it stopped, and writes docs/reliability.md.

A part is one command. What it said and how it ended is kept in `bench/results/torture/`; a part that passed is not run
again unless it is named with `--only`, or all with `--again`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "bench" / "results" / "torture"
PAGE = PROJECT / "docs" / "reliability.md"
BEGIN, END = "<!-- torture -->", "<!-- end of torture -->"
PY, PYTEST = sys.executable, (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
LAB = (PY, "-m", "controller", "lab")
NAME = "{lab}"
"""Stands in commands for the name of the lab, so that two parts can be under way in two labs."""
TAIL = 1500
"""Characters of what a part said last that are kept."""


@dataclass(frozen=True, slots=True)
class Part:
    """`asked` is the goal in words; `minutes` what it takes on two quiet cores, roughly."""

    name: str
    asked: str
    minutes: float
    commands: Sequence[Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    lab: int = 0
    """A lab with so many switches is up meanwhile."""


def _walk(seed: int) -> Part:
    asked = "2,000 events and faults: no difference between model and packets"
    words = (*LAB, "walk", "--name", NAME, "--events", "2000", "--seed", str(seed), "--json")
    return Part(f"walk-{seed}", asked, 25, (words,), lab=2)


PARTS = (
    Part(
        "lab-test",
        "every scenario, then a walk of 150 events, on packets: no difference",
        12,
        (
            (*LAB, "run", "--name", NAME, "--json"),
            (*LAB, "walk", "--name", NAME, "--events", "150", "--seed", "7", "--json"),
        ),
        lab=2,
    ),
    *map(_walk, (1, 2, 3)),
    Part(
        "eight-switches",
        "a walk of 300 events with eight switches: no difference",
        6,
        ((*LAB, "walk", "--name", NAME, "--events", "300", "--seed", "8", "--json"),),
        lab=8,
    ),
    Part(
        "soak",
        "20 minutes at 72 times a school's events: memory grows by at most 1 % after minute 5",
        21,
        ((*LAB, "soak", "--name", NAME, "--minutes", "20", "--json"),),
        lab=2,
    ),
    Part("faults", "all twenty faults", 8, ((*PYTEST, "-m", "fault"),)),
    Part(
        "mutated-packets",
        "1,000,000 in ten seeds: no crash, memory grows by at most 10 %",
        12,
        ((PY, "-m", "tests.dns_filter.torture", "--packets", "1000000", "--seeds", "10"),),
    ),
    Part(
        "killed-pushes",
        "kill -9 at 100 random points of a push to 20 switches: none half after 60 s",
        25,
        ((*PYTEST, "tests/faults/test_killed_in_a_push.py"),),
        {"CARETAKER_KILLS": "100"},
    ),
    Part(
        "killed-at-any-moment",
        "kill -9 of the whole tree in 100 rounds: nothing acknowledged is lost, nothing torn",
        25,
        ((*PYTEST, "--timeout", "3600", "tests/demo/test_killed_at_any_moment.py"),),
        {"CARETAKER_KILL_ROUNDS": "100"},
    ),
    Part(
        "killed-writers",
        "nothing acknowledged is lost when the store's writer is killed; every acknowledgement waited for the disk",
        1,
        ((*PYTEST, "tests/controller/test_store_faults.py"),),
    ),
    Part(
        "injected-writes",
        "every write to the disk fails once and is once the last: nothing acknowledged is lost, nothing torn",
        10,
        ((*PYTEST, "--timeout", "3600", "tests/faults/test_injected.py"),),
        {"CARETAKER_INJECTED": "all"},
    ),
    Part(
        "flood-of-macs",
        "10,000 new MACs in a minute: known devices keep what they had, p99 of the API under 500 ms, one alarm",
        3,
        ((PY, "-m", "bench.cases.mac_flood"),),
    ),
    Part(
        "names-in-commands",
        "10,000 strings for each name field: as many lines as were rendered",
        10,
        (
            (
                *PYTEST,
                "--timeout",
                "3600",
                "tests/device_drivers/test_any_name.py",
                "tests/device_drivers/test_laws_of_lines.py",
            ),
        ),
        {"CARETAKER_NAMES": "10000"},
    ),
    Part(
        "mutated-files",
        "10,000 mutated policy files, captures and lists: no traceback",
        5,
        (
            (*PYTEST, "--timeout", "3600", "tests/controller/test_policy_mutations.py"),
            (*PYTEST, "--timeout", "3600", "tests/device_drivers/test_mutated_captures.py"),
        ),
        {"CARETAKER_MUTATIONS": "10000"},
    ),
    Part(
        "who-may-do-what",
        "every route for every kind of actor and object; none uncovered",
        3,
        ((*PYTEST, "tests/controller/api/authorisation", "tests/controller/api/test_who_may_do_what.py"),),
    ),
    Part(
        "random-requests",
        "requests made from the document of the API, 5 minutes in each of 3 seeds: nothing unexplained",
        15,
        ((PY, "-m", "tests.controller.api.schemathesis_run", "--minutes", "5", "--seeds", "3"),),
    ),
    Part(
        "sign-in",
        "time of a refused sign-in, known name by unknown: 0.8 to 1.25; ten tries a minute",
        1,
        (
            (PY, "-m", "bench.cases.sign_in"),
            (*PYTEST, "tests/controller/api/test_sign_in.py"),
        ),
    ),
    Part(
        "cells-and-lines",
        "no cell of a CSV begins as a formula; as many lines in a log as events",
        1,
        (
            (
                *PYTEST,
                "tests/inventory/test_roster.py",
                "tests/controller/query_log/test_reading.py",
                "tests/dns_filter/test_log_lines.py",
            ),
        ),
    ),
    Part(
        "http",
        "64 MB bodies, chunks without end, slow senders, NaN, descriptors used up: refused in time, and it goes on",
        2,
        (
            (
                *PYTEST,
                "tests/controller/api/test_limits.py",
                "tests/controller/api/test_junk.py",
                "tests/controller/api/test_serve.py",
            ),
        ),
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--only", action="append", default=[], choices=[part.name for part in PARTS], metavar="PART")
    parser.add_argument("--again", action="store_true", help="also what passed already")
    parser.add_argument("--list", action="store_true", help="the parts, and how long each takes")
    parser.add_argument("--lab", default="torture", help="name of the lab: with two, two parts can run at once")
    parser.add_argument("--page", action="store_true", help="write docs/reliability.md from what was kept, run nothing")
    asked = parser.parse_args(arguments)
    if asked.list:
        print("\n".join(f"{part.name:22} {part.minutes:5.0f} min  {part.asked}" for part in PARTS))
        return 0
    RESULTS.mkdir(parents=True, exist_ok=True)
    chosen = [part for part in PARTS if not asked.only or part.name in asked.only]
    for part in () if asked.page else chosen:
        if asked.again or asked.only or not _kept(part).get("ok"):
            _keep(part, _run(part, asked.lab))
    print("\n".join(_summary(chosen)))
    if asked.page or not asked.only:
        write_page()
    return 0 if asked.page or all(_kept(part).get("ok") for part in chosen) else 1


def _run(part: Part, lab: str) -> Mapping[str, Any]:
    print(f"== {part.name}: {part.asked} (some {part.minutes:.0f} minutes)", flush=True)
    began, said, ok, told = time.monotonic(), "", True, list[object]()
    environment = {
        **os.environ,
        **part.environment,
        "HYPOTHESIS_PROFILE": os.environ.get("HYPOTHESIS_PROFILE", "quick"),
    }
    up = ((*LAB, "up", "--name", NAME, "--switches", str(part.lab)),) if part.lab else ()
    try:
        for words in (*up, *part.commands):
            status, printed, said = _done(part, [lab if word == NAME else word for word in words], environment)
            told += _figures(printed)
            if status != 0:
                print(said, flush=True)
                ok = False
                break
    finally:
        if part.lab:
            subprocess.run((*LAB, "down", "--name", lab), cwd=PROJECT, check=False, capture_output=True)
    return {
        "part": part.name,
        "ok": ok,
        "seconds": round(time.monotonic() - began, 1),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, CPython {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1),
        "figures": told,
        "said": said,
    }


def _done(part: Part, words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Status, what it printed, and the last that it said. How far it is stands in the part's log meanwhile."""
    with (RESULTS / f"{part.name}.log").open("w+") as log:
        done = subprocess.run(
            words, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True, check=False
        )
        log.seek(0)
        return done.returncode, done.stdout, (done.stdout + log.read())[-TAIL:]


def _figures(text: str) -> Iterator[object]:
    """What a command printed as JSON, and else its last line."""
    try:
        yield json.loads(text)
    except ValueError:
        yield from (line for line in text.strip().splitlines()[-1:] if line)


def _keep(part: Part, told: Mapping[str, Any]) -> None:
    (RESULTS / f"{part.name}.json").write_text(json.dumps(told, indent=1) + "\n")


def _kept(part: Part) -> Mapping[str, Any]:
    try:
        told: Mapping[str, Any] = json.loads((RESULTS / f"{part.name}.json").read_text())
    except (OSError, ValueError):
        return {}
    return told


def _summary(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        told = _kept(part)
        state = "never run" if not told else "passed" if told["ok"] else "FAILED"
        yield f"{part.name:22} {state:9} {told.get('seconds', 0.0):8.1f} s  {_words(told)}"


def _words(told: Mapping[str, Any]) -> str:
    """The figures of a part in a line."""
    return "; ".join(filter(None, map(_of_figure, told.get("figures", ()))))


def _of_figure(figure: object) -> str:
    match figure:
        case {"events": events, "faults": faults, "packets": packets, "slowest": slowest, "difference": found}:
            what = "no difference" if not found else f"a difference: {str(found).splitlines()[0]}"
            return f"{events} events ({faults} faults), {packets} ways tried, settled in at most {slowest} s, {what}"
        case {"minutes": minutes, "growth": growth, "events": events}:
            return f"{minutes} minutes, {events} events, memory {growth:+.2f} % after minute 5"
        case [{"scenario": _}, *_]:
            return _of_scenarios([row for row in figure if isinstance(row, dict)])
        case str(line) if not line.startswith("  "):
            return line.strip(" =")[:160]
        case _:
            return ""


def _of_scenarios(rows: Sequence[Mapping[str, Any]]) -> str:
    measured = {name: value for row in rows for name, value in row["figures"].items()}
    good = sum(bool(row["ok"]) for row in rows)
    return "; ".join(
        (f"{good} of {len(rows)} scenarios", *(f"{name} {value:.2f} s" for name, value in measured.items()))
    )


def write_page() -> None:
    """The table between two marks; what stands around it is written by people."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    rows = ["| part | asked | result | seconds | when |", "|---|---|---|---|---|"]
    for part in PARTS:
        told = _kept(part)
        result = (
            "not run yet" if not told else ("passed" if told["ok"] else "**failed**") + f": {_words(told)}".rstrip(": ")
        )
        when = f"{told['at'][:10]}, load {told['load']}" if told else ""
        rows.append(
            f"| `{part.name}` | {part.asked} | {result.replace('|', '/')} | {told.get('seconds', '')} | {when} |"
        )
    PAGE.write_text("\n".join((before.rstrip() + f"\n\n{BEGIN}", *rows, END)) + rest.partition(END)[2])


if __name__ == "__main__":
    sys.exit(main())
