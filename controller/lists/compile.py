"""Compiling lists in a child process: a large one costs the controller neither memory nor time. ●"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from controller.home import Home
from controller.lists.manifest import MANIFEST, fingerprint

Tell = Callable[[float, str], None]
"""Share done, 0 to 1, and the list at hand."""


class ListsFailed(Exception):
    """The child that compiles the lists ended badly; the last good table stays in force."""


def compile_names(
    home: Home,
    wanted: Mapping[str, Any],
    tell: Tell = lambda *_: None,
    *,
    anew: bool = False,
    accept: Iterable[str] = (),
) -> bool:
    """Compile where something changed since the last time, or `anew`. True where the compiler ran.

    `accept` are versions, LIST@VERSION, that a person has looked at. Only one at a time: under `list_fetch_kept.alone`.
    Raises ListsFailed with the child's last words; what was in force stays in force.
    """
    mark, note = fingerprint(wanted), home.names / "compiled-from.json"
    if not anew and home.current_names.is_file() and note.is_file() and note.read_text() == mark:
        return False
    path = home.names / MANIFEST
    path.write_text(json.dumps(wanted, indent=1))
    options = [word for version in accept for word in ("--accept", version)]
    words = (sys.executable, "-P", "-m", "dns_filter.compile_lists", str(path), str(home.names), *options)
    # Both outputs on one pipe: read one after the other, a child with much to say on the second would wait for ever.
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        last_words = deque[str](maxlen=20)
        for line in child.stdout or ():
            if line.startswith("{"):
                _tell(tell, line)
            else:
                last_words.append(line)
    if child.returncode != 0:
        raise ListsFailed("".join(last_words).strip()[-500:] or f"status {child.returncode}")
    note.write_text(mark)
    return True


def _tell(tell: Tell, line: str) -> None:
    told = json.loads(line)
    if "progress" in told:
        tell(told["progress"], told["list"])
