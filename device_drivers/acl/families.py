"""Two lists of one family each, as switches keep them, into the one list of the intent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from device_drivers.acl import denies_all, family_of
from device_drivers.acl.names import in_intent, is_ours, on_device
from device_drivers.model import AccessList, Ace, Verb

_EVERYTHING = (Ace(Verb.PERMIT, "ip", "any", "any", None, "nothing is bound for this family"),)


@dataclass(frozen=True, slots=True)
class Lists:
    """All lists and inbound bindings that were read. Lists of ours by the intent's name, IPv4 and IPv6 as one.

    `foreign` names lists of others that hold entries Caretaker cannot say; they are never touched.
    """

    lists: Mapping[str, AccessList]
    bindings: Mapping[str, str]
    foreign: frozenset[str]


def join(four: Sequence[Ace], six: Sequence[Ace]) -> tuple[Ace, ...]:
    """Entries that stand in both lists become one of both families; the others keep their family and their order."""
    spoken4, spoken6 = ([replace(ace, remark="") for ace in entries] for entries in (four, six))
    return tuple(_joined(four, six, SequenceMatcher(None, spoken4, spoken6, autojunk=False)))


def _joined(four: Sequence[Ace], six: Sequence[Ace], matcher: SequenceMatcher[Ace]) -> Iterator[Ace]:
    for tag, start4, end4, start6, end6 in matcher.get_opcodes():
        yield from four[start4:end4] if tag == "equal" else (only(ace, 4) for ace in four[start4:end4])
        yield from () if tag == "equal" else (only(ace, 6) for ace in six[start6:end6])


def only(ace: Ace, version: int) -> Ace:
    """An entry that is of one family alone."""
    return ace if family_of(ace) else replace(ace, family=version)


def gathered(lists: Mapping[str, Sequence[Ace]], bound: Mapping[str, Mapping[int, str]]) -> Lists:
    """Lists as they stand on a device, and by interface the list bound for each family, into what the intent knows.

    A list of ours of which only one half is bound is shown as what it comes to: the other family passes whole. One
    that is bound by its staged name counts as not bound: a push was cut off there, and the next one ends it.
    """
    found = {name: AccessList(name, tuple(entries)) for name, entries in lists.items() if not is_ours(name)}
    names = {known[0] for name in lists if (known := in_intent(name))}
    found |= {name: AccessList(name, _whole(lists, on_device(name, 4), on_device(name, 6))) for name in names}
    bindings: dict[str, str] = {}
    for interface, halves in bound.items():
        mine = {known[0] for name in halves.values() if (known := in_intent(name))}
        foreign = [name for _, name in sorted(halves.items()) if not is_ours(name)]
        if len(mine) == 1 and not foreign:
            name = mine.pop()
            bindings[interface] = name
            found[name] = AccessList(name, _whole(lists, halves.get(4), halves.get(6)))
        elif foreign:
            bindings[interface] = foreign[0]
    return Lists(found, bindings, frozenset())


def _whole(lists: Mapping[str, Sequence[Ace]], four: str | None, six: str | None) -> tuple[Ace, ...]:
    halves = [lists.get(half, ()) if half else _EVERYTHING for half in (four, six)]
    # What is bound and does not exist, or holds nothing, filters nothing on most platforms.
    known = [half or _EVERYTHING for half in halves]
    return join(*([] if denies_all(half) else half for half in known))
