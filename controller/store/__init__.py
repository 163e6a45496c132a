"""The store: everything a school must not forget, in one database. Every writing method is one transaction."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from controller.store.alarms import AlarmRecords
from controller.store.audit import AuditRecords
from controller.store.backup import Backups
from controller.store.clues import ClueRecords
from controller.store.departures import DepartureRecords
from controller.store.engine import WRITES, make_engine
from controller.store.errors import (
    Conflict,
    LeadLost,
    NotFound,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreGone,
    StoreReadOnly,
    StoreTooNew,
    StoreUnavailable,
    WindowOver,
)
from controller.store.history import HistoryRecords
from controller.store.identities import IdentityRecords
from controller.store.leases import Lease, LeaseRecords
from controller.store.migrate import migrate, revision
from controller.store.policies import PolicyRecords
from controller.store.pushes import Push, PushRecords
from controller.store.radius_sessions import RadiusSessionRecords
from controller.store.receipts import ReceiptRecords
from controller.store.reminders import ReminderRecords
from controller.store.reports import ReportRecords
from controller.store.returns import ReturnRecords
from controller.store.schema import HEAD
from controller.store.second_factors import SecondFactorRecords
from controller.store.site_rules import SiteRuleRecords
from controller.store.staging import StagingRecords
from controller.store.standing import StandingRecords
from controller.store.windows import WindowRecords

__all__ = [
    "Conflict",
    "LeadLost",
    "Lease",
    "NotFound",
    "Push",
    "Store",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreGone",
    "StoreReadOnly",
    "StoreTooNew",
    "StoreUnavailable",
    "WindowOver",
]


class Store(
    ReceiptRecords,
    DepartureRecords,
    ReportRecords,
    SiteRuleRecords,
    StandingRecords,
    StagingRecords,
    HistoryRecords,
    ClueRecords,
    AlarmRecords,
    WindowRecords,
    AuditRecords,
    PolicyRecords,
    PushRecords,
    LeaseRecords,
    RadiusSessionRecords,
    IdentityRecords,
    SecondFactorRecords,
    ReminderRecords,
    ReturnRecords,
    Backups,
):
    """Safe for threads and for several processes. Each method raises StoreError, drawn in `store/errors.py`."""

    @classmethod
    def open(cls, url: str) -> Self:
        """Open, check and migrate. `url` is `sqlite:////path/caretaker.db` or `postgresql+psycopg://…`."""
        store = cls(make_engine(url))
        try:
            store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        with self._reading() as connection:
            if connection.dialect.name == "sqlite":
                said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
                if said != "ok":
                    raise StoreDamaged(
                        f"The database is damaged: {said}. Restore the last backup: caretaker backups restore."
                    )
            if revision(connection) == HEAD:
                return
        with self._in_plain_words(), self._engine.connect() as connection:
            connection.execution_options(**{WRITES: 30.0})
            with connection.begin():
                migrate(connection)
