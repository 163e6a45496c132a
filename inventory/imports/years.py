"""Years as systems write them into year groups of a policy: `Year 5`, `Y5`, `05`, `NC Year 5`, `R`, `Nursery`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_RECEPTION = frozenset({"r", "rec", "reception", "year r", "yr r", "yr", "foundation", "fs2", "f2", "kg", "0", "00"})
_NURSERY = frozenset({"n", "n1", "n2", "nursery", "fs1", "f1", "pk", "-1"})
_NUMBERED = re.compile(r"(?:nc|curriculum)?\s*(?:year|yr|y|grade|gr|stufe|klasse)?\s*(?:group)?\s*0*([1-9]|1[0-3])")


def year_group_of(text: str, own: Mapping[str, str]) -> str | None:
    """None where it is no year that is known. What a person has said of it (`own`) counts first."""
    plain = " ".join(text.casefold().split())
    if plain in own:
        return own[plain]
    if plain in _RECEPTION:
        return "reception"
    if plain in _NURSERY:
        return "nursery"
    numbered = _NUMBERED.fullmatch(plain)
    return f"year-{numbered[1]}" if numbered else None


def year_of_class(text: str, own: Mapping[str, str]) -> str | None:
    """The year in the name of a class: `5A`, `Oak 3`, `g124z-1a`. None where there is none, or more than one."""
    plain = " ".join(text.casefold().split())
    if plain in own:
        return own[plain]
    found = set(re.findall(r"(?<![a-z0-9])([1-9]|1[0-3])(?![0-9])", plain))
    return f"year-{found.pop()}" if len(found) == 1 else None
