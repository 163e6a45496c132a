"""What Prometheus is told of the filter: by worker and by our own words, whatever a note says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from controller.filter_counts import MOST_KINDS, read_counts
from tests.controller.api.conftest import As
from tests.fakes.site import FakeSite

NOTE = {
    "worker": 0,
    "pid": os.getpid(),
    "at": 1.0,
    "epoch": 41,
    "codes": {"allowed": 7, "category": 3},
    "steps": {"categories": 3, "forward": 7},
    "without_verdict": {"odd": 1},
    "upstream": {"asked": 5, "failed": 1},
    "encrypted": {"dot": {"served": 2}, "doh_status": {"200": 4}, "certificate_days_left": 30},
    "memo_hits": 9,
    "log_rows_dropped": 2,
    "tcp_connections": 1,
    "clock_steps": 0,
    "latencies": {"0.001": 4, "0.5": 1, "inf": 1},
    "seconds": 3.5,
}


def leave(site: FakeSite, worker: int = 0, **changes: object) -> Path:
    folder = site.home.filter / "counters"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{worker}.json"
    path.write_text(json.dumps({**NOTE, "worker": worker, **changes}))
    return path


def told(api: As) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = api("auditor").get("/api/v1/metrics").text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(each.name, tuple(sorted(each.labels.items()))): each.value for each in samples}


def test_each_worker_says_its_own_counts(site: FakeSite, api: As) -> None:
    leave(site, 0)
    leave(site, 1, codes={"allowed": 100})
    found = told(api)
    verdicts = {labels: value for (name, labels), value in found.items() if name == "caretaker_dns_verdicts_total"}
    assert verdicts[(("code", "allowed"), ("worker", "0"))] == 7
    assert verdicts[(("code", "allowed"), ("worker", "1"))] == 100
    assert found["caretaker_dns_epoch", (("worker", "0"),)] == 41
    assert found["caretaker_dns_workers", ()] == 2
    assert found["caretaker_dns_dot_connections_total", (("outcome", "served"), ("worker", "0"))] == 2
    assert found["caretaker_dns_log_rows_dropped_total", (("worker", "0"),)] == 2
    assert found["caretaker_dns_certificate_days_left", (("worker", "1"),)] == 30


def test_latencies_are_a_histogram_that_adds_up(site: FakeSite, api: As) -> None:
    leave(site)
    found = told(api)
    assert found["caretaker_dns_seconds_bucket", (("le", "0.001"), ("worker", "0"))] == 4
    assert found["caretaker_dns_seconds_bucket", (("le", "0.5"), ("worker", "0"))] == 5
    assert found["caretaker_dns_seconds_count", (("worker", "0"),)] == 6
    assert found["caretaker_dns_seconds_sum", (("worker", "0"),)] == 3.5


@pytest.mark.parametrize("text", ["", "{", "[]", '{"worker": 0}', '{"worker": "x", "pid": 1}', "null", "7"])
def test_a_damaged_note_says_nothing(site: FakeSite, api: As, text: str) -> None:
    leave(site).write_text(text)
    assert told(api)["caretaker_dns_workers", ()] == 0


def test_a_worker_that_died_says_nothing_any_more(site: FakeSite, api: As) -> None:
    leave(site, pid=2**22 + 1)
    assert told(api)["caretaker_dns_workers", ()] == 0


def test_no_note_makes_labels_without_end_or_of_strange_words(site: FakeSite) -> None:
    leave(site, codes={f"kind-{number}": 1 for number in range(1000)}, steps={'x"} 1\n': 1, "<script>": 1, "good": 1})
    (counts,) = read_counts(site.home.filter / "counters")
    assert len(counts.tallies["codes"]) == MOST_KINDS
    assert counts.tallies["steps"] == {"good": 1.0}


def test_a_school_whose_filter_never_ran_has_no_counts(api: As) -> None:
    assert told(api)["caretaker_dns_workers", ()] == 0
