"""The loop: sleeps until an intent runs out or something wakes it, reads the whole world, compiles, publishes.

Level, not edge: what woke it does not matter, every turn looks at everything again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from controller import publish
from controller.clock import Clock
from controller.compile import compile_intent
from controller.home import Home
from controller.model import IntendedState
from controller.policy_source import PolicySource
from controller.store import Store, StoreError
from dns_filter.model import FilterTable

log = structlog.get_logger(__name__)

HORIZON = timedelta(days=14)
LOOK_AT_FILES = 1.0
"""Seconds between two looks at the policy file's stamp."""


@dataclass(frozen=True, slots=True)
class World:
    """Where the loop reads from and writes to."""

    home: Home
    store: Store
    clock: Clock
    policy: PolicySource
    filters: tuple[str, ...] = ()
    """Addresses of the DNS filter, for the access lists of the gateway."""


class Loop:
    """One turn at a time, whoever asks for it. `after_turn` hears each new intent."""

    def __init__(self, world: World, after_turn: Callable[[IntendedState], None]) -> None:
        self._world, self._after_turn = world, after_turn
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._turning = threading.Lock()
        self._intent: IntendedState | None = None
        self._published: FilterTable | None = None
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)
        self.problem = ""
        """Why the last turn could not be finished; empty when it was."""

    def start(self) -> None:
        """The first turn is done before this returns: whoever starts after it finds a table."""
        self.turn()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._woken.set()
        self._thread.join(5)

    def wake(self, reason: str) -> None:
        log.debug("woken", reason=reason)
        self._woken.set()

    def intent(self) -> IntendedState | None:
        return self._intent

    def turn(self) -> IntendedState:
        """Read everything, compute, write. Raises what the store or the policy raise; the last intent stays."""
        with self._turning:
            now = self._world.clock.now()
            self._world.policy.refresh(now)
            intent = compile_intent(
                self._world.policy.policy,
                self._world.store.inventory(),
                self._world.store.windows(now, now + HORIZON),
                now,
                self._epoch() + 1,
                filters=self._world.filters,
            )
            self._intent = intent = self._give_to_filter(intent, now)
        self._after_turn(intent)
        return intent

    def _give_to_filter(self, intent: IntendedState, now: datetime) -> IntendedState:
        """Publish a table that says something new; else keep the epoch of the one in force."""
        if self._published is not None and publish.says_the_same(intent.table, self._published):
            return replace(intent, table=self._published)
        epoch = self._world.store.next_epoch(now)
        table = intent.table.model_copy(update={"epoch": max(epoch, self._epoch() + 1)})
        publish.publish(self._world.home.table, table)
        self._published = table
        return replace(intent, table=table)

    def _epoch(self) -> int:
        return self._published.epoch if self._published else self._world.store.last_epoch()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._sleep()
            if not self._stopped.is_set():
                self._try_a_turn()

    def _sleep(self) -> None:
        """Until something wakes the loop, the intent runs out, or the policy file changes."""
        while not self._stopped.is_set():
            left = (self._intent.valid_until - self._world.clock.now()).total_seconds() if self._intent else 1.0
            if self._world.clock.wait(self._woken, max(0.0, min(left, LOOK_AT_FILES))):
                self._woken.clear()
                return
            if left <= LOOK_AT_FILES or self._world.policy.changed():
                return

    def _try_a_turn(self) -> None:
        try:
            self.turn()
            self.problem = ""
        except (StoreError, OSError) as error:
            # What is in force stays in force; the next turn tries again.
            self.problem = str(error)
            log.warning("turn failed", problem=self.problem)
            self._world.clock.wait(self._stopped, 1.0)
            self._woken.set()
