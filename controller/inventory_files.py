"""Takes devices.csv, people.csv and switches.csv of a school's folder into the store, each when it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from controller.accounts import SYSTEM
from controller.home import Home
from controller.store import Store
from inventory import roster
from inventory.csv_file import RowProblem
from inventory.model import Mode, Purpose


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one look at the files: rows stored by file, and every row that could not be read."""

    stored: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[RowProblem, ...] = ()


def take_in(home: Home, store: Store, modes: Mapping[Purpose, Mode], now: datetime) -> Taken:
    """A file with a broken row is refused whole, as the policy is; the others are taken.

    `modes` are the policy's, for switches that say nothing of their own.
    """
    stored: dict[str, int] = {}
    problems: list[RowProblem] = []
    for path, take in ((home.people, _people), (home.switches, partial(_switches, modes)), (home.devices, _devices)):
        raw = path.read_bytes() if path.is_file() else b""
        key, mark = f"file:{path.name}", hashlib.sha256(b"2" + raw + repr(sorted(modes.items())).encode()).hexdigest()
        if raw and store.get_meta(key) != mark:
            count, found = take(raw, str(path), store, now)
            problems += found
            if not found:
                stored[path.name] = count
                store.set_meta(key, mark)
    return Taken(stored, tuple(problems))


def _people(raw: bytes, file: str, store: Store, now: datetime) -> tuple[int, tuple[RowProblem, ...]]:
    rows = roster.read_people(raw, file)
    people = [replace(person, source="people.csv") for person in rows.values]
    return (0 if rows.problems else store.put_people(people, SYSTEM, now)), rows.problems


def _switches(
    modes: Mapping[Purpose, Mode], raw: bytes, file: str, store: Store, now: datetime
) -> tuple[int, tuple[RowProblem, ...]]:
    rows = roster.read_switches(raw, file, modes)
    return (0 if rows.problems else store.put_switches(rows.values, SYSTEM, now)), rows.problems


def _devices(raw: bytes, file: str, store: Store, now: datetime) -> tuple[int, tuple[RowProblem, ...]]:
    rows = roster.read_devices(raw, file)
    if rows.problems:
        return 0, rows.problems
    listed = [replace(device, source="devices.csv") for device in rows.values]
    devices = roster.onto(store.inventory().devices, listed)
    return store.put_devices(devices, SYSTEM, now, reason=Path(file).name), ()
