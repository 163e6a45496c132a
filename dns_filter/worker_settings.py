"""What the parent tells a worker: one JSON file, readable by its owner alone."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from dns_filter.engine import EngineName
from dns_filter.model import LogLevel, Published


class EncryptedSettings(Published):
    """Listeners for DNS over TLS and over HTTPS. `dot`, `doh`: descriptors of listening sockets handed down."""

    dot: tuple[int, ...] = ()
    doh: tuple[int, ...] = ()
    dot_at: tuple[str, ...] = ()
    """Where these are: `10.10.0.2:853`."""
    doh_at: tuple[str, ...] = ()
    certificate: Path
    certificate_key: Path
    name: str = ""
    """The host name that clients check the certificate for; empty: the certificate's first."""
    identifiers: Path | None = None
    """Which DoH path stands for which device, as `identity_paths` reads it."""
    salt: str = Field(default="", repr=False)
    contacts: tuple[str, ...] = ()
    """URIs of whom to ask about a block, for clients that can show them."""


class WorkerSettings(Published):
    """`udp`, `tcp`: descriptors of bound sockets that the parent hands down. They outlive a worker that dies."""

    worker: int
    table: Path
    names: Path
    acks: Path
    counters: Path
    log: Path | None = None
    udp: tuple[int, ...] = ()
    tcp: tuple[int, ...] = ()
    life: int | None = None
    """Descriptor of a pipe that ends when the parent dies."""
    upstreams: tuple[str, ...] = ()
    upstream_ca: Path | None = None
    """PEM: the authorities of encrypted upstreams, in place of the machine's own."""
    per_second: float = Field(default=50.0, gt=0)
    burst: float = Field(default=300.0, ge=1)
    rate_limit: bool = True
    key: str
    """Keys the pseudonyms of the query log and the `why` tokens; hexadecimal."""
    log_level: LogLevel = "domain"
    keep_days: int = Field(default=7, ge=0)
    pseudonym_keys: Path | None = None
    """Folder of the keys of pseudonyms, one for each term; None: `key` at all times."""
    counts: Path | None = None
    """Where the hourly counts are kept; None: nowhere."""
    events: Path | None = None
    """Where safeguarding events are kept; None: nowhere."""
    log_limit: int = Field(default=2 << 30, ge=1 << 20)
    """Octets of all days of the query log together."""
    cache_limit: int = 16 << 20
    memo_limit: int = 38 << 20
    forwarders: tuple[str, ...] = ()
    """Addresses of those who are believed when they say for whom they ask (PROXY protocol, EDNS options)."""
    encrypted: EncryptedSettings | None = None
    engine: EngineName = "reference"
    """What the parent has chosen for it."""
