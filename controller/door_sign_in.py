"""Whom an account stands for when somebody signs in with it in front of a device (W1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from controller.policy import Policy
from inventory.history import SignIn
from inventory.model import Inventory, Mac, PersonId, YearGroupId


class Login(Protocol):
    """What counts of an account here: `controller.accounts.Account`."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def groups(self) -> frozenset[str]: ...


SOURCE = "door"
BY_PERSON = (None, "by-person")


def group_logins(policy: Policy, accounts: Iterable[Login]) -> tuple[str, ...]:
    """The year groups and classes that share a login: an account of pupils that is called as the group is."""
    shared = {each.name for each in accounts if each.role == "pupil" and each.groups == {each.name}}
    names = (*policy.year_groups, *policy.classes)
    return tuple(name for name in names if name in shared)


def follows_its_user(policy: Policy, inventory: Inventory, mac: Mac | None) -> bool:
    """A device of the school that is whoever's sits at it; a phone, a printer or a stranger is nobody's desk."""
    device = inventory.devices.get(mac) if mac is not None else None
    kind = policy.devices.get(device.kind) if device is not None else None
    return kind is not None and kind.segment in BY_PERSON and not kind.pinned


def sign_in_of(policy: Policy, inventory: Inventory, account: Login, mac: Mac, now: datetime) -> SignIn | None:
    """The person of that name, else the shared login's group, else the role; None where the account is nobody here."""
    if PersonId(account.name) in inventory.people:
        return SignIn(mac, now, SOURCE, person=PersonId(account.name))
    if account.role == "pupil":
        known = sorted(each for each in account.groups if policy.year_group_of(each) in policy.year_groups)
        return SignIn(mac, now, SOURCE, year_group=YearGroupId(known[0])) if len(known) == 1 else None
    return SignIn(mac, now, SOURCE, role=account.role) if account.role in policy.roles else None
