"""What the filter's parent process is told: from a school's settings, or from a command line alone. ●"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from controller import resolvers
from controller.addresses import endpoint
from controller.home import Home
from controller.logging_rules import log_days, usual_level
from controller.policy import Policy, Privacy
from controller.policy.file import PolicyError, read
from controller.settings import Dns, SettingsError, overruled, read_settings
from dns_filter.engine import EngineChoice
from dns_filter.parent import EncryptedDns, FilterSettings
from dns_filter.upstream_tls import trusting


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `caretaker dns`; empty where nothing was said."""

    listen: tuple[str, ...] = ()
    upstreams: tuple[str, ...] = ()
    workers: int | None = None
    query_log: bool = True
    rate_limit: bool = True
    dot: tuple[str, ...] = ()
    doh: tuple[str, ...] = ()
    certificate: str = ""
    certificate_key: str = ""
    forwarders: tuple[str, ...] = ()
    upstream_ca: str = ""
    engine: EngineChoice | Literal[""] = ""

    def encrypted(self, kept: Dns) -> Dns:
        """The settings with what the command line says in their place. Raises SettingsError."""
        names = ("dot", "doh", "certificate", "certificate_key", "forwarders", "upstreams", "upstream_ca", "engine")
        return overruled(kept, {name: getattr(self, name) for name in names})


def settings_of_school(home: Home, asked: Asked) -> FilterSettings:
    """Settings file and environment, overruled by the command line. Raises SettingsError."""
    kept = asked.encrypted(read_settings(home).dns)
    privacy = _privacy_of(home)
    return _settings(
        home,
        asked,
        listen=asked.listen or tuple(map(str, kept.endpoints)),
        workers=asked.workers or kept.worker_count,
        privacy=privacy,
        kept=kept,
    )


def settings_alone(home: Home, asked: Asked, policy: Policy) -> FilterSettings:
    """From the command line alone. Raises SettingsError."""
    return _settings(
        home,
        asked,
        kept=asked.encrypted(Dns()),
        listen=asked.listen or ("127.0.0.1:5353",),
        workers=asked.workers or os.cpu_count() or 1,
        privacy=policy.privacy,
    )


def _settings(
    home: Home,
    asked: Asked,
    *,
    kept: Dns,
    listen: tuple[str, ...],
    workers: int,
    privacy: Privacy,
) -> FilterSettings:
    return FilterSettings(
        table=home.table,
        names=home.names,
        acks=home.acks,
        counters=home.filter / "counters",
        run=home.run,
        log=home.query_log if asked.query_log else None,
        listen=tuple(str(endpoint(place)) for place in listen),
        upstreams=kept.upstreams or tuple(map(str, resolvers.of_machine())),
        upstream_ca=_authorities(home, kept),
        workers=workers,
        rate_limit=asked.rate_limit,
        key=_key(home.filter / "key"),
        log_level=usual_level(privacy),
        keep_days=log_days(privacy),
        pseudonym_keys=home.pseudonym_keys,
        counts=home.counts if asked.query_log else None,
        events=home.events if asked.query_log else None,
        log_limit=kept.query_log_mib << 20,
        forwarders=kept.forwarders,
        encrypted=_encrypted(home, kept) if kept.dot or kept.doh else None,
        engine=kept.engine,
    )


def _authorities(home: Home, kept: Dns) -> Path | None:
    """Read once here: a worker could only write it into the log, and ask nobody. Raises SettingsError."""
    if not kept.upstream_ca:
        return None
    path = home.root / kept.upstream_ca
    try:
        trusting(path)
    except OSError as error:
        expected = "expected a PEM file of certificate authorities"
        raise SettingsError([f"dns.upstream_ca: {path}: {error.strerror or error}; {expected}"]) from error
    return path


def _encrypted(home: Home, kept: Dns) -> EncryptedDns:
    return EncryptedDns(
        certificate=home.root / kept.certificate,
        certificate_key=home.root / kept.certificate_key,
        dot=kept.dot,
        doh=kept.doh,
        name=kept.name,
        identifiers=home.root / kept.identifiers if kept.identifiers else None,
        salt=kept.doh_salt,
        contacts=kept.contacts,
    )


def _privacy_of(home: Home) -> Privacy:
    """A broken policy file must not keep the filter from starting: the strictest of what could stand there."""
    try:
        return read(home.policy).policy.privacy
    except PolicyError:
        return Privacy(query_log=timedelta(days=1))


def _key(path: Path) -> str:
    """The key of pseudonyms and tokens, made once: a restart must not give every device another name."""
    if kept := _kept_key(path):
        return kept
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, trial = tempfile.mkstemp(dir=path.parent, prefix=".key.")
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(16))
        file.flush()
        os.fsync(file.fileno())
    try:
        # Whole or not at all; where another process was first, its key counts.
        os.link(trial, path)
    except FileExistsError:
        if not _kept_key(path):
            Path(trial).replace(path)
    finally:
        Path(trial).unlink(missing_ok=True)
    return _kept_key(path)


def _kept_key(path: Path) -> str:
    """Empty where there is none, or none that is whole."""
    try:
        text = path.read_text(errors="replace").strip()
    except FileNotFoundError:
        return ""
    return text if re.fullmatch("[0-9a-f]{32}", text) else ""
