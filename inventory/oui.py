"""Who made a device: the longest match of its MAC in the public lists of the IEEE, 36, 28 or 24 bits. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from inventory.model import Mac, is_randomised

LENGTHS = (9, 7, 6)
"""Hexadecimal digits of MA-S and IAB (36 bits), MA-M (28) and MA-L (24), the longest first."""
HEADER = ["Registry", "Assignment", "Organization Name"]
MAX_BYTES = 32 * 1024 * 1024
LONGEST_NAME = 100


class UnreadableRegistry(Exception):
    """The file is not a list of the IEEE registration authority; the message says file, line and what was expected."""


@dataclass(frozen=True, slots=True)
class Vendors:
    """Assignment in upper-case hexadecimal digits -> organisation."""

    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, mac: Mac) -> str | None:
        """None for a randomised MAC, whatever it looks like, and for one that nobody was given."""
        if is_randomised(mac):
            return None
        digits = mac.replace(":", "").upper()
        return next((self.names[digits[:n]] for n in LENGTHS if digits[:n] in self.names), None)


def read_registry(raw: bytes, file: str) -> Mapping[str, str]:
    """One of `oui.csv`, `mam.csv`, `oui36.csv`, `iab.csv`. Refused whole: raises UnreadableRegistry.

    An assignment that stands there twice (the IEEE lists a few) keeps its first owner.
    """
    if len(raw) > MAX_BYTES:
        raise UnreadableRegistry(f"{file}: expected at most {MAX_BYTES // 1024 // 1024} MiB")
    try:
        rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
        header = next(rows, [])
        if header[:3] != HEADER:
            raise UnreadableRegistry(f"{file}:1: expected the columns {', '.join(HEADER)} of the IEEE's list")
        return _assignments(rows, file)
    except UnicodeDecodeError as error:
        raise UnreadableRegistry(f"{file}: expected UTF-8 (octet {error.start})") from error
    except csv.Error as error:
        raise UnreadableRegistry(f"{file}: expected whole rows ({error})") from error


def _assignments(rows: Iterable[list[str]], file: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line, row in enumerate(rows, 2):
        if not row:
            continue
        digits = row[1].strip().upper() if len(row) > 2 else ""
        if len(digits) not in LENGTHS or digits.strip("0123456789ABCDEF"):
            raise UnreadableRegistry(f"{file}:{line}: expected an assignment of 6, 7 or 9 hexadecimal digits")
        # The name is shown to people: no control characters, and no novel.
        name = " ".join("".join(c if c.isprintable() else " " for c in row[2]).split())[:LONGEST_NAME]
        found.setdefault(digits, name or "Private")
    if not found:
        raise UnreadableRegistry(f"{file}: expected at least one assignment")
    return found


def joined(registries: Iterable[Mapping[str, str]]) -> Vendors:
    names: dict[str, str] = {}
    for registry in registries:
        for digits, name in registry.items():
            names.setdefault(digits, name)
    return Vendors(MappingProxyType(names))
