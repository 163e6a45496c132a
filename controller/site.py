"""One running school: store, policy, loop, network and API put together. The composition root. ●"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from controller import local_access
from controller.addresses import Endpoint
from controller.api.app import make_app
from controller.api.serve import run_api
from controller.arrivals import Arrivals
from controller.backups import NightlyBackup
from controller.check_filter.daily import FilterChecks
from controller.clock import Clock, SteadyClock, SystemClock
from controller.clock_steps import Step
from controller.clock_watch import steps_of, watch_clock
from controller.file_watch import FileWatch
from controller.filter_counts import WorkerCounts, read_counts
from controller.home import Home
from controller.in_force import InForce, in_force_at
from controller.lists.fetch_settings import fetcher_for
from controller.lists.keeper import ListKeeper, further_lists
from controller.loop import Loop, World
from controller.loop_view import LoopView
from controller.model import IntendedState
from controller.network import Network
from controller.policy import Policy
from controller.policy.source import PolicySource
from controller.prove import Proof
from controller.prove.ask import of_intent, of_running
from controller.query_log.files import QueryLogFiles
from controller.query_log.housekeeping import Housekeeping
from controller.radius.desk import Desk
from controller.radius.part import radius_part
from controller.reminding import Reminding
from controller.reports.rounds import Rounds
from controller.sanction_watch import watch as watch_sanctions
from controller.seal import Seal
from controller.secrets_file import Credentials, read_secrets
from controller.settings import Settings, SettingsError, SignIn, read_settings
from controller.site_parts import filters_of, housekeeping_of, sender_of
from controller.store import Store, StoreError
from controller.timetable import exam_runs
from controller.upkeep import Upkeep
from controller.vendors import VendorLists
from controller.web.doorway.serve import run_doorway
from device_drivers.platforms import drivers
from dns_filter.domain_table import DomainTable
from inventory.model import Inventory
from inventory.oui import Vendors

log = structlog.get_logger(__name__)

FIRST_LOOK = 8.0
"""Seconds a start waits for the first reading of the network; who has not answered by then is tried again."""
FILES = 3.0
"""Seconds between two looks at the inventory's and the lists' files."""


class SiteFailed(Exception):
    """The school cannot be run; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Site:
    """Satisfies `controller.api.site_view.SiteView`."""

    home: Home
    settings: Settings
    store: Store
    clock: Clock
    source: PolicySource
    lists: ListKeeper
    files: FileWatch
    makers: VendorLists
    loop: LoopView
    housekeeping: Housekeeping
    reminding: Reminding
    checks: FilterChecks
    rounds: Rounds
    arrivals: Arrivals

    @property
    def policy(self) -> Policy:
        return self.source.policy

    def proof(self, *, running: bool, policy: Policy | None = None) -> Proof:
        policy, inventory, filters = policy or self.policy, self.inventory(), filters_of(self.settings)
        if running:
            return of_running(policy, inventory, drivers(), filters, self.loop.readings())
        intent = self.loop.intent()
        return of_intent(policy, inventory, drivers(), filters, intent.grants if intent else ())

    @property
    def radius(self) -> Desk:
        return self.loop.radius.desk

    @property
    def query_log(self) -> QueryLogFiles:
        return self.housekeeping.files

    @property
    def seal(self) -> Seal:
        return Seal(self.home.seal_key)

    @property
    def sign_in(self) -> SignIn:
        return self.settings.sign_in

    def secrets(self) -> Mapping[str, Credentials]:
        return read_secrets(self.home.secrets)

    def names(self) -> DomainTable | None:
        return self.lists.names()

    def past(self, moment: datetime) -> InForce | None:
        return in_force_at(self.home, self.store, moment)

    def worker_counts(self) -> tuple[WorkerCounts, ...]:
        return read_counts(self.home.filter / "counters")

    def inventory(self) -> Inventory:
        return self.store.inventory()

    def vendors(self) -> Vendors:
        return self.makers.vendors()

    def problems(self) -> tuple[str, ...]:
        """What is not as it was asked to be, though the last good state holds; empty when all is well."""
        files, checks = self.files.problems, self.checks.problem
        told = (self.source.problem, self.loop.turns.problem, *files, self.lists.problem, checks)
        told = (*told, self.loop.radius.problem)
        return tuple(filter(None, (*told, self.reminding.problem, self.housekeeping.problem, self.rounds.problem)))

    @contextmanager
    def running(self) -> Iterator[str]:
        """Loop, network and API run while the block does; gives the address of the API."""
        stop = threading.Event()
        with ExitStack() as running:
            running.callback(self.store.close)
            running.callback(self.loop.turns.stop)
            self.loop.turns.start()
            running.callback(self.loop.network.stop)
            self.loop.network.start()
            self.loop.network.wait_for_first_look(FIRST_LOOK)
            running.callback(self.loop.radius.stop)
            self.loop.radius.start()
            place = self.settings.api.endpoint
            api = running.enter_context(run_api(make_app(self), place.host, place.port))
            url = f"http://{Endpoint(api.host, api.port)}"
            running.enter_context(run_doorway(self, self.settings.doorway.endpoints, self.settings.doorway.name))
            running.callback(local_access.forget, self.home)
            local_access.write_note(self.home, self.store, url, self.clock.now(), self._dns)
            running.callback(self.checks.stop)
            parts: tuple[tuple[str, Callable[[threading.Event], None]], ...] = (
                ("files", lambda stop: self._watch(stop, url)),
                ("lists", self._fetch),
                ("query-log", self.housekeeping.run),
                ("reports", self.rounds.run),
                ("arrivals", self.arrivals.run),
            )
            for name, run in parts:
                thread = threading.Thread(target=run, args=(stop,), name=name, daemon=True)
                thread.start()
                running.callback(thread.join, 5)
            running.callback(stop.set)
            yield url

    @property
    def _dns(self) -> tuple[str, ...]:
        return tuple(map(str, self.settings.dns.endpoints))

    def take_files(self) -> None:
        """Inventory files and lists that changed. What is broken stays as it was, and it is said."""
        if self.files.take(self.clock.now()):
            self.loop.wake("inventory files")

    def _fetch(self, stop: threading.Event) -> None:
        self.lists.keep_fetching(lambda: self.policy, self.clock, stop)

    def _watch(self, stop: threading.Event, url: str) -> None:
        problem, upkeep, backup = "", Upkeep(self.store), NightlyBackup(self.home, self.store)
        steps: AbstractSet[Step] = frozenset()
        while not self.clock.wait(stop, FILES):
            try:
                self.take_files()
                upkeep.turn(self.policy, self.clock.now())
                watch_sanctions(self)
                steps = watch_clock(self.store, steps_of(self.clock), steps, self.clock.now())
                self.reminding.turn(self.policy, self.clock.now())
                self.checks.turn(self.policy, self.clock.now())
                local_access.renew(self.home, self.store, url, self.clock.now(), self._dns)
                if not self.settings.database.url:  # PostgreSQL has its own
                    backup.turn(self.clock.now())
                problem = ""
            except (StoreError, OSError) as error:
                if str(error) != problem:
                    log.warning("files not taken in", problem=str(error))
                problem = str(error)


def open_site(root: Path, clock: Clock | None = None) -> Site:
    """Raises SiteFailed or NoPolicy: without settings, store or any policy nothing can be enforced.

    StoreError or OSError where the disk is full or the store is held by somebody else: it may work in a moment.
    """
    home, clock = Home(root), clock or SteadyClock(SystemClock())
    home.make()
    try:
        settings = read_settings(home)
        store = Store.open(settings.database_url(home))
        lists = ListKeeper(home, further_lists(settings.dns.lists), fetcher=fetcher_for(home, settings))
    except (SettingsError, StoreError, ValueError) as error:
        raise SiteFailed(str(error)) from error
    source = PolicySource(home.policy, store)
    network = Network(
        home,
        settings.enforcement.poll,
        store,
        clock,
        lambda: source.policy,
        deadline=settings.enforcement.deadline,
        lease=timedelta(seconds=settings.enforcement.lease),
    )

    def hear(intent: IntendedState) -> None:
        network.hear(intent)
        radius.hear(intent)
        arrivals.hear(intent)

    arrivals = Arrivals(store, clock, home.acks)
    loop = Loop(World(home, store, clock, source, filters_of(settings), partial(steps_of, clock)), hear)
    network.loop = loop
    lists.frozen = lambda: exam_runs(source.policy, store.windows(clock.now(), clock.now()), clock.now())
    radius = radius_part(home, settings.radius, store, clock, lambda: source.policy, loop, network)
    files = FileWatch(home, store, source, lists)
    housekeeping = housekeeping_of(home, settings, clock, source)
    makers = VendorLists(home.state / "oui")
    rounds = Rounds(store, clock, lambda: source.policy, loop.wake, sender_of(home), housekeeping.files)
    site = Site(
        home,
        settings,
        store,
        clock,
        source,
        lists,
        files,
        makers,
        LoopView(loop, network, radius),
        housekeeping,
        Reminding(home, store, settings.reminders),
        FilterChecks(home),
        rounds,
        arrivals,
    )
    try:
        source.refresh(clock.now())
        site.take_files()
    except BaseException:
        store.close()
        raise
    return site
