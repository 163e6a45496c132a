"""What was in force at a moment that is past: the table, the policy and the block lists of then. ●"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from controller import table_history
from controller.home import Home
from controller.policy import Policy
from controller.policy.file import PolicyError, parse
from controller.store import Store
from dns_filter.domain_table import DamagedTable, DomainTable
from dns_filter.generations import newest_first
from dns_filter.model import FilterTable


@dataclass(frozen=True, slots=True)
class InForce:
    """`policy`, `names` None: those of today are all there is. `note` says what is of today."""

    table: FilterTable
    policy: Policy | None
    names: DomainTable | None
    note: str


def in_force_at(home: Home, store: Store, moment: datetime) -> InForce | None:
    """None where no table of then is kept. Raises StoreError."""
    table = table_history.table_at(home.table_history, moment)
    if table is None:
        return None
    policy, names = _policy_at(store, moment), _names_at(home.names, moment)
    older = (("policy", policy is None), ("block lists", names is None))
    of_today = ["what is known of devices", *(what for what, missing in older if missing)]
    note = f"By the table of then, epoch {table.epoch}; of today: {', '.join(of_today)}."
    return InForce(table, policy, names, note)


def _policy_at(store: Store, moment: datetime) -> Policy | None:
    text = store.policy_at(moment)
    try:
        return parse(text, "the policy of then").policy if text else None
    except PolicyError:
        return None  # an older Caretaker took what this one refuses


def _names_at(folder: Path, moment: datetime) -> DomainTable | None:
    """The newest generation that was there already. Only three are kept."""
    for _, path in newest_first(folder):
        try:
            if path.stat().st_mtime <= moment.timestamp():
                return _opened(path)
        except (DamagedTable, OSError):
            continue
    return None


@lru_cache(maxsize=3)
def _opened(path: Path) -> DomainTable:
    return DomainTable.open(path)
