"""The IEEE's lists on the disk: the school's own, else those of Debian's package `ieee-data`. ●"""

from __future__ import annotations

from pathlib import Path

from inventory.oui import Vendors, joined, read_registry

FILES = ("oui.csv", "mam.csv", "oui36.csv", "iab.csv")
DEBIAN = Path("/usr/share/ieee-data")


def registry_folder(own: Path) -> Path | None:
    """The folder that has `oui.csv`; None where the school has no list at all."""
    return next((place for place in (own, DEBIAN) if (place / FILES[0]).is_file()), None)


def read_vendors(own: Path) -> Vendors:
    """Raises UnreadableRegistry or OSError. Without any list nobody has a vendor."""
    place = registry_folder(own)
    if place is None:
        return Vendors()
    paths = (place / name for name in FILES)
    return joined(read_registry(path.read_bytes(), str(path)) for path in paths if path.is_file())
