"""What the filter's parent is told, and the settings it writes down for each of its workers. ●"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dns_filter.engine import EngineChoice, EngineName
from dns_filter.servers import Server
from dns_filter.sockets import Bound
from dns_filter.worker_settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class EncryptedDns:
    """Where queries are also answered over TLS and HTTPS, with which certificate; `salt` makes ChromeOS' hashes."""

    certificate: Path
    certificate_key: Path
    dot: tuple[str, ...] = ()
    doh: tuple[str, ...] = ()
    name: str = ""
    identifiers: Path | None = None
    salt: str = field(default="", repr=False)
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilterSettings:
    """Where everything is. `key` (hexadecimal) makes pseudonyms; an empty one is drawn anew at each start."""

    table: Path
    names: Path
    acks: Path
    counters: Path
    run: Path
    """For the workers' own settings."""
    log: Path | None = None
    """Directory of the query log; None: nothing is written down but counters."""
    listen: tuple[str, ...] = ("127.0.0.1:5353",)
    upstreams: tuple[str, ...] = ()
    upstream_ca: Path | None = None
    workers: int = 1
    rate_limit: bool = True
    per_second: float = 50.0
    burst: float = 300.0
    key: str = ""
    log_level: str = "domain"
    """How much of an allowed name is written down where its profile says nothing."""
    keep_days: int = 7
    pseudonym_keys: Path | None = None
    counts: Path | None = None
    events: Path | None = None
    log_limit: int = 2 << 30
    forwarders: tuple[str, ...] = ()
    """Addresses of those who are believed when they say for whom they ask."""
    encrypted: EncryptedDns | None = None
    engine: EngineChoice = "auto"
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of `WorkerSettings`."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the filter answers, every port 0 replaced by the one the system chose."""

    plain: tuple[Server, ...]
    dot: tuple[Server, ...] = ()
    doh: tuple[Server, ...] = ()

    def told(self) -> dict[str, list[str]]:
        encrypted = {"dot": self.dot, "doh": self.doh}
        given = {"listen": self.plain, **{name: places for name, places in encrypted.items() if places}}
        return {name: [str(place) for place in places] for name, places in given.items()}


def write_config(
    settings: FilterSettings, number: int, bound: Bound, places: Places, key: str, life: int, engine: EngineName
) -> Path:
    config = WorkerSettings.model_validate(
        {
            "worker": number,
            "table": settings.table.resolve(),
            "names": settings.names.resolve(),
            "acks": settings.acks.resolve(),
            "counters": settings.counters.resolve(),
            "log": _resolved(settings.log),
            "udp": tuple(sock.fileno() for sock in bound.udp),
            "tcp": tuple(sock.fileno() for sock in bound.tcp),
            "life": life,
            "upstreams": settings.upstreams,
            "upstream_ca": settings.upstream_ca.absolute() if settings.upstream_ca else None,
            "rate_limit": settings.rate_limit,
            "per_second": settings.per_second,
            "burst": settings.burst,
            "key": key,
            "log_level": settings.log_level,
            "keep_days": settings.keep_days,
            "pseudonym_keys": _resolved(settings.pseudonym_keys),
            "counts": _resolved(settings.counts),
            "events": _resolved(settings.events),
            "log_limit": settings.log_limit,
            "forwarders": settings.forwarders,
            "encrypted": _encrypted(settings.encrypted, bound, places) if settings.encrypted else None,
            "engine": engine,
            **settings.more,
        }
    )
    path = settings.run / f"filter-worker-{number}.json"
    _write(path, config)
    return path


def without_fast_engine(path: Path) -> bool:
    """Let the worker of this configuration use the reference engine from now on; False where it does already."""
    config = WorkerSettings.model_validate_json(path.read_bytes())
    if config.engine == "reference":
        return False
    _write(path, config.model_copy(update={"engine": "reference"}))
    return True


def _write(path: Path, config: WorkerSettings) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(config.model_dump_json())


def _resolved(path: Path | None) -> Path | None:
    return path.resolve() if path else None


def _encrypted(wanted: EncryptedDns, bound: Bound, places: Places) -> dict[str, Any]:
    """Fields of `EncryptedSettings`."""
    # Links are not resolved: whoever renews a certificate often changes only where a link leads.
    return {
        "dot": tuple(sock.fileno() for sock in bound.dot),
        "doh": tuple(sock.fileno() for sock in bound.doh),
        "dot_at": tuple(map(str, places.dot)),
        "doh_at": tuple(map(str, places.doh)),
        "certificate": wanted.certificate.absolute(),
        "certificate_key": wanted.certificate_key.absolute(),
        "name": wanted.name,
        "identifiers": wanted.identifiers.absolute() if wanted.identifiers else None,
        "salt": wanted.salt,
        "contacts": wanted.contacts,
    }
