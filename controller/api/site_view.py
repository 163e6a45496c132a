"""What the API and the console need of a running school: a store, a clock, the loop, the policy in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from controller.check_filter.outcome import Run
from controller.clock import Clock
from controller.filter_counts import WorkerCounts
from controller.home import Home
from controller.in_force import InForce
from controller.model import Actor, EnforcementPoint, IntendedState, Plan
from controller.policy import Policy
from controller.prove import Proof
from controller.query_log.files import QueryLogFiles
from controller.radius.desk import Desk
from controller.seal import Seal
from controller.secrets_file import Credentials
from controller.settings import SignIn
from controller.store import Push, Store
from dns_filter.domain_table import DomainTable
from inventory.model import Inventory
from inventory.oui import Vendors


class LoopView(Protocol):
    """The loop as others see it. It acts by itself; `wake` only tells it to look now."""

    def wake(self, reason: str) -> None: ...

    def look_for_strangers(self) -> None:
        """Somebody is there, and nobody has told at which port."""
        ...

    def intent(self) -> IntendedState | None:
        """None until the first turn is done."""
        ...

    def points(self) -> tuple[EnforcementPoint, ...]: ...

    def plan(self) -> Plan: ...

    def apply(self, plan: Plan, actor: Actor, force: Collection[str] = ()) -> None:
        """Carry out now what may be; on the devices of `force`, let through what only waits for a person's word."""
        ...

    def undo(self, push: Push, actor: Actor, reason: str) -> None:
        """Put the ports of a push back to what they were; they are only looked at from then on."""
        ...


class FilterChecks(Protocol):
    """Past checks of the filter, and one at once."""

    @property
    def running(self) -> bool: ...

    @property
    def problem(self) -> str:
        """Why the last one could not be made; empty where it was."""
        ...

    def start(self, now: datetime) -> bool:
        """False where one runs already."""
        ...

    def newest(self) -> Run | None: ...

    def all(self, limit: int) -> tuple[Run, ...]:
        """Of this node, the newest first."""
        ...

    def routes(self, limit: int) -> tuple[Run, ...]:
        """Of the segments where a probe stands, the newest first."""
        ...


class SiteView(Protocol):
    """Satisfied by `controller.site.Site`."""

    @property
    def policy(self) -> Policy: ...

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def loop(self) -> LoopView: ...

    @property
    def radius(self) -> Desk: ...

    @property
    def query_log(self) -> QueryLogFiles: ...

    @property
    def checks(self) -> FilterChecks:
        """Of whether the filter does what the policy says."""
        ...

    @property
    def seal(self) -> Seal: ...

    @property
    def sign_in(self) -> SignIn:
        """Who needs a second factor, and the sign-in services."""
        ...

    def secrets(self) -> Mapping[str, Credentials]:
        """secrets.toml as it stands now. Raises SecretsError."""
        ...

    def names(self) -> DomainTable | None: ...

    def past(self, moment: datetime) -> InForce | None:
        """What was in force then; None where nothing of it is kept."""
        ...

    def worker_counts(self) -> tuple[WorkerCounts, ...]:
        """What each worker of the filter has counted."""
        ...

    def inventory(self) -> Inventory: ...

    @property
    def home(self) -> Home: ...

    def proof(self, *, running: bool, policy: Policy | None = None) -> Proof:
        """Of segregation: of what is meant (by a candidate too), or of what the gateways said last."""
        ...

    def vendors(self) -> Vendors:
        """Makers by MAC; empty where the school has no list of them."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What is not as it was asked to be (a refused policy file, a full disk), though the last good state holds."""
        ...
