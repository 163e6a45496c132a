"""Is this version of a list to be trusted? Reasons not to, and entries that are never meant (dns.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dns_filter import public_suffixes
from dns_filter.lists.parsed_list import Entries, ParsedList
from dns_filter.model import Name
from dns_filter.names import to_text, to_wire
from dns_filter.shipped import Protected, shared_hosts

Kind = Literal["unreadable", "page", "empty", "unparsable", "shrunk", "grown", "too-broad", "essential", "rolled-back"]

MOST_UNPARSABLE = 0.05
LEAST_OF_LAST = 0.5
MOST_OF_LAST = 3.0


@dataclass(frozen=True, slots=True)
class Suspicion:
    kind: Kind
    detail: str


@dataclass(frozen=True, slots=True)
class LastGood:
    """What is remembered of the last version that was trusted."""

    version: str
    names: int
    too_broad: frozenset[str]
    """Entries that were dropped from it. A list that has always named `amazonaws.com` is not news."""
    essential: frozenset[str]


def too_broad(parsed: ParsedList) -> Mapping[str, str]:
    """Entries that would block a whole top-level domain, public suffix or shared host -> which of these."""
    names = parsed.names
    found = dict.fromkeys(map(to_text, public_suffixes.icann().among(names)), "a public suffix")
    found |= dict.fromkeys(map(to_text, names & shared_hosts()), "the apex of a shared host")
    tops = (label for label in parsed.single_labels if _is_top(label))
    return found | dict.fromkeys(tops, "a top-level domain")


def open_to_strangers(parsed: ParsedList) -> tuple[str, ...]:
    """Entries under which a company lends names to anybody (`github.io`): used, and worth a look."""
    return tuple(sorted(map(to_text, public_suffixes.private().among(parsed.names))))


def without(entries: Entries, dropped: frozenset[Name]) -> Entries:
    if not dropped & entries.names:
        return entries
    return Entries(entries.whole - dropped, entries.exact - dropped, entries.below - dropped)


def suspicions(
    parsed: ParsedList, broad: Mapping[str, str], hits: frozenset[Protected], last: LastGood | None
) -> tuple[Suspicion, ...]:
    """Why this version is not to be used. Without a last good one only what is wrong in itself counts:
    too broad entries of a first version are dropped, and the essential names it hits are carved out of it."""
    found = _in_itself(parsed)
    if last and not found:
        found = (*_of_size(len(parsed.names), last), *_of_reach(broad, hits, last))
    return found


def _in_itself(parsed: ParsedList) -> tuple[Suspicion, ...]:
    if parsed.html:
        return (Suspicion("page", "a web page, not a list"),)
    if not parsed.names:
        return (Suspicion("empty", "no name in it"),)
    share = parsed.invalid_total / max(1, parsed.entries_seen)
    if share > MOST_UNPARSABLE:
        detail = f"{parsed.invalid_total} of {parsed.entries_seen} entries cannot be read ({share:.0%}, at most 5%)"
        return (Suspicion("unparsable", detail),)
    return ()


def _of_size(names: int, last: LastGood) -> tuple[Suspicion, ...]:
    detail = f"{names} names, the last good version {last.version} has {last.names}"
    if names < last.names * LEAST_OF_LAST:
        return (Suspicion("shrunk", detail),)
    return (Suspicion("grown", detail),) if names > last.names * MOST_OF_LAST else ()


def _of_reach(broad: Mapping[str, str], hits: frozenset[Protected], last: LastGood) -> tuple[Suspicion, ...]:
    found = [
        Suspicion("too-broad", f"{text}: {why}") for text, why in sorted(broad.items()) if text not in last.too_broad
    ]
    fresh = sorted({to_text(each.name) for each in hits} - last.essential)
    return (*found, *(Suspicion("essential", f"{text} is essential") for text in fresh))


def _is_top(label: str) -> bool:
    try:
        return to_wire(label) in public_suffixes.icann().names
    except ValueError:
        return False
