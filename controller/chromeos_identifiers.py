"""The filter's file of identifiers, made from the school's list of them and the devices that are registered. ●

The school's list is `chromeos_identifiers.csv` in its folder: `device,identifier`, a device's MAC or its name in
devices.csv, and what ChromeOS puts into its path (a serial number or an asset id). Only registered devices get a path.
The filter hashes an identifier with the salt, as ChromeOS does: see `dns_filter/identity/paths.py`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from controller.home import Home
from dns_filter.durable import write_durably
from dns_filter.identity.paths import COLUMNS
from inventory.csv_file import MAX_BYTES, CellProblem, text_of
from inventory.model import Admission, Inventory, Mac, parse_mac

SOURCE, MADE = "chromeos_identifiers.csv", "identifiers.csv"
AGAIN = timedelta(minutes=1)
"""Between two looks at who is registered, while the list itself stays as it is."""


class IdentifierFile:
    """Writes `state/filter/identifiers.csv` when list or devices changed. `problem` is empty where all is well."""

    def __init__(self, home: Home, inventory: Callable[[], Inventory]) -> None:
        self._source, self._made, self._inventory = home.root / SOURCE, home.filter / MADE, inventory
        self._raw = b""
        self._looked: datetime | None = None
        self.problem = ""

    def turn(self, now: datetime) -> None:
        """A list with a mistake, or one that was taken away, leaves the file as it is. Raises StoreError or OSError."""
        if not self._source.is_file():
            return
        with self._source.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if self._looked is not None and raw == self._raw and now - self._looked < AGAIN:
            return
        self._raw, self._looked = raw, now
        try:
            made = identifiers(raw, self._inventory()).encode()
        except CellProblem as problem:
            self.problem = f"{self._source}: {problem}"
            return
        self.problem = ""
        if not self._made.is_file() or self._made.read_bytes() != made:
            write_durably(self._made, (made,), mode=0o640)


def identifiers(raw: bytes, inventory: Inventory) -> str:
    """The filter's file. Raises CellProblem: the line, and what was expected there."""
    if len(raw) > MAX_BYTES:
        raise CellProblem("", f"expected at most {MAX_BYTES >> 20} MiB")
    known = {mac: device for mac, device in inventory.devices.items() if device.admission is Admission.REGISTERED}
    names: dict[str, list[Mac]] = {}
    for mac, device in known.items():
        names.setdefault(device.name, []).append(mac)
    rows = []
    for line, called, identifier in _rows(raw):
        if len(found := _macs(called, names)) > 1:
            raise CellProblem(f"line {line}", f"several devices are called {called!r}; expected the MAC of one")
        rows += [[mac, identifier, ""] for mac in found if mac in known]
    out = io.StringIO(newline="")
    # A program reads it, no spreadsheet: an identifier must stay as it is, even one that looks like a formula.
    csv.writer(out, lineterminator="\n").writerows((COLUMNS, *rows))
    return out.getvalue()


def _rows(raw: bytes) -> Iterator[tuple[int, str, str]]:
    if not raw.strip():
        raise CellProblem("line 1", f"expected the columns {','.join(COLUMNS[:2])}")
    try:
        reader = csv.reader(io.StringIO(text_of(raw)), strict=True)
        for number, cells in enumerate(reader):
            row = [cell.strip() for cell in cells]
            if number == 0 and row != COLUMNS[:2]:
                raise CellProblem("line 1", f"expected the columns {','.join(COLUMNS[:2])}")
            if number and any(row):
                if len(row) != 2 or not all(row) or not all(map(str.isprintable, row)):
                    raise CellProblem(f"line {reader.line_num}", "expected a device and its identifier")
                yield reader.line_num, row[0], row[1]
    except csv.Error as error:
        raise CellProblem("", f"expected CSV: {error}") from error


def _macs(called: str, names: Mapping[str, list[Mac]]) -> list[Mac]:
    try:
        return [parse_mac(called)]
    except ValueError:
        return names.get(called, [])
