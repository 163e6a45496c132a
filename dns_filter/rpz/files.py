"""Every zone as a master file in a directory, for resolvers that read files and subscribe to nothing. ●"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dns_filter.durable import write_durably
from dns_filter.model import Name
from dns_filter.names import to_text
from dns_filter.rpz.edition import Edition
from dns_filter.rpz.text import master_file


def write_zones(directory: Path, editions: Mapping[Name, Edition]) -> None:
    """Each is there whole, the old one or the new one, as `ZONE.zone`. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    for zone, edition in editions.items():
        lines = (line.encode() for line in master_file(zone, edition, rewrites=False))
        # A zone's labels hold letters, digits and what a profile is called; a slash would be another directory.
        write_durably(directory / f"{to_text(zone).replace('/', '_')}.zone", lines, mode=0o644)
