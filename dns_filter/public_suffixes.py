"""Top-level domains and public suffixes (`co.uk`): what no list may block whole. From the Public Suffix List."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import publicsuffixlist

from dns_filter.model import Name
from dns_filter.names import spellings


@dataclass(frozen=True, slots=True)
class Suffixes:
    """One half of the Public Suffix List. `*.ck` stands in `wildcards` as `ck`, `!www.ck` in `exceptions`."""

    names: frozenset[Name]
    wildcards: frozenset[Name]
    exceptions: frozenset[Name]

    def among(self, names: Iterable[Name]) -> frozenset[Name]:
        """Those of the names that are public suffixes."""
        listed = names if isinstance(names, frozenset) else frozenset(names)
        wild = (name for name in listed if name[1 + name[0] :] in self.wildcards)
        return listed & self.names | frozenset(wild) - self.exceptions


@cache
def icann() -> Suffixes:
    """Suffixes of registries: com, co.uk, sch.uk."""
    return _half("ICANN")


@cache
def private() -> Suffixes:
    """Suffixes of companies that give names to strangers: github.io, blogspot.com."""
    return _half("PRIVATE")


def _half(title: str) -> Suffixes:
    text = Path(publicsuffixlist.PSLFILE).read_text("utf-8")
    _, _, rest = text.partition(f"// ===BEGIN {title} DOMAINS===")
    body, _, _ = rest.partition(f"// ===END {title} DOMAINS===")
    rules = [line.split()[0] for line in body.splitlines() if line.strip() and not line.startswith("//")]
    return Suffixes(
        names=_names(rule for rule in rules if rule[0] not in "*!"),
        wildcards=_names(rule[2:] for rule in rules if rule.startswith("*.")),
        exceptions=_names(rule[1:] for rule in rules if rule.startswith("!")),
    )


def _names(rules: Iterable[str]) -> frozenset[Name]:
    return frozenset(name for rule in rules for name in spellings(rule))
