"""Block lists on the disk: fetched, and compiled into the table in force, as `disk_writers.py` looks at a writer. ●"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from controller.lists.fetch import Fetcher
from controller.lists.fetch_kept import Kept, content_of
from controller.lists.fetch_wire import Reach
from controller.policy import ListSource
from dns_filter import compile_lists
from dns_filter.generations import open_current
from dns_filter.names import to_wire

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GAMES = ListSource(name="games", category="games", url="https://lists.example/games.txt")


def nowhere() -> Reach:
    raise AssertionError("nothing is fetched over a wire here")


def listed(number: int) -> bytes:
    return "".join(f"game-{each}.example\n" for each in range(number)).encode()


class Compiled:
    """Lists compiled into the next table of names; the table in force stays where that goes wrong."""

    files = (
        "names/names-*.table",
        "names/current.json",
        "names/report.json",
        "names/.lock",
        "names/lists",
        "names/lists/games.good*",
        "[1-9].txt",
        "[1-9].json",
    )

    def prepare(self, folder: Path) -> None:
        for number in range(1, 5):
            sources = [{"name": "games", "path": f"{number}.txt", "category": "games"}]
            (folder / f"{number}.txt").write_bytes(listed(100 + number))
            (folder / f"{number}.json").write_text(json.dumps({"sources": sources}))
        assert self._compile(folder, 1) == ""

    def write(self, folder: Path, say: Callable[[str, str], None]) -> None:
        for number in (2, 3):
            words = self._compile(folder, number)
            say("refused", words) if words else say("kept", str(number))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        # The names of a list are one more in each version.
        with open_current(folder / "names") as table:
            last = [number for number in range(1, 4) if table.knows(to_wire(f"game-{99 + number}.example"))]
            assert max(last) >= max(map(int, kept), default=1)
            assert last == list(range(1, max(last) + 1))
        assert self._compile(folder, 4) == ""
        with open_current(folder / "names") as table:
            assert table.knows(to_wire("game-103.example"))

    def _compile(self, folder: Path, number: int) -> str:
        """What its parent hears where the list is not in force: why nothing was compiled, or the name of the list that
        could not be read and in whose place the last good one stays. Empty where it is."""
        errors, told = io.StringIO(), io.StringIO()
        with redirect_stderr(errors), redirect_stdout(told):
            status = compile_lists.main([str(folder / f"{number}.json"), str(folder / "names")])
        if status:
            return errors.getvalue()
        return ", ".join(json.loads(told.getvalue().splitlines()[-1])["troubled"])


@dataclass(frozen=True, slots=True)
class Downloaded(Fetcher):
    """As if the source had just answered with these octets."""

    octets: bytes = b""

    def _asked(self, source: ListSource, kept: Kept | None, now: datetime) -> Kept:
        return self._taken(source, httpx2.Response(200, stream=httpx2.ByteStream(self.octets)), now)


class Fetched:
    """A list as it came from its source; the last good one stays where that goes wrong."""

    files = ("games/state.json", "games/*[0-9a-f]", ".games.lock")

    def prepare(self, folder: Path) -> None:
        assert self._fetch(folder, 1) == ""

    def write(self, folder: Path, say: Callable[[str, str], None]) -> None:
        for number in (2, 3):
            words = self._fetch(folder, number)
            say("refused", words) if words else say("kept", str(number))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        content = content_of(folder, "games")
        assert content is not None
        assert content.read_bytes().count(b"\n") >= 100 + max(map(int, kept), default=1)
        assert content.read_bytes() in [listed(100 + number) for number in (1, 2, 3)]
        assert self._fetch(folder, 4) == ""

    def _fetch(self, folder: Path, number: int) -> str:
        fetcher = Downloaded(folder, nowhere, octets=listed(100 + number))
        try:
            return fetcher.fetch(GAMES, NOON).problem
        except OSError as error:
            return f"lists cannot be kept: {error}"
