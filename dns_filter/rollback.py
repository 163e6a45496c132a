"""Going back to the versions of lists that were in use before: which lists, from what, to what. ●

Only what was kept is gone back to, list by list, and compiled again together with all else as it is now. So what comes
with the filter, the mandatory lists and lists that are new since then stay those of today.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from dns_filter.lists.good_lists import GoodList, versions
from dns_filter.lists.refused_versions import refuse
from dns_filter.lists.sources import ListFile


class CannotRollBack(ValueError):
    """The text says which list, and why."""


@dataclass(frozen=True, slots=True)
class StepBack:
    name: str
    left: GoodList
    """In use until now."""
    taken: GoodList
    """In use from now on."""


def roll_back(
    names_dir: Path, files: Collection[ListFile], mandatory: Collection[str], only: Collection[str] = ()
) -> tuple[StepBack, ...]:
    """The lists named in `only`, else those that changed last and together. The next compiling takes their older ones.

    Raises CannotRollBack for a list that is named and not known, mandatory, or has nothing to go back to.
    """
    known = {file.name: file for file in files}
    kept = {name: versions(names_dir, name) for name in known}
    for name in only:
        _check(name, known.get(name), kept.get(name, ()), mandatory)
    free = [file.name for file in files if not set(file.categories) & set(mandatory)]
    found = [StepBack(name, *kept[name][:2]) for name in free if len(kept[name]) > 1]
    taken = [step for step in found if step.name in only] if only else _last_changed(found)
    refuse(names_dir, {step.name: step.left.version for step in taken})
    return tuple(taken)


def _last_changed(found: Collection[StepBack]) -> list[StepBack]:
    newest = max((step.left.generation for step in found), default=0)
    return [step for step in found if step.left.generation == newest]


def _check(name: str, file: ListFile | None, kept: tuple[GoodList, ...], mandatory: Collection[str]) -> None:
    if file is None:
        raise CannotRollBack(f"there is no list {name!r}")
    if at_stake := sorted(set(file.categories) & set(mandatory)):
        raise CannotRollBack(f"{name} feeds the mandatory category {at_stake[0]}: it always stays the newest")
    if len(kept) < 2:
        raise CannotRollBack(f"{name}: no older version is kept")
