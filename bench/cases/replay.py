"""A day of a large school's query log put to a candidate policy: one million logged queries."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.big_school import big_school
from bench.children import PYTHON, cost
from bench.measure import Goal, Measurement
from controller.home import Home
from controller.policy import Policy
from controller.query_log import Span
from controller.query_log.files import QueryLogFiles
from controller.replay.judge import Replay
from controller.replay.logged import logged
from controller.replay.sides import Sides, sides
from dns_filter.clock import FixedClock
from dns_filter.generations import open_current
from dns_filter.model import Code
from dns_filter.names import to_wire
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.told import Told

ROWS, NAMES, LISTED = 1_000_000, 60_000, 200_000
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
TOMORROW = MIDNIGHT + timedelta(days=1)
GOAL = 60.0


def measure() -> Iterator[Measurement]:
    school = big_school()
    policy, candidate = school.policy, _without_a_category(school.policy)
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        _compile_names(home)
        with open_current(home.names) as names:
            both = sides(policy, candidate, school.windows, names, MIDNIGHT, TOMORROW)
            _write_log(home, both[0])
            found: list[int] = []
            # CPU of the one thread that does it: what else runs on the machine is no part of it.
            began = time.process_time()
            found.extend(_replay(home, policy, candidate, both))
            took = time.process_time() - began
    queries, changes = found
    note = f"{queries:,} rows, {NAMES:,} names, {changes:,} changes"
    yield Measurement(
        "replay of 1,000,000 logged queries", took, "CPU s", False, "limit", GOAL, note, goal=Goal(GOAL, "value")
    )


def _replay(home: Home, policy: Policy, candidate: Policy, both: tuple[Sides, ...]) -> tuple[int, int]:
    run = Replay(both)
    flips = sorted({flip for each in both for flip in each.flips})
    run.take(logged(QueryLogFiles.of(home), Span(MIDNIGHT, TOMORROW), flips))
    return run.queries, len(run.report(policy, candidate).changes)


def _without_a_category(policy: Policy) -> Policy:
    level = policy.access_levels["key-stage-2"]
    block = tuple(each for each in level.block if each != "games")
    levels = {**policy.access_levels, "key-stage-2": level.model_copy(update={"block": block})}
    return policy.model_copy(update={"access_levels": levels})


def _compile_names(home: Home) -> None:
    """A list of 200,000 games."""
    home.make()
    games = home.root / "games.txt"
    games.write_text("".join(f"{_game(number)}\n" for number in range(LISTED)))
    source = {"name": "games", "category": "games", "path": str(games)}
    manifest = home.names / "manifest.json"
    manifest.write_text(json.dumps({"sources": [source]}))
    cost((*PYTHON, "dns_filter.compile_lists", str(manifest), str(home.names)))


def _game(number: int) -> str:
    return f"play-{number}.game-{number % 997}.example"


def _write_log(home: Home, both: Sides) -> None:
    """The filter makes the file; a million rows are put in by hand, since it would gather them by itself."""
    clock = FixedClock(MIDNIGHT.timestamp())
    log = QueryLog(LogSettings(home.query_log, b"bench", level="full"), clock)
    log.note("bench", Told("staff", to_wire("a.example"), 1, Code.ALLOWED, "nothing blocks it", 1), 0.0)
    log.flush(last=True)
    log.close()
    chance = random.Random(7)
    spans = [MIDNIGHT.timestamp(), *both.flips, TOMORROW.timestamp()]
    with closing(sqlite3.connect(next(iter(home.query_log.glob("*.sqlite"))))) as day, day:
        day.executemany("INSERT INTO asked VALUES (NULL, ?, 1, ?, 0.0, 1, 0)", _rows(day, both, spans, chance))


def _rows(
    day: sqlite3.Connection, both: Sides, spans: list[float], chance: random.Random
) -> Iterator[tuple[float, int]]:
    """Every row under a profile that some group has at its moment; three of ten ask for a game."""
    told: dict[tuple[str, str], int] = {}
    for _ in range(ROWS):
        at = chance.uniform(spans[0], spans[-1] - 1)
        group = chance.choice(both.groups)
        profile = both.seats(group, at)[0].profile.source.name
        number = chance.randrange(NAMES)
        key = profile, _game(number) if number % 10 < 3 else f"www.site-{number}.example"
        if key not in told:
            row = (*key, 1, "allowed", "nothing blocks it", 1, "", "")
            told[key] = (
                day.execute(
                    "INSERT INTO told (profile, qname, qtype, code, rule, epoch, why, category)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                ).lastrowid
                or 0
            )
        yield at, told[key]
