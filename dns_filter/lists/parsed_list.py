"""A block list, understood: its names by how far they reach, its exceptions, and what could not be read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from dns_filter.lists.line import Form
from dns_filter.model import Name
from dns_filter.names import to_text

Format = Literal["auto", "hosts", "domains", "adblock", "dnsmasq", "unbound", "rpz", "wildcard"]
FORMATS: tuple[Format, ...] = get_args(Format)

_SILENT = frozenset(("comment", "blank"))


@dataclass(frozen=True, slots=True)
class Entries:
    """Names by how far they reach."""

    whole: frozenset[Name] = frozenset()
    exact: frozenset[Name] = frozenset()
    below: frozenset[Name] = frozenset()

    @property
    def names(self) -> frozenset[Name]:
        return self.whole | self.exact | self.below if self.exact or self.below else self.whole

    def forms(self) -> tuple[tuple[Form, frozenset[Name]], ...]:
        return ((Form.WHOLE, self.whole), (Form.EXACT, self.exact), (Form.BELOW, self.below))


@dataclass(frozen=True, slots=True)
class Invalid:
    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedList:
    """One list, understood. `counts` says how many lines (names, in a hosts line) were of each kind."""

    format: Format
    """As asked for, or the one most lines are of."""
    blocks: Entries
    exceptions: Entries
    twins: Mapping[Name, Name]
    """IDNA2003 spelling -> the listed name it stands for. Not counted among the names."""
    counts: Mapping[str, int]
    invalid: tuple[Invalid, ...]
    """The first thousand, or as many as were asked for."""
    invalid_total: int
    single_labels: frozenset[str]
    """Entries of one label, invalid as they are; where they are top-level domains the list is suspicious."""
    html: bool

    @property
    def names(self) -> frozenset[Name]:
        return self.blocks.names

    @property
    def entries_seen(self) -> int:
        """Lines that were meant to say something."""
        return sum(count for kind, count in self.counts.items() if kind not in _SILENT)


def summary(parsed: ParsedList) -> dict[str, object]:
    """What a person or a script wants to know of one list, ready for JSON."""
    hosts = sorted(map(to_text, parsed.names))
    return {
        "format": parsed.format,
        "unique_valid_domains": len(hosts),
        "sha256_sorted_unique": hashlib.sha256("\n".join(hosts).encode()).hexdigest(),
        "exceptions": len(parsed.exceptions.names),
        "counts": dict(sorted(parsed.counts.items())),
        "invalid_total": parsed.invalid_total,
        "invalid": [{"line": each.line, "text": each.text, "reason": each.reason} for each in parsed.invalid],
    }
