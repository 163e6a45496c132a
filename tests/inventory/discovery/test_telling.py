"""When the controller is told: known devices in batches, a stranger without waiting for the next one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import cast

import pytest

from inventory.discovery import __main__ as program
from inventory.discovery.ears import Ears, Frame
from inventory.discovery.mouth import Mouth
from tests.waiting import until

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
IPAD, LAPTOP = "3c:22:fb:05:00:11", "f0:9f:c3:00:00:01"


class Wire:
    """Frames as a test puts them there, and who was told of in which batch."""

    mac = bytes(6)

    def __init__(self) -> None:
        self.frames: SimpleQueue[bytes] = SimpleQueue()
        self.told: list[set[str]] = []

    def hear(self, seconds: float) -> Iterator[Frame]:
        try:
            yield Frame(self.frames.get(timeout=seconds), NINE, None)
        except Empty:
            return

    def tell(self, batch: list[program.Noted]) -> None:
        self.told.append({noted.heard.mac for noted in batch})

    def announces(self, mac: str, last: int) -> None:
        source, own = bytes.fromhex(mac.replace(":", "")), bytes((10, 20, 0, last))
        arp = bytes.fromhex("0001 0800 06 04 0001") + source + own + bytes(6) + own
        self.frames.put(b"\xff" * 6 + source + bytes.fromhex("0806") + arp + bytes(18))


@contextmanager
def discovery() -> Iterator[Wire]:
    wire, stop = Wire(), threading.Event()
    running = program.Discovery(cast(Ears, wire), cast(Mouth, wire), [], 600.0)
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    try:
        yield wire
    finally:
        stop.set()
        thread.join()


def test_a_stranger_does_not_wait_for_the_pause_after_a_word_of_a_known_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PACE", 0.0)
    with discovery() as wire:
        wire.announces(IPAD, 11)
        until(lambda: wire.told == [{IPAD}], 60)
        monkeypatch.setattr(program, "PACE", 600.0)
        wire.announces(IPAD, 12)
        until(lambda: wire.told == [{IPAD}, {IPAD}], 60)
        wire.announces(LAPTOP, 13)
        until(lambda: wire.told == [{IPAD}, {IPAD}, {LAPTOP}], 60)


def test_what_is_heard_in_the_pause_after_a_stranger_goes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PACE", 2.0)
    with discovery() as wire:
        wire.announces(LAPTOP, 13)
        until(lambda: wire.told == [{LAPTOP}], 60)
        wire.announces("f0:9f:c3:00:00:02", 14)
        wire.announces("f0:9f:c3:00:00:03", 15)
        until(lambda: len(wire.told) > 1, 60)
    assert wire.told[1] == {"f0:9f:c3:00:00:02", "f0:9f:c3:00:00:03"}


def test_it_ends_at_once_when_asked_to_also_in_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PACE", 600.0)
    with discovery() as wire:
        wire.announces(LAPTOP, 13)
        until(lambda: wire.told == [{LAPTOP}], 60)
