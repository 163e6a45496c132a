"""What the parent tells a worker: one JSON file, readable by its owner alone."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from dns_filter.model import Published


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
    per_second: float = Field(default=50.0, gt=0)
    burst: float = Field(default=300.0, ge=1)
    rate_limit: bool = True
    key: str
    """Keys the pseudonyms of the query log and the `why` tokens; hexadecimal."""
    allowed_names: Literal["registrable-domain", "full", "off"] = "registrable-domain"
    keep_days: int = Field(default=7, ge=1)
    cache_limit: int = 64 << 20
    memo_limit: int = 64 << 20
