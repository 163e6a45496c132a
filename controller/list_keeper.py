"""Keeps the compiled domain table in step with the lists that the policy names, by a child process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from controller.home import Home
from controller.policy import ListSource, Policy
from dns_filter.domain_table import DomainTable
from dns_filter.generations import open_current, read_current

MOST_LOOKS = 60
"""Looks that pass at most before a compilation that failed is tried again."""


class ListsFailed(Exception):
    """The child that compiles the lists ended badly; the last good table stays in force."""


def further_lists(options: Iterable[str]) -> tuple[ListSource, ...]:
    """Lists named on the command line as CATEGORY=PATH. Raises ValueError saying which one is wrong."""
    return tuple(_option(number, text) for number, text in enumerate(options, 1))


def _option(number: int, text: str) -> ListSource:
    category, equals, path = text.partition("=")
    if not equals or not path or not Path(path).expanduser().exists():
        raise ValueError(f"--list {text[:200]}: expected CATEGORY=PATH with a path that exists")
    return ListSource(name=f"option-{number}", category=category, path=str(Path(path).expanduser().resolve()))


def manifest(policy: Policy, root: Path, further: Sequence[ListSource] = ()) -> Mapping[str, Any]:
    """The sources for the compiler; paths of the policy are relative to the policy file's folder `root`."""
    kept = [source for source in (*policy.lists, *further) if source.path is not None]
    return {
        "sources": [
            {
                "name": source.name,
                "category": source.category,
                "path": str((root / str(source.path)).resolve()),
                "format": source.format,
                "licence": source.licence,
            }
            for source in kept
        ]
    }


def fingerprint(wanted: Mapping[str, Any]) -> str:
    """Changes whenever the manifest or a file it names does: name, size and time of each."""
    stamps = [(path, *_stamp(Path(path))) for source in wanted["sources"] for path in _files(Path(source["path"]))]
    return json.dumps([wanted, stamps], sort_keys=True)


def _files(path: Path) -> list[str]:
    return sorted(map(str, path.glob("*/domains*"))) if path.is_dir() else [str(path)]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (stat.st_size, stat.st_mtime_ns)


def compile_names(home: Home, wanted: Mapping[str, Any], tell: Callable[[str], None] = lambda _: None) -> bool:
    """Compile where something changed since the last time. True where a new table came of it.

    Raises ListsFailed with the child's last words; what was in force stays in force.
    """
    mark, note = fingerprint(wanted), home.names / "compiled-from.json"
    if home.current_names.is_file() and note.is_file() and note.read_text() == mark:
        return False
    path = home.names / "manifest.json"
    path.write_text(json.dumps(wanted, indent=1))
    words = (sys.executable, "-P", "-m", "dns_filter.compile_lists", str(path), str(home.names))
    # Both outputs on one pipe: read one after the other, a child with much to say on the second would wait for ever.
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        last_words = deque[str](maxlen=20)
        for line in child.stdout or ():
            tell(line.rstrip())
            if not line.startswith("{"):
                last_words.append(line)
    if child.returncode != 0:
        raise ListsFailed("".join(last_words).strip()[-500:] or f"status {child.returncode}")
    note.write_text(mark)
    return True


class ListKeeper:
    """The compiled domain table of one school: compiled again when a list changes, opened for explain."""

    def __init__(self, home: Home, further: Sequence[ListSource] = (), root: Path | None = None) -> None:
        """`root` is the folder from which the policy's paths are meant; left out: the home."""
        self._home, self._further, self._root = home, further, root or home.root
        self._open: tuple[str, DomainTable] | None = None
        self._lock = threading.Lock()
        self._failures, self._looks_left = 0, 0
        self.problem = ""
        """Why the last compilation failed; empty when it did not."""

    def refresh(self, policy: Policy, tell: Callable[[str], None] = lambda _: None) -> bool:
        """Compile what changed. A failure is kept in `problem`; the last good table stays in force."""
        if self._looks_left > 0:
            self._looks_left -= 1
            return False
        try:
            compiled = compile_names(self._home, manifest(policy, self._root, self._further), tell)
        except (ListsFailed, OSError) as error:
            self.problem, self._failures = str(error), self._failures + 1
            # What failed now would fail at the next look too, and costs a core each time.
            self._looks_left = min(2**self._failures, MOST_LOOKS)
            return False
        self.problem, self._failures = "", 0
        return compiled

    def names(self) -> DomainTable | None:
        """The table in force, None where no list has been compiled yet."""
        current = read_current(self._home.names)
        with self._lock:
            if current is None:
                return None
            if self._open is None or self._open[0] != current.file:
                self._open = (current.file, open_current(self._home.names))
            return self._open[1]
