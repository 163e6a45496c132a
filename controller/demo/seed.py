"""What the demo school's store holds from the start: accounts, and yesterday's scans of the staff laptops."""

from __future__ import annotations

from datetime import datetime, timedelta

from controller.accounts import SYSTEM, Account, hash_password, password_fits
from controller.demo import roster
from controller.demo.prepare import sign_in
from controller.home import Home
from controller.store import Store

ROLES = {"year-5-teacher": ("teacher", ("year-5",)), "ict-lead": ("ict_lead", ()), "head": ("head", ())}
_A_DAY = timedelta(days=1)


def seed(home: Home, now: datetime) -> None:
    """Once a day at most: scans must stay fresh however long the demo was not run."""
    mark = home.state / "seeded"
    if mark.is_file() and home.database.is_file() and now - datetime.fromisoformat(mark.read_text()) < _A_DAY:
        return
    with Store.open(home.database_url) as store:
        for name, password in sign_in(home)["accounts"].items():
            if not password_fits(store.account(name), password):
                role, groups = ROLES[name]
                store.put_account(Account(name, role, hash_password(password), frozenset(groups)), SYSTEM, now)
        store.put_receipts(roster.receipts(now), SYSTEM, now)
    mark.write_text(now.isoformat())
