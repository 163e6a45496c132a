"""No query waits while Python looks for objects that lead back to themselves; a snapshot that is replaced is gone."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from dns_filter import tidying
from dns_filter.tidying import Tidying
from tests.dns_filter.school import YEAR_5
from tests.dns_filter.test_memo import Two, packet

REMEMBER = """
import gc, json
from dns_filter import tidying
from dns_filter.told import Told
tidying.begin()
looked = []
gc.callbacks.append(lambda phase, info: looked.append(info["generation"]) if phase == "start" else None)
kept = [Told("key-stage-2", b"\\1a\\0", 1, "category", "rule", 1) for _ in range(100_000)]
print(json.dumps(looked))
"""


@pytest.fixture
def _by_hand() -> Iterator[None]:
    """Nothing is looked for but what the test asks for."""
    gc.disable()
    yield
    gc.enable()


class Loop:
    """Leads back to itself."""

    def __init__(self) -> None:
        self.itself = self


def looked(asked: list[int]) -> list[int | None]:
    """What is looked through after each of these seconds, in which so much was asked."""
    tidy, total, found = Tidying(), 0, []
    for each in asked:
        total += each
        found.append(tidy.look(total))
    return found


@pytest.mark.usefixtures("_by_hand")
def test_a_snapshot_that_is_replaced_is_gone_at_once() -> None:
    both = Two()
    for name in ("www.roblox.com", "wikipedia.org"):
        both.ask(packet(name), YEAR_5, both.with_memo)
    old = weakref.ref(both.with_memo.snapshot)
    both.adopt(2)
    assert old() is None


def test_a_hundred_thousand_remembered_answers_are_not_looked_through_while_queries_wait() -> None:
    done = subprocess.run((sys.executable, "-c", REMEMBER), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.usefixtures("_by_hand")
def test_what_leads_back_to_itself_goes_in_a_quiet_second_once_there_is_enough_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tidying, "_FEW", 0)
    loop = weakref.ref(Loop())
    assert looked([10_000] * 9 + [10] * 4) == [None] * 13
    assert loop() is not None, "five seconds must have been quiet"
    assert looked([10_000, 10, 10, 10, 10, 10]) == [None] * 5 + [0]
    assert loop() is None
    monkeypatch.setattr(tidying, "_FEW", 1_000_000_000)
    assert looked([10] * 9) == [None] * 9


@pytest.mark.usefixtures("_by_hand")
def test_everything_is_looked_through_once_an_hour_where_hardly_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "_FEW", 1_000_000_000)
    monkeypatch.setattr(tidying, "_HOUR", 10)
    assert looked([0] * 21) == [None] * 9 + [2] + [None] * 9 + [2, None]
    assert set(looked([100] * 30)) == {None}
