"""Names that nobody owns, made up the same way each time, and files of them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_ENDS = ("com", "net", "org", "info", "co.uk", "ru", "top", "xyz", "de", "io")
_BEFORE = ("", "", "", "www.", "cdn.", "a.ads.")


def made_up(count: int, seed: int, besides: Iterable[str] = ()) -> list[str]:
    """So many different names of the lengths that block lists have, in no order; none of `besides`."""
    dice = random.Random(seed)
    taken, names = set(besides), list[str]()
    while len(names) < count:
        middle = "".join(dice.choices(_LETTERS, k=dice.randint(7, 16)))
        name = f"{dice.choice(_BEFORE)}{middle}.{dice.choice(_ENDS)}"
        if name not in taken:
            taken.add(name)
            names.append(name)
    return names


def write_lines(path: Path, lines: Iterable[str]) -> Path:
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path
