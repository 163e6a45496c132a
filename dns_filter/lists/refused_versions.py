"""Versions of lists that a person went back from: they are not taken again until somebody accepts them. ●"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dns_filter.durable import write_durably

_REMEMBERED = 20
"""Versions of one list; a source that brings back one that is older than these starts anew."""
_FILE = "refused.json"
_Shape = TypeAdapter(dict[str, list[str]])


class DamagedRefusals(OSError):
    """The text names the file. Reading it as empty would bring back what a person has put away."""


def refused(names_dir: Path) -> Mapping[str, frozenset[str]]:
    """Versions by the list's name. Raises DamagedRefusals."""
    return {name: frozenset(versions) for name, versions in _read(names_dir).items()}


def refuse(names_dir: Path, versions: Mapping[str, str]) -> None:
    """One write for all of them: after a crash either every list has gone back or none."""
    known = _read(names_dir)
    for name, version in versions.items():
        known[name] = [*(each for each in known.get(name, ()) if each != version), version][-_REMEMBERED:]
    _write(names_dir, known)


def forgive(names_dir: Path, name: str, version: str) -> None:
    known = _read(names_dir)
    if version in known.get(name, ()):
        known[name].remove(version)
        _write(names_dir, {name: versions for name, versions in known.items() if versions})


def _read(names_dir: Path) -> dict[str, list[str]]:
    path = names_dir / _FILE
    try:
        return _Shape.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as wrong:
        raise DamagedRefusals(f"{path}: damaged; remove it and roll back again") from wrong


def _write(names_dir: Path, known: Mapping[str, list[str]]) -> None:
    write_durably(names_dir / _FILE, (json.dumps(known, indent=1, sort_keys=True).encode(),))
