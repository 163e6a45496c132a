"""Going back to the versions of lists that were in use before: which lists, from what, to what.

Only what was kept is gone back to, list by list, and compiled again together with all else as it is now. So what comes
with the filter, the mandatory lists and lists that are new since then stay those of today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dns_filter.good_lists import GoodList
from dns_filter.list_sources import ListFile


class CannotRollBack(ValueError):
    """The text says which list, and why."""


@dataclass(frozen=True, slots=True)
class StepBack:
    name: str
    left: GoodList
    """In use until now."""
    taken: GoodList
    """In use from now on."""


def steps_back(
    files: Iterable[ListFile],
    kept: Mapping[str, tuple[GoodList, ...]],
    mandatory: Collection[str],
    only: Collection[str] = (),
) -> tuple[StepBack, ...]:
    """The lists named in `only`; else those that changed last and together. `kept` is newest first.

    Raises CannotRollBack for a list that is named and not known, mandatory, or has nothing to go back to.
    """
    known = {file.name: file for file in files}
    for name in only:
        _check(name, known.get(name), kept.get(name, ()), mandatory)
    free = (name for name, file in known.items() if not set(file.categories) & set(mandatory))
    found = [StepBack(name, *kept[name][:2]) for name in free if len(kept.get(name, ())) > 1]
    if only:
        return tuple(step for step in found if step.name in only)
    newest = max((step.left.generation for step in found), default=0)
    return tuple(step for step in found if step.left.generation == newest)


def _check(name: str, file: ListFile | None, kept: tuple[GoodList, ...], mandatory: Collection[str]) -> None:
    if file is None:
        raise CannotRollBack(f"there is no list {name!r}")
    if at_stake := sorted(set(file.categories) & set(mandatory)):
        raise CannotRollBack(f"{name} feeds the mandatory category {at_stake[0]}: it always stays the newest")
    if len(kept) < 2:
        raise CannotRollBack(f"{name}: no older version is kept")
