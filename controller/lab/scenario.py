"""Scenarios as files: given, when, then, in sentences a head teacher can read. Pure but for the reading of a file. ●

    title = "A lesson"
    [[scene]]
    when = ["head opens year-5 for 8 s"]
    then = ["ipad-5a reaches web within 3 s", "ipad-1a does not reach name-open"]

After every scene the whole model is measured against packets as well, unless it says `model = false`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

MAX_BYTES = 64 * 1024
_KEYS = {"given", "when", "then", "model"}


class NoScenario(ValueError):
    """The message names the file and says what was expected."""


@dataclass(frozen=True, slots=True)
class Scene:
    given: Sequence[str] = ()
    when: Sequence[str] = ()
    then: Sequence[str] = ()
    model: bool = True


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    title: str
    scenes: Sequence[Scene]
    clauses: Sequence[str] = ()


def shipped() -> Mapping[str, str]:
    """Name -> text of every scenario that comes along."""
    folder = files("controller.lab").joinpath("scenarios")
    found = {each.name.removesuffix(".toml"): each for each in folder.iterdir() if each.name.endswith(".toml")}
    return {name: found[name].read_text() for name in sorted(found)}


def read(text: str, name: str) -> Scenario:
    """Raises NoScenario."""
    try:
        told = tomllib.loads(text)
        scenes = tuple(_scene(each, name) for each in told["scene"])
        return Scenario(name, str(told["title"]), scenes, tuple(told.get("clauses", ())))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise NoScenario(f"{name}: {error}; expected title and [[scene]] with given, when, then") from error


def load(name: str) -> Scenario:
    """One that comes along, or a file. Raises NoScenario."""
    known = shipped()
    if name in known:
        return read(known[name], name)
    path = Path(name)
    try:
        raw = path.read_bytes()[: MAX_BYTES + 1]
    except OSError as error:
        raise NoScenario(f"no scenario {name!r}; there are {', '.join(known)}, or name a file") from error
    if len(raw) > MAX_BYTES:
        raise NoScenario(f"{name}: longer than {MAX_BYTES} bytes")
    return read(raw.decode("utf-8", "replace"), path.stem)


def _scene(told: Any, name: str) -> Scene:
    if unknown := set(told) - _KEYS:
        raise NoScenario(f"{name}: {sorted(unknown)[0]} is unknown; a scene has {', '.join(sorted(_KEYS))}")
    given, when, then = (tuple(map(str, told.get(key, ()))) for key in ("given", "when", "then"))
    return Scene(given, when, then, bool(told.get("model", True)))
