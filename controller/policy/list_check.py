"""Lists, categories and services: each list once, each category fed by a list, each service one that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from controller.lists.fetch_place import PlaceRefused, literal, place_of, why_refused
from controller.policy import AccessLevel, ListSource, SiteRule
from controller.policy.problem import Finding, Path, listed, near
from dns_filter.shipped import services

SHIPPED = frozenset({"bypass"})
"""Categories whose names come with Caretaker."""


def check_list_names(lists: Sequence[ListSource]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for number, source in enumerate(lists):
        if (other := first.setdefault(source.name, number)) != number:
            message = f"a second list named {source.name!r}, after line {{there}}; expected a name of its own"
            yield Finding(("lists", number, "name"), message, there=("lists", other, "name"))
        if wrong := _wrong_place(source):
            yield Finding(("lists", number, "url"), wrong, error=False)


def _wrong_place(source: ListSource) -> str:
    """Why a list could not be fetched from where it is; a warning, since the settings may allow what is internal."""
    try:
        place = place_of(source.url) if source.url else None
    except PlaceRefused as refused:
        return f"{refused}: it will not be fetched; expected an address such as https://lists.example/games.txt"
    address = literal(place.host) if place else None
    if address is None or not (why := why_refused(address)):
        return ""
    return f"{address} is {why}: it will not be fetched; expected a public address, or lists.internal_hosts in settings"


def check_categories(
    lists: Sequence[ListSource], access_levels: Mapping[str, AccessLevel], mandatory: Sequence[str]
) -> Iterator[Finding]:
    """One warning for each category without a list. A directory of categories may feed any: only its files know."""
    fed = SHIPPED | {source.category for source in lists if source.category}
    open_ended = any(source.category is None for source in lists)
    for number, category in enumerate(mandatory):
        if category not in fed and not open_ended:
            message = (
                f"mandatory, but no list feeds {category!r}: nothing is blocked by it; expected one under `lists:`"
            )
            yield Finding(("mandatory", number), message, error=False)
    named = _first_named(access_levels)
    if named and not lists:
        message = (
            f"no `lists:` yet, so blocking {listed(named)} blocks nothing; expected the lists that hold such sites"
        )
        yield Finding(next(iter(named.values())), message, error=False)
        return
    for category, path in named.items():
        if category not in fed and category not in mandatory and not open_ended:
            meant = near(category, fed)
            message = f"no list feeds {category!r}{meant}: nothing is blocked by it; expected one under `lists:`"
            yield Finding(path, message, error=False)


def check_services(access_levels: Mapping[str, AccessLevel]) -> Iterator[Finding]:
    for level, rules in access_levels.items():
        for key, entries in (("allow", rules.allow), ("block", rules.block)):
            for number, rule in enumerate(entries):
                service = rule.service if isinstance(rule, SiteRule) else None
                if service is not None and service not in services():
                    known = f"{near(service, services())}; expected one that Caretaker knows, such as tiktok or youtube"
                    message = f"no service {service!r}{known}: until then nothing is meant by it"
                    yield Finding(("access_levels", level, key, number, "service"), message, error=False)


def _first_named(access_levels: Mapping[str, AccessLevel]) -> Mapping[str, Path]:
    first: dict[str, Path] = {}
    for level, rules in access_levels.items():
        for number, category in enumerate(rules.block):
            if isinstance(category, str):
                first.setdefault(category, ("access_levels", level, "block", number))
    return first
