"""A school for tests of the API and the console: a real store, a clock that stands still, a loop that obeys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from controller.accounts import SYSTEM, Account, TokenKind, hash_password, make_token
from controller.check_filter.outcome import Run
from controller.clock import FixedClock
from controller.compile import HORIZON, compile_intent
from controller.filter_counts import WorkerCounts, read_counts
from controller.home import Home
from controller.in_force import InForce, in_force_at
from controller.model import Actor, EnforcementPoint, IntendedState, Plan, PointState
from controller.policy import Policy
from controller.policy.file import parse
from controller.prove import Proof
from controller.prove.ask import of_intent, of_running
from controller.query_log.files import QueryLogFiles
from controller.radius.answer import Limits
from controller.radius.desk import Desk
from controller.seal import Seal
from controller.secrets_file import Credentials
from controller.settings import SignIn
from controller.store import Push, Store
from device_drivers.platforms import drivers
from dns_filter.domain_table import DomainTable
from inventory.model import (
    Admission,
    Device,
    Inventory,
    Mac,
    Mode,
    PortRef,
    Purpose,
    Sighting,
    Switch,
    SwitchName,
    YearGroupId,
)
from inventory.oui import Vendors

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday in November: UTC is the school's own time. Year 5 has computing from 09:15 to 10:15."""
PASSWORD = "a long enough password"
IPAD = Mac("3c:22:fb:05:00:11")
STRANGER = Mac("02:00:5e:10:00:66")

POLICY = """
school: {name: Ash Lane Primary School, time_zone: Europe/London}
responsible:
  ict_lead: {name: ICT lead, email: ict@ashlane.example}
  deputy: {name: Deputy head, email: deputy@ashlane.example}
  head: {name: Head teacher, email: head@ashlane.example}
  safeguarding_lead: {name: Safeguarding lead, email: safe@ashlane.example}
terms: [{name: Autumn 2026, from: 2026-09-02, to: 2026-12-18}]
segments:
  pupils: {vlan: 20, subnets: [10.20.0.0/22]}
  staff: {vlan: 30, subnets: [10.30.0.0/24]}
  things: {vlan: 40, subnets: [10.40.0.0/24]}
  guest: {vlan: 50, subnets: [10.50.0.0/24]}
  quarantine: {vlan: 999, subnets: [10.99.0.0/24]}
  management: {vlan: 10, subnets: [10.10.0.0/24]}
site_lists:
  approved-sites: {sites: [bbc.co.uk]}
access_levels:
  key-stage-2: {block: [games], safe_search: strict, clauses: [F1, F3]}
  approved-only: {focus: [approved-sites], clauses: [F4, F5]}
  staff: {block: [gambling]}
mandatory: [terrorism]
year_groups:
  year-1: {key_stage: ks1, level: approved-only, segment: pupils}
  year-5: {key_stage: ks2, level: key-stage-2, segment: pupils}
  year-6: {key_stage: ks2, level: key-stage-2, segment: pupils}
classes: {5b: year-5, 6a: year-6}
rooms: {hall: School hall}
roles:
  teacher: {level: staff, segment: staff, may_open: own-classes, longest_window: 60m}
  head: {level: staff, segment: staff, may_open: anyone, longest_window: 2h, may_repeat: true}
  ict_lead: {level: staff, segment: staff, may_open: anyone, longest_window: 2h}
  technician: {level: staff, segment: staff, may_open: anyone, longest_window: 2h}
agreements: {pupils: {without: approved-only}}
outside_windows: {pupils: closed, staff: open}
timetable:
  - {for: year-5, on: [tue, thu], from: 09:15, to: 10:15, what: computing}
day: {starts: 08:40, bell: 15:15}
devices:
  school-ipad: {segment: by-person, posture: none}
  school-laptop: {segment: by-person, posture: none}
  printer: {segment: things}
lists:
  - {name: games, category: games, path: lists/games.txt}
  - {name: gambling, category: gambling, path: lists/gambling.txt}
  - {name: terrorism, category: terrorism, path: lists/terrorism.txt}
"""


@dataclass
class FakeLoop:
    """Compiles like the real one when asked, tells nobody."""

    site: FakeSite
    woken: list[str] = field(default_factory=list)
    applied: list[Plan] = field(default_factory=list)
    forced: list[str] = field(default_factory=list)
    undone: list[tuple[int, str]] = field(default_factory=list)
    turned: bool = True
    searches: int = 0
    seen: tuple[EnforcementPoint, ...] = (
        EnforcementPoint("dns-filter", "dns-filter", PointState.IN_FORCE, NINE, "2 of 2 workers", can_lease=True),
        EnforcementPoint("gw-1", "gateway", PointState.IN_FORCE, NINE, can_lease=True),
        EnforcementPoint("sw-ict", "access", PointState.UNREACHABLE, NINE, "no answer on port 22"),
    )
    planned: Plan = field(default_factory=lambda: Plan(NINE, NINE + timedelta(hours=1)))

    def wake(self, reason: str) -> None:
        self.woken.append(reason)

    def look_for_strangers(self) -> None:
        self.searches += 1

    def intent(self) -> IntendedState | None:
        return intended(self.site) if self.turned else None

    def points(self) -> tuple[EnforcementPoint, ...]:
        return self.seen

    def plan(self) -> Plan:
        return self.planned

    def apply(self, plan: Plan, actor: Actor, force: Collection[str] = ()) -> None:
        self.applied.append(plan)
        self.forced.extend(sorted(force))

    def undo(self, push: Push, actor: Actor, reason: str) -> None:
        self.undone.append((push.id, reason))


@dataclass
class FakeChecks:
    """Starts nothing; `kept` is what past checks found."""

    kept: list[Run] = field(default_factory=list)
    routed: list[Run] = field(default_factory=list)
    running: bool = False
    problem: str = ""

    def start(self, now: datetime) -> bool:
        del now
        started, self.running = not self.running, True
        return started

    def newest(self) -> Run | None:
        return self.kept[0] if self.kept else None

    def all(self, limit: int) -> tuple[Run, ...]:
        return tuple(self.kept[:limit])

    def routes(self, limit: int) -> tuple[Run, ...]:
        return tuple(self.routed[:limit])


@dataclass
class FakeSite:
    store: Store
    clock: FixedClock
    policy: Policy
    loop: FakeLoop = field(init=False)
    wrong: tuple[str, ...] = ()
    checks: FakeChecks = field(default_factory=FakeChecks)
    home: Home = field(default_factory=lambda: Home(Path("/nowhere")))
    limits: Limits | None = field(default_factory=Limits)
    sign_in: SignIn = field(default_factory=SignIn)

    def __post_init__(self) -> None:
        self.loop = FakeLoop(self)

    @property
    def radius(self) -> Desk:
        return Desk(self.store, lambda: self.policy, lambda _: ("Gi1/0/7", "Gi1/0/8"), self.loop.wake, self.limits)

    @property
    def query_log(self) -> QueryLogFiles:
        return QueryLogFiles.of(self.home)

    @property
    def seal(self) -> Seal:
        return Seal(self.home.root / "seal.key")

    def secrets(self) -> Mapping[str, Credentials]:
        return {"oidc-fake": Credentials("caretaker-client", "the client's own secret")}

    def names(self) -> DomainTable | None:
        return None

    def past(self, moment: datetime) -> InForce | None:
        return in_force_at(self.home, self.store, moment)

    def worker_counts(self) -> tuple[WorkerCounts, ...]:
        return read_counts(self.home.filter / "counters")

    def inventory(self) -> Inventory:
        return self.store.inventory()

    def proof(self, *, running: bool, policy: Policy | None = None) -> Proof:
        """As it is meant to be there is one gateway; nothing was ever read of it."""
        if running:
            return of_running(self.policy, self.inventory(), drivers(), ("10.10.0.5",), {})
        gateway = Switch(SwitchName("gw-1"), "127.0.0.1", 22, "linux_gateway", Purpose.GATEWAY, Mode.ENFORCE)
        inventory = Inventory(switches={gateway.name: gateway})
        return of_intent(policy or self.policy, inventory, drivers(), ("10.10.0.5",))

    def vendors(self) -> Vendors:
        return Vendors({"3C22FB": "Apple, Inc."})

    def problems(self) -> tuple[str, ...]:
        return self.wrong

    def account(self, role: str, groups: frozenset[str] = frozenset(), name: str = "", password: str = "") -> Account:
        account = Account(name or role, role, hash_password(password) if password else "", groups)
        self.store.put_account(account, SYSTEM, self.clock.now())
        return account

    def secret(self, account: Account, kind: TokenKind = TokenKind.API, lasts: timedelta = timedelta(hours=10)) -> str:
        secret, token = make_token(account, "for a test", kind, self.clock.now(), lasts=lasts)
        self.store.add_token(token, SYSTEM, self.clock.now())
        return secret


def open_site(folder: Path, now: datetime = NINE) -> FakeSite:
    """One Year 5 iPad, a stranger on a port, one switch; nobody signed in. Close its store at the end."""
    site = FakeSite(
        Store.open(f"sqlite:///{folder}/caretaker.db"),
        FixedClock(now),
        parse(POLICY, "school.yaml").policy,
        home=Home(folder),
    )
    switch = Switch(SwitchName("sw-ict"), "10.10.0.2", 22, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE, room="ict-suite")
    ipad = Device(
        IPAD, "ipad-5-11", "school-ipad", Admission.REGISTERED, year_group=YearGroupId("year-5"), first_seen=now
    )
    site.store.put_switches((switch,), SYSTEM, now)
    site.store.put_devices((ipad,), SYSTEM, now)
    port = PortRef(SwitchName("sw-ict"), "Gi1/0/7")
    site.store.record_sightings(
        (
            Sighting(IPAD, now, "dhcp", None, 20, "10.20.0.11", "ipad-5-11"),
            Sighting(STRANGER, now, "switch-table", port, 999, "10.99.0.9", "somebodys-laptop"),
        ),
        now,
    )
    return site


def intended(site: FakeSite) -> IntendedState:
    """As the loop compiles it, with an epoch that stands still."""
    now = site.clock.now()
    windows = site.store.windows(now, now + HORIZON)
    return compile_intent(site.policy, site.inventory(), windows, now, 1)
