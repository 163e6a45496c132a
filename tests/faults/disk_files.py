"""Files that are replaced whole, as `disk_writers.py` looks at a writer: tables, serials, the policy, host keys. ●"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

from controller import publish, table_history
from controller.api.candidate import put_in_place, write_beside
from controller.store import StoreError
from device_drivers.host_keys import HostKey, recorded, remember
from dns_filter import table_file
from dns_filter.model import FilterTable
from dns_filter.rpz.serials import Serials
from tests.controller.school import POLICY
from tests.dns_filter.school import NINE, table

Say = Callable[[str, str], None]


class Tables:
    """The filter's table, the one before it, and the past of it."""

    files = ("table.json", "table.previous.json", "history/table-*.json.gz")

    def prepare(self, folder: Path) -> None:
        self.write(folder, lambda *_: None, range(1, 3))

    def write(self, folder: Path, say: Say, epochs: Sequence[int] = range(3, 5)) -> None:
        for epoch in epochs:
            made = table(epoch, made_at=NINE + epoch)
            try:
                publish.publish(folder / "table.json", made)
                say("kept", str(epoch))
                table_history.keep(folder / "history", made, POLICY)
                say("kept", f"history {epoch}")
            except OSError as error:
                say("refused", str(error))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        epochs = [int(each) for each in kept if each.isdigit()]
        in_force = table_file.read(folder / "table.json").epoch
        assert max(epochs, default=2) <= in_force <= 4
        assert table_file.read(table_file.previous(folder / "table.json")).epoch <= in_force
        past = [
            FilterTable.model_validate_json(gzip.decompress(each.read_bytes()), strict=False).epoch
            for each in folder.glob("history/table-*.gz")
        ]
        assert {1, 2, *(int(each.split()[1]) for each in kept if not each.isdigit())} <= set(past)
        self.write(folder, lambda *_: None, range(5, 6))


class Numbers:
    """The serials of response zones: they never go back."""

    files = ("serials.json",)

    def prepare(self, folder: Path) -> None:
        self._next(folder, 1)

    def write(self, folder: Path, say: Say) -> None:
        for number in range(2, 5):
            try:
                say("kept", str(self._next(folder, number)))
            except OSError as error:
                say("refused", str(error))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        assert self._next(folder, 9) > max(map(int, kept), default=1)

    def _next(self, folder: Path, content: int) -> int:
        serials = Serials(folder / "serials.json")
        serial = serials.serial("zone", str(content), 1.0)
        serials.keep()
        return serial


class PolicyFile:
    """An earlier or a staged policy that becomes the policy file; the one before stays beside it."""

    files = ("school.yaml", "school.before")

    def prepare(self, folder: Path) -> None:
        self._put(folder, 1)

    def write(self, folder: Path, say: Say) -> None:
        for number in (2, 3):
            try:
                self._put(folder, number)
                say("kept", str(number))
            except (StoreError, OSError) as error:
                say("refused", str(error))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        whole = {self._text(number): number for number in (1, 2, 3)}
        assert whole[(folder / "school.yaml").read_text()] >= max(map(int, kept), default=1)
        assert not (folder / "school.before").exists() or (folder / "school.before").read_text() in whole
        self._put(folder, 4)

    def _put(self, folder: Path, number: int) -> None:
        put_in_place(write_beside(folder / "school.yaml", self._text(number)), folder / "school.yaml")

    def _text(self, number: int) -> str:
        return f"policy {number}\n" * 5000


class HostKeys:
    """The keys of switches that were enrolled."""

    files = ("known_hosts",)

    def prepare(self, folder: Path) -> None:
        self._remember(folder, 1)

    def write(self, folder: Path, say: Say) -> None:
        for number in (2, 3):
            try:
                self._remember(folder, number)
                say("kept", str(number))
            except OSError as error:
                say("refused", str(error))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        for number in (1, *map(int, kept)):
            assert recorded(folder / "known_hosts", f"10.0.0.{number}", 22) is not None
        self._remember(folder, 4)

    def _remember(self, folder: Path, number: int) -> None:
        remember(folder / "known_hosts", HostKey("SHA256:x", f"10.0.0.{number} ssh-ed25519 AAAA"))
