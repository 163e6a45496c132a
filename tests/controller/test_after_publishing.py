"""After a table is published: it is kept for the past, and the next epoch is written down ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller import after_publishing, table_history
from controller.after_publishing import AfterPublishing, Published
from controller.home import Home
from controller.store import Store, StoreFull
from dns_filter.model import FilterTable
from tests.controller.school import NINE, POLICY
from tests.controller.test_explain_past import table
from tests.waiting import until


@dataclass
class Afterwards:
    home: Home
    store: Store
    part: AfterPublishing

    def kept(self) -> int | None:
        found = table_history.table_at(self.home.table_history, NINE)
        return found.epoch if found else None


@pytest.fixture
def afterwards(tmp_path: Path) -> Iterator[Afterwards]:
    home = Home(tmp_path)
    home.make()
    with Store.open(home.database_url) as store:
        part = AfterPublishing(home, store)
        yield Afterwards(home, store, part)
        part.stop()


def published(number: int) -> Published:
    return Published(table(POLICY, number), POLICY, NINE)


def test_what_was_published_is_kept_when_it_has_stopped(afterwards: Afterwards) -> None:
    afterwards.part.start()
    afterwards.part.hear(published(1))
    afterwards.part.stop()
    assert afterwards.kept() == 1


def test_before_it_runs_whoever_publishes_keeps_it(afterwards: Afterwards) -> None:
    afterwards.part.hear(published(1))
    assert afterwards.kept() == 1


def test_an_epoch_ahead_is_on_the_disk_before_anybody_has_it(afterwards: Afterwards) -> None:
    assert afterwards.part.next_epoch(NINE) == 1
    afterwards.part.start()
    afterwards.part.hear(published(1))
    until(lambda: afterwards.store.last_epoch() == 2)
    afterwards.part.stop()
    assert afterwards.part.next_epoch(NINE) == 2
    assert afterwards.store.last_epoch() == 2, "the one ahead, and no further one"
    assert afterwards.part.next_epoch(NINE) == 3, "none is given out twice"


def test_an_epoch_ahead_that_another_controller_has_passed_is_not_used(afterwards: Afterwards) -> None:
    afterwards.part.start()
    afterwards.part.hear(published(1))
    until(lambda: afterwards.store.last_epoch() == 1)
    afterwards.part.stop()
    assert afterwards.store.next_epoch(NINE) == 2, "the other one's"
    assert afterwards.part.next_epoch(NINE) == 3


def test_a_full_disk_ends_nothing(afterwards: Afterwards, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = list[FilterTable]()

    def full(_: object, each: FilterTable, __: object) -> None:
        tried.append(each)
        raise OSError(28, "No space left on device")

    def no_room(_: object) -> int:
        raise StoreFull("full")

    with monkeypatch.context() as broken:
        broken.setattr(after_publishing.table_history, "keep", full)
        broken.setattr(afterwards.store, "next_epoch", no_room)
        afterwards.part.start()
        afterwards.part.hear(published(1))
        until(lambda: len(tried) == 1)
        afterwards.part.hear(published(2))
        until(lambda: len(tried) == 2)
        afterwards.part.stop()
    assert afterwards.part.next_epoch(NINE) == 1
