"""Checking the filter of one school: read what it goes by, ask, keep the record, raise alarms. ●"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from controller.accounts import SYSTEM
from controller.addresses import Endpoint, endpoint
from controller.check_filter.alarms import raise_alarms
from controller.check_filter.kept import keep, last
from controller.check_filter.outcome import Run
from controller.check_filter.own_rules import asked_of, lapsed
from controller.check_filter.run import NODE, Checked, Tell, check
from controller.check_filter.signed import own_key, sign
from controller.compile import compile_intent
from controller.home import Home
from controller.local_access import dns_places
from controller.policy.file import parse, read
from controller.settings import Settings, read_settings
from controller.site_parts import filters_of
from controller.store import Store

MOST_LAPSED = 2000
"""The newest rules, ended ones among them, that are looked at for having lapsed."""
UNCHECKED = timedelta(days=31)
"""How far the first check looks back."""


@dataclass(frozen=True, slots=True)
class Told:
    """A check that was kept, the one before it, and where the record lies."""

    run: Run
    before: Run | None
    path: Path


def check_school(home: Home, server: Endpoint | None, now: datetime, tell: Tell = lambda *_: None) -> Told:
    """`server`: the filter to ask; left out, where the settings say that it listens.

    Raises SettingsError, PolicyError, StoreError, OSError or ValueError with what is in the way.
    """
    settings = read_settings(home)
    with Store.open(settings.database_url(home)) as store:
        before = last(home.checks, NODE, now)
        by = _checked(home, settings, store, now, before.at if before else now - UNCHECKED)
        run = check(by, server or _listener(home, settings), now, before, tell)
        path = keep(home.checks, sign(run, own_key(home.check_key)))
        _record(store, run, path, now)
    return Told(run, before, path)


def _checked(home: Home, settings: Settings, store: Store, now: datetime, since: datetime) -> Checked:
    """By the policy that is in force, which a bad file beside it does not change."""
    last_good = store.last_policy()
    loaded = parse(last_good[0], str(home.policy)) if last_good else read(home.policy)
    policy, inventory, windows = loaded.policy, store.inventory(), store.windows(now, now)
    intent = compile_intent(policy, inventory, windows, now, 0, filters=filters_of(settings))
    ended = lapsed(store.site_rules(MOST_LAPSED, ended=True), since, now)
    own = asked_of(policy, inventory.site_rules, now)
    return Checked(policy, loaded.sha256, intent, home.table, home.names, own, tuple(ended))


def _listener(home: Home, settings: Settings) -> Endpoint:
    """Where a process of this machine reaches the filter by IPv4, from addresses that only it has."""
    for place in [endpoint(text) for text in dns_places(home)] or settings.dns.endpoints:
        address = ip_address(place.host)
        if address.version == 4:
            return Endpoint("127.0.0.1" if address.is_unspecified else place.host, place.port)
        if address.is_unspecified:  # Linux takes IPv4 there as well
            return Endpoint("127.0.0.1", place.port)
    raise ValueError("the filter listens on no IPv4 address of this machine: name one with --server")


def _record(store: Store, run: Run, path: Path, now: datetime) -> None:
    found = {"asked": run.asked, "findings": len(run.findings), "good": run.good, "record": path.name}
    store.record(SYSTEM, "filter.check", run.where, found, now)
    raise_alarms(store, run, now)
