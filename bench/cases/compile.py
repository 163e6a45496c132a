"""The controller's own work for a school of 2,000 devices: compile, decide, publish, and the filter reading it back."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.big_school import DEVICES, NOW, SLOTS, WINDOWS, BigSchool, big_school
from bench.measure import Measurement, rounds, seconds
from controller import publish
from controller.compile import HORIZON, compile_intent
from controller.decide import decide, facts_between
from dns_filter import table_file
from dns_filter.model import FilterTable
from dns_filter.snapshot import Snapshot


def measure() -> Iterator[Measurement]:
    school, times = big_school(), rounds("ROUNDS", 3) * 7
    intent = _compiled(school)
    size = f"{DEVICES} devices, {SLOTS} slots, {WINDOWS} windows; median of {times}"
    text = intent.model_dump_json().encode()
    compiling = seconds(lambda: _compiled(school), times) * 1e3
    # The yardstick: what Pydantic, compiled code that only looks at types, takes for the result alone.
    validating = seconds(lambda: FilterTable.model_validate_json(text), times) * 1e3
    yield Measurement("compile an intent", compiling, "ms", False, "Pydantic reads its table", validating, size)
    yield _deciding(school)
    yield from _publishing(intent, text)
    snapshot = seconds(lambda: Snapshot(intent, None), 5) * 1e3
    told = f"{len(intent.profiles)} profiles, {len(intent.cohorts)} cohorts, {len(intent.bindings)} addresses"
    yield Measurement("filter: table to snapshot", snapshot, "ms", note=told)


def _compiled(school: BigSchool) -> FilterTable:
    return compile_intent(school.policy, school.inventory, school.windows, NOW, 1).table


def _deciding(school: BigSchool) -> Measurement:
    facts = facts_between(school.policy, school.inventory, school.windows, NOW, NOW + HORIZON)
    macs = list(school.inventory.devices)

    def every_device() -> None:
        for mac in macs:
            decide(facts, mac, NOW)

    return Measurement(
        "decide about one device", seconds(every_device) / len(macs) * 1e6, "µs", note="with all reasons"
    )


def _publishing(table: FilterTable, text: bytes) -> Iterator[Measurement]:
    plain = json.loads(text)
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder:
        path = Path(folder) / "table.json"
        writing = seconds(lambda: publish.publish(path, table)) * 1e3
        dumping = seconds(lambda: _dumped(plain, path.with_name("dumped.json"))) * 1e3
        yield Measurement(
            "publish a table", writing, "ms", False, "json.dump, fsync", dumping, "checksum, old one kept, three fsyncs"
        )
        reading = seconds(lambda: table_file.read(path)) * 1e3
        parsing = seconds(lambda: json.loads(text)) * 1e3
        yield Measurement("filter: read a table", reading, "ms", False, "json.loads of it", parsing)
        yield Measurement("size of the table", path.stat().st_size / 1e6, "MB")


def _dumped(plain: object, path: Path) -> None:
    with path.open("w") as file:
        json.dump(plain, file)
        file.flush()
        os.fsync(file.fileno())
