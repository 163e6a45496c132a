"""The makers of devices by their MACs, from the school's list of the IEEE or Debian's; read again when it changed. ●"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import structlog

from inventory.oui import UnreadableRegistry, Vendors
from inventory.oui_files import FILES, read_vendors, registry_folder

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class VendorLists:
    """`own` is the school's folder `state/oui`; without any list nobody has a maker."""

    own: Path
    _stamp: tuple[str, int] | None = field(default=None)
    _vendors: Vendors = field(default_factory=Vendors)

    def vendors(self) -> Vendors:
        """A list that cannot be read is refused whole; the last good one stays."""
        place = registry_folder(self.own)
        stamp = (str(place), (place / FILES[0]).stat().st_mtime_ns) if place else None
        if stamp != self._stamp:
            try:
                self._vendors = read_vendors(self.own)
            except (UnreadableRegistry, OSError) as error:
                log.warning("list of makers refused", problem=str(error))
            self._stamp = stamp
        return self._vendors
