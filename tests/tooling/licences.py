"""Under which licence a file's imports stand, with everything they bring along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement

from tests.tooling.rooms import file_of, imports


def reachable(start: Iterable[str], project: Path) -> tuple[set[str], set[str]]:
    """Our files and the foreign top-level modules that importing the files `start` loads."""
    ours: set[str] = set()
    foreign: set[str] = set()
    ahead = list(start)
    while ahead:
        file = ahead.pop()
        if file in ours:
            continue
        ours.add(file)
        for found in imports((project / file).read_text()):
            if own := file_of(found.module, project):
                ahead.append(own)
            else:
                foreign.add(found.module.split(".")[0])
    return ours, foreign


def brought_along(names: Iterable[str]) -> set[str]:
    """The installed distributions `names` and, without their extras, everything they require."""
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name.lower() in found:
            continue
        try:
            wanted = distribution(name).requires or ()
        except PackageNotFoundError:
            continue
        found.add(name.lower())
        needs = (Requirement(text) for text in wanted)
        ahead += [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return found


def is_apache_only(name: str) -> bool:
    """Whether a distribution's own metadata names the Apache licence and offers no other to choose."""
    facts = distribution(name).metadata
    classifiers = [text for text in facts.get_all("Classifier", []) if text.startswith("License")]
    text = facts.get("License-Expression") or " AND ".join([*classifiers, facts.get("License") or ""])
    return "Apache" in text and " OR " not in text


def under_apache(files: Iterable[str], project: Path) -> Iterator[str]:
    """What `files` load that stands under the Apache licence alone."""
    _, foreign = reachable(files, project)
    owners = packages_distributions()
    for module in sorted(foreign):
        yield from (f"{module}: {name}" for name in brought_along(owners.get(module, ())) if is_apache_only(name))
