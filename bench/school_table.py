"""A school's folder for the filter alone: 100 profiles, each with its cohort, lessons and one client."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.children import PYTHON, cost
from controller.home import Home
from controller.new_school import TEMPLATES
from dns_filter import table_file
from dns_filter.model import Binding, Cohort, FilterProfile, FilterTable, Grant, Rule

PROFILES = 100
CLIENTS = tuple(f"127.77.0.{number + 1}" for number in range(PROFILES))
CATEGORY = "bench"
_DAY = 86_400.0


def lay_out(home: Path, block_list: Path) -> Callable[[], int]:
    """Write the folder. Gives a function that says which process the only worker is, once it answers."""
    where = Home(home)
    where.make()
    where.policy.write_text((TEMPLATES / "school.yaml").read_text())
    cost((*PYTHON, "dns_filter.compile_lists", str(manifest(where.names, block_list)), str(where.names)))
    table_file.write(where.table, table(time.time()))

    def pid_of() -> int:
        told: Mapping[str, int] = json.loads((where.acks / "0.json").read_text())
        return told["pid"]

    return pid_of


def manifest(names: Path, block_list: Path) -> Path:
    """What the list compiler is told: one list, one category."""
    source = {"name": block_list.stem, "category": CATEGORY, "path": str(block_list.resolve())}
    path = names / "manifest.json"
    path.write_text(json.dumps({"sources": [source]}))
    return path


def table(now: float) -> FilterTable:
    """Every profile has a rule of its own, and two lessons in the days to come."""
    numbers = range(PROFILES)
    return FilterTable(
        epoch=1,
        made_at=now,
        horizon=now + 14 * _DAY,
        school="Bench Primary School",
        sources=("127.0.0.0/8",),
        profiles={f"profile-{number}": _profile(number) for number in numbers},
        cohorts={f"cohort-{number}": _cohort(number, now) for number in numbers},
        bindings={address: _binding(number) for number, address in enumerate(CLIENTS)},
        unknown="cohort-0",
    )


def _profile(number: int) -> FilterProfile:
    own = Rule(name=f"class-{number}.example.net", allow=True, rule=f"access_levels.level-{number}.allow")
    level = f"level-{number}"
    return FilterProfile(name=f"profile-{number}", access_level=level, block=(CATEGORY,), rules=(own,), services=())


def _cohort(number: int, now: float) -> Cohort:
    other = f"profile-{(number + 1) % PROFILES}"
    lessons = tuple(
        Grant(profile=other, opens_at=start, closes_at=start + 3600, why="timetable[0]")
        for start in (now + 1 * _DAY, now + 2 * _DAY)
    )
    return Cohort(id=f"cohort-{number}", resting=f"profile-{number}", grants=lessons)


def _binding(number: int) -> Binding:
    return Binding(device=f"3c:22:fb:77:00:{number:02x}", name=f"ipad-{number}", cohort=f"cohort-{number}")
