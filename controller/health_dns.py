"""A look at what surrounds the filter: certificate, identifiers, response zones, lists that wait, backups. ●"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from controller import backups
from controller.filter_counts import read_counts
from controller.finding import Finding
from controller.home import Home
from controller.lists.keeper import held_back
from controller.settings import Dns, SettingsError, read_settings
from controller.supervisor import leftover
from dns_filter.encrypted.tls_certificate import WARN_AT, covers, read_pair
from dns_filter.engines import chosen
from dns_filter.identity.paths import UnreadablePaths, read_paths
from dns_filter.rpz.keys import KeysError, read_keys

_LATE = timedelta(days=2)


def _encrypted(home: Home, now: datetime) -> Iterator[Finding]:
    dns = _dns(home)
    if dns is None or not dns.encrypted_endpoints:
        return
    path = home.root / dns.certificate
    try:
        pair = read_pair(path, home.root / dns.certificate_key)
    except (OSError, ValueError) as error:
        yield Finding(
            "encrypted DNS", "wrong", f"certificate {path}: {error}", "Until then only plain DNS is answered."
        )
        return
    if dns.name and not covers(pair.names, dns.name):
        text = f"the certificate is for {', '.join(pair.names) or 'no name'}, not for {dns.name}"
        yield Finding("encrypted DNS", "wrong", text, "Give the name it holds for in settings.toml, or another one.")
    days = (pair.ends - now.timestamp()) / 86_400
    if days <= 0:
        yield Finding("encrypted DNS", "wrong", "the certificate has ended", "Renew it; it is taken up by itself.")
    elif days <= WARN_AT[0]:
        yield Finding("encrypted DNS", "warning", f"the certificate ends in {days:.0f} days", "Renew it.")
    else:
        where = ", ".join(map(str, dns.encrypted_endpoints))
        yield Finding("encrypted DNS", "good", f"answered on {where}, certificate good for {days:.0f} days")
    yield from _identifiers(home, dns)


def _identifiers(home: Home, dns: Dns) -> Iterator[Finding]:
    if not dns.identifiers:
        return
    path = home.root / dns.identifiers
    try:
        count = len(read_paths(path.read_bytes(), dns.doh_salt))
    except (OSError, UnreadablePaths) as error:
        yield Finding("identifiers", "wrong", f"{path}: {error}", "Until then the ones read before stay.")
        return
    yield Finding("identifiers", "good", f"{count} paths of devices")


def _response_zones(home: Home, _: datetime) -> Iterator[Finding]:
    try:
        rpz = read_settings(home).rpz
    except SettingsError:
        return
    if not rpz.listen:
        return
    keys = home.root / rpz.keys if rpz.keys else home.filter / "rpz.keys"
    try:
        count = len(read_keys(keys)) if keys.exists() or not rpz.unsigned else 0
    except KeysError as error:
        yield Finding("response zones", "wrong", str(error), "`caretaker rpz key NAME` makes a key.")
        return
    if leftover(home.run, "response-zones") is None:
        yield Finding("response zones", "warning", f"not served on {rpz.listen} now", "Start them: `caretaker up`.")
    else:
        yield Finding("response zones", "good", f"served on {rpz.listen}; {count} keys")


def _lists_that_wait(home: Home, _: datetime) -> Iterator[Finding]:
    try:
        waiting = tuple(held_back(home))
    except ValueError as error:
        yield Finding("lists", "warning", f"the report of the last compiling is damaged: {error}", "It is made anew.")
        return
    for text in waiting:
        yield Finding(
            "lists", "warning", text, "`caretaker lists diff NAME` shows it; `caretaker lists accept` takes it."
        )


def _engine(home: Home, _: datetime) -> Iterator[Finding]:
    dns = _dns(home)
    notes = {each.worker: each.numbers.get("fast_engine") for each in read_counts(home.filter / "counters")}
    slow = ", ".join(worker for worker, fast in notes.items() if not fast)
    if dns is None or not notes:
        return
    if not slow:
        yield Finding("engine", "good", "every worker has the fast engine")
    elif dns.engine == "reference":
        yield Finding("engine", "good", "the reference engine, as the settings say")
    elif why := chosen("auto")[1]:
        yield Finding("engine", "good", f"the reference engine: {why}")
    else:
        text = f"workers {slow} have the reference engine, and the fast one is there"
        yield Finding("engine", "warning", text, f"{home.log} says why; a restart of the filter tries again.")


def _backups(home: Home, now: datetime) -> Iterator[Finding]:
    if not home.database.exists():
        return
    newest = backups.newest(home)
    if newest is None:
        yield Finding("backups", "warning", "none has been made yet", "The controller makes one every night.")
    elif now.date() - newest > _LATE:
        text = f"the newest is of {newest}"
        yield Finding("backups", "wrong", text, f"Is the controller running, and is there room? See {home.log}.")
    else:
        yield Finding("backups", "good", f"the newest is of {newest}")


def _dns(home: Home) -> Dns | None:
    """None where the settings cannot be read; who looks at them says so."""
    try:
        return read_settings(home).dns
    except SettingsError:
        return None


LOOKS: tuple[Callable[[Home, datetime], Iterator[Finding]], ...] = (
    _encrypted,
    _response_zones,
    _engine,
    _lists_that_wait,
    _backups,
)
