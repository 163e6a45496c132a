"""Where a list meets the names that come with the filter: what is overruled, and what essential names it hits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dns_filter.lists.parsed_list import Entries
from dns_filter.model import Name
from dns_filter.names import parents
from dns_filter.shipped import Protected, by_name, essential, protected


@dataclass(frozen=True, slots=True)
class Overruled:
    """A list's entry, and the protected name that it is, lies below or reaches from above."""

    entry: Name
    by: Protected


def overruled(blocks: Entries) -> tuple[Overruled, ...]:
    """Every meeting of a list with a protected or essential name, by name."""
    found = {*_at_or_below(blocks.names), *_from_above(blocks, essential() + protected())}
    return tuple(sorted(found, key=lambda each: (each.entry, each.by.name, each.by.kind)))


def carved_out(hits: Iterable[Protected]) -> Entries:
    """The same names as exceptions of a list, so that not even a mandatory list reaches an essential name."""
    names = frozenset(hits)
    return Entries(
        whole=frozenset(each.name for each in names if not each.exact),
        exact=frozenset(each.name for each in names if each.exact),
    )


def _at_or_below(names: Iterable[Name]) -> Iterator[Overruled]:
    shipped = by_name()
    for name in names:
        # Written out, and not with `parents`: this runs over millions of names.
        at = 0
        while length := name[at]:
            if name[at:] in shipped:
                yield from (Overruled(name, each) for each in shipped[Name(name[at:])] if each.covers(name))
            at += 1 + length


def _from_above(blocks: Entries, shipped: Iterable[Protected]) -> Iterator[Overruled]:
    reaching = blocks.whole | blocks.below if blocks.below else blocks.whole
    for each in shipped:
        yield from (Overruled(entry, each) for entry in parents(each.name) if entry in reaching and entry != each.name)
