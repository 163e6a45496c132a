"""When every worker of the filter had something in force, and that it is told once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from controller.arrivals import RULE, Arrivals
from controller.model import IntendedState
from controller.publish import Ack
from tests.fakes.site import NINE, FakeSite, intended, open_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    site = open_site(tmp_path)
    site.home.make()
    yield site
    site.store.close()


def decided(site: FakeSite, epoch: int, *rules: str) -> IntendedState:
    intent = intended(site)
    return replace(intent, site_rules=frozenset(rules), table=intent.table.model_copy(update={"epoch": epoch}))


def says(site: FakeSite, worker: int, epoch: int, seconds: float) -> None:
    ack = Ack(worker, os.getpid(), epoch, "", NINE.timestamp() + seconds)
    (site.home.acks / f"{worker}.json").write_text(json.dumps(asdict(ack)))


def told(site: FakeSite) -> list[tuple[str, object]]:
    return [(row.subject, row.detail["workers"]) for row in reversed(site.store.acts(RULE))]


def test_nothing_is_in_force_before_the_last_worker_says_so(site: FakeSite) -> None:
    arrivals = Arrivals(site.store, site.clock, site.home.acks)
    arrivals.hear(decided(site, 7, "r1"))
    arrivals.turn()
    says(site, 0, 7, 0.2)
    says(site, 1, 6, 0.1)
    arrivals.turn()
    assert told(site) == []
    says(site, 1, 7, 0.3)
    arrivals.turn()
    assert told(site) == [
        ("r1", {"0": "2026-11-24T09:00:00.200000+00:00", "1": "2026-11-24T09:00:00.300000+00:00"}),
    ]


def test_it_is_told_once_also_after_a_restart(site: FakeSite) -> None:
    says(site, 0, 7, 0.2)
    for arrivals in (
        Arrivals(site.store, site.clock, site.home.acks),
        Arrivals(site.store, site.clock, site.home.acks),
    ):
        arrivals.hear(decided(site, 7, "r1"))
        arrivals.turn()
        arrivals.turn()
    assert [subject for subject, _ in told(site)] == ["r1"]


def test_what_a_restart_interrupted_is_made_up_for(site: FakeSite) -> None:
    Arrivals(site.store, site.clock, site.home.acks).hear(decided(site, 7, "r1"))
    says(site, 0, 9, 5)
    after = Arrivals(site.store, site.clock, site.home.acks)
    after.hear(decided(site, 9, "r1", "r2"))
    after.turn()
    assert [subject for subject, _ in told(site)] == ["r1", "r2"]


def test_a_rule_that_changes_no_table_is_in_force_from_its_decision_on_and_not_before(site: FakeSite) -> None:
    says(site, 0, 7, -3600)
    arrivals = Arrivals(site.store, site.clock, site.home.acks)
    arrivals.hear(decided(site, 7, "r1"))
    arrivals.turn()
    assert told(site) == [("r1", {"0": NINE.isoformat()})]


def test_a_later_table_does_not_make_it_later(site: FakeSite) -> None:
    arrivals = Arrivals(site.store, site.clock, site.home.acks)
    arrivals.hear(decided(site, 7, "r1"))
    site.clock.set(NINE + timedelta(seconds=1))
    arrivals.hear(decided(site, 8, "r1", "r2"))
    says(site, 0, 7, 0.2)
    arrivals.turn()
    assert [subject for subject, _ in told(site)] == ["r1"]
