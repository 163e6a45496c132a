"""The loop: sleeps until an intent runs out or something wakes it, reads the whole world, compiles, publishes.

Level, not edge: what woke it does not matter, every turn looks at everything again. ●
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from controller import publish
from controller.after_publishing import AfterPublishing, Published
from controller.check_filter.seats import seated
from controller.clock import Clock
from controller.clock_steps import Step
from controller.compile import compile_intent
from controller.home import Home
from controller.model import IntendedState
from controller.policy.source import PolicySource
from controller.staged_source import StagedSource
from controller.staging import with_candidate
from controller.store import Store, StoreError
from dns_filter.model import FilterTable

log = structlog.get_logger(__name__)

HORIZON = timedelta(days=14)
LOOK_AT_FILES = 1.0
"""Seconds between two looks at the policy file's stamp."""
REPUBLISH = timedelta(hours=6)
"""A table that says nothing new is published again all the same: it has to reach ahead, also in the holidays."""
TRY_AGAIN = 1.0
"""Seconds after a turn that could not be finished."""


@dataclass(frozen=True, slots=True)
class World:
    """Where the loop reads from and writes to."""

    home: Home
    store: Store
    clock: Clock
    policy: PolicySource
    filters: tuple[str, ...] = ()
    """Addresses of the DNS filter, for the access lists of the gateway."""
    steps: Callable[[], tuple[Step, ...]] = tuple
    """How the clock was set."""


class Loop:
    """One turn at a time, whoever asks for it. `after_turn` hears each new intent."""

    def __init__(self, world: World, after_turn: Callable[[IntendedState], None]) -> None:
        self._world, self._after_turn = world, after_turn
        self._staged = StagedSource(world.home.root)
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._turning = threading.Lock()
        self._intent: IntendedState | None = None
        self._published = publish.in_force(world.home.table)
        self._stamp = publish.stamp(world.home.table)
        # A store that was restored may count from below it, and filters take no epoch lower than theirs.
        self._highest = publish.last_epoch(world.home.table)
        self._afterwards = AfterPublishing(world.home, world.store)
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)
        self.problem = ""
        """Why the last turn could not be finished; empty when it was."""

    def start(self) -> None:
        """The first turn is done before this returns: whoever starts after it finds a table."""
        found = self._published
        self.turn()
        if found is not None:
            # A crash may have come between publishing it and keeping it for the past.
            self._afterwards.hear(Published(found, self._world.policy.policy, self._world.clock.now()))
        self._afterwards.start()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self._afterwards.stop()

    def wake(self, reason: str) -> None:
        log.debug("woken", reason=reason)
        self._woken.set()

    def intent(self) -> IntendedState | None:
        return self._intent

    def turn(self) -> IntendedState:
        """Read everything, compute, write. Raises StoreError, OSError or NoPolicy; the last intent stays."""
        with self._turning:
            now = self._world.clock.now()
            self._world.policy.refresh(now)
            policy, inventory = self._world.policy.policy, self._world.store.inventory()
            windows = self._world.store.windows(now, now + HORIZON)
            filters, steps = self._world.filters, self._world.steps()
            intent = compile_intent(policy, inventory, windows, now, self._highest + 1, filters=filters, steps=steps)
            staged = self._world.store.staged()
            candidate = self._staged.policy_of(staged)
            if staged is not None and candidate is not None:
                intent = with_candidate(intent, candidate, staged.devices, inventory, windows, steps)
            intent = replace(intent, table=seated(intent.table, policy, now, inventory.site_rules))
            before = self._published
            self._intent = intent = self._give_to_filter(intent, now)
            # Told in the same order as decided: whoever hears of an older intent last would go back to it.
            self._after_turn(intent)
            if intent.table is not before:
                self._afterwards.hear(Published(intent.table, policy, now))
            self.problem = ""
        return intent

    def _give_to_filter(self, intent: IntendedState, now: datetime) -> IntendedState:
        """Publish a table that says something new; else keep the epoch of the one in force."""
        if self._published is not None and self._still_good(self._published, intent.table, now):
            return replace(intent, table=self._published)
        epoch = max(self._afterwards.next_epoch(now), self._highest + 1)
        table = intent.table.model_copy(update={"epoch": epoch})
        publish.publish(self._world.home.table, table)
        self._published, self._stamp, self._highest = table, publish.stamp(self._world.home.table), epoch
        return replace(intent, table=table)

    def _still_good(self, published: FilterTable, wanted: FilterTable, now: datetime) -> bool:
        there = publish.stamp(self._world.home.table)
        young = abs(now.timestamp() - published.made_at) < REPUBLISH.total_seconds()
        return young and there == self._stamp and publish.says_the_same(wanted, published)

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
        except (StoreError, OSError) as error:
            # What is in force stays in force; the next turn tries again.
            if self.problem != str(error):
                log.warning("turn failed", problem=str(error))
            self.problem = str(error)
            self._world.clock.wait(self._stopped, TRY_AGAIN)
            self._woken.set()
