"""How this program is called again: for the commands that it prints for people to copy. ●"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from controller.commands.remote import find_home


def command(words: str, home: Path) -> str:
    """A whole command line about the school in `home`: `.venv/bin/caretaker windows list --home /srv/ash-lane`."""
    whose = "" if find_home().resolve() == home.resolve() else f" --home {shlex.quote(str(home))}"
    return f"{_called()} {words}{whose}"


def _called() -> str:
    """As it was called now, from where we are."""
    script = Path(sys.argv[0])
    if script.name != "caretaker" or not script.is_file():
        return "caretaker"
    near = os.path.relpath(script)
    return shlex.quote(str(script) if near.startswith("..") else near)
