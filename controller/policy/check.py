"""What a policy says must make sense together: segments, levels, terms, lessons, lists. Pure; knows no lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache
from itertools import islice
from typing import Any

from pydantic import TypeAdapter, ValidationError

from controller.policy import AccessLevel, Dns, Policy, Reports, Role, Segment, SiteList, SiteRule, YearGroup
from controller.policy.calendar_check import (
    check_breaks,
    check_closures,
    check_days,
    check_lessons,
    check_terms,
    check_weeks,
)
from controller.policy.list_check import check_categories, check_list_names, check_services
from controller.policy.problem import MOST, Finding, Path
from controller.policy.references import unknown_names
from controller.policy.sites import wrong_host, wrong_site

Check = Callable[..., Iterator[Finding]]


def check(raw: Mapping[str, Any], policy: Policy | None) -> tuple[Finding, ...]:
    """Everything that names nothing or contradicts itself.

    `raw` is what was read; `policy` the same typed, or None where its shape is wrong: then the sections that are whole
    are checked, so that all mistakes are said at once.
    """
    sections = dict(policy) if policy else _whole_sections(raw)
    able = ((made, needs) for made, needs in CHECKS if sections.keys() >= set(needs))
    sense = (made(*(sections[name] for name in needs)) for made, needs in able)
    return tuple(found for sort in (unknown_names(raw), *sense) for found in islice(sort, MOST))


def _whole_sections(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The typed sections that are whole, with the defaults of those that are left out."""
    sections: dict[str, Any] = {}
    for name, field in Policy.model_fields.items():
        if name not in raw and not field.is_required():
            sections[name] = field.get_default(call_default_factory=True)
            continue
        try:
            sections[name] = _adapter(name).validate_python(raw.get(name), by_alias=True, by_name=False)
        except ValidationError:
            # Said already, with its line: by the reading of the whole policy.
            continue
    return sections


@cache
def _adapter(section: str) -> TypeAdapter[Any]:
    return TypeAdapter(Policy.model_fields[section].annotation or object)


def check_vlans(segments: Mapping[str, Segment]) -> Iterator[Finding]:
    first: dict[int, str] = {}
    for name, segment in segments.items():
        if (other := first.setdefault(segment.vlan, name)) != name:
            message = f"VLAN {segment.vlan} is that of {other!r} in line {{there}}; expected a VLAN of its own"
            yield Finding(("segments", name, "vlan"), message, there=("segments", other, "vlan"))


def check_subnets(segments: Mapping[str, Segment]) -> Iterator[Finding]:
    every = (
        (network, ("segments", name, "subnets", number))
        for name, segment in segments.items()
        for number, network in enumerate(segment.subnets)
    )
    # Of two networks that overlap one holds the other, and sorted like this the wider one comes just before.
    ordered = sorted(every, key=lambda item: (item[0].version, int(item[0].network_address), item[0].prefixlen))
    wider: tuple[Any, Path] | None = None
    for network, path in ordered:
        if wider and wider[0].version == network.version and wider[0].broadcast_address >= network.broadcast_address:
            message = f"{network} overlaps {wider[0]} in line {{there}}; expected networks that are apart"
            yield Finding(path, message, there=wider[1])
        else:
            wider = (network, path)


def check_purposes(segments: Mapping[str, Segment]) -> Iterator[Finding]:
    resting = [name for name, segment in segments.items() if (segment.purpose or name) == "quarantine"]
    if not resting:
        message = "no segment for quarantine; expected one named `quarantine` or with `purpose: quarantine`"
        yield Finding(("segments",), message)
    for name in resting[1:]:
        message = f"a second segment for quarantine, after {resting[0]!r} in line {{there}}; expected one"
        yield Finding(("segments", name), message, there=("segments", resting[0]))
    for name, segment in segments.items():
        if not segment.subnets:
            message = "no subnets: the filter answers nobody here; expected for example `subnets: [10.20.0.0/22]`"
            yield Finding(("segments", name), message, error=False)


def check_homes(
    segments: Mapping[str, Segment], year_groups: Mapping[str, YearGroup], roles: Mapping[str, Role]
) -> Iterator[Finding]:
    """Nobody lives in quarantine, and no pupil beside the switches' own addresses. A group is one or the other."""
    for name in roles.keys() & year_groups.keys():
        message = "a year group has this name too, in line {there}; expected a name of its own"
        yield Finding(("roles", name), message, there=("year_groups", name))
    groups: tuple[tuple[str, Mapping[str, YearGroup | Role], set[str]], ...] = (
        ("year_groups", year_groups, {"quarantine", "management"}),
        ("roles", roles, {"quarantine"}),
    )
    for section, members, barred in groups:
        for name, member in members.items():
            segment = segments.get(member.segment)
            if segment and (purpose := segment.purpose or member.segment) in barred:
                message = f"{name!r} would live in the {purpose} segment; expected one for its own devices"
                yield Finding((section, name, "segment"), message)


def check_whom(
    year_groups: Mapping[str, YearGroup],
    roles: Mapping[str, Role],
    classes: Mapping[str, str],
    rooms: Mapping[str, str],
) -> Iterator[Finding]:
    """`for: hall` must mean one thing."""
    taken: dict[str, str] = {**dict.fromkeys(year_groups, "year_groups"), **dict.fromkeys(roles, "roles")}
    for section, names in (("classes", classes), ("rooms", rooms)):
        for name in names:
            if (other := taken.setdefault(name, section)) != section:
                message = f"{name!r} stands under `{other}:` too, in line {{there}}; expected a name of its own"
                yield Finding((section, name), message, there=(other, name))


def check_extends(access_levels: Mapping[str, AccessLevel]) -> Iterator[Finding]:
    ends: set[str] = set()
    for name in access_levels:
        chain = [*_chain(name, access_levels, ends)]
        again = access_levels[chain[-1]].extends if chain else None
        if again in chain:
            message = f"goes round in a circle ({' -> '.join([*chain, again])[:200]}); expected an end"
            yield Finding(("access_levels", chain[-1], "extends"), message)
        ends.update(chain)


def _chain(name: str, access_levels: Mapping[str, AccessLevel], ends: Set[str]) -> Iterator[str]:
    """The level and those it extends, up to a level that is known, missing or there already."""
    seen: set[str] = set()
    at: str | None = name
    while at is not None and at in access_levels and at not in ends and at not in seen:
        yield at
        seen.add(at)
        at = access_levels[at].extends


def check_sites(access_levels: Mapping[str, AccessLevel], site_lists: Mapping[str, SiteList]) -> Iterator[Finding]:
    for level, rules in access_levels.items():
        for key, entries in (("allow", rules.allow), ("block", rules.block)):
            for number, rule in enumerate(entries):
                if isinstance(rule, SiteRule) and rule.name is not None:
                    yield from wrong_site(
                        rule.name, ("access_levels", level, key, number, "name"), allow=key == "allow"
                    )
    for title, sites in site_lists.items():
        for number, site in enumerate(sites.sites):
            yield from wrong_site(site, ("site_lists", title, "sites", number), allow=True)


def check_own_sites(reports: Reports) -> Iterator[Finding]:
    for number, site in enumerate(reports.own_sites):
        yield from wrong_site(site, ("reports", "own_sites", number), allow=True)


def check_hosts(dns: Dns) -> Iterator[Finding]:
    named: Sequence[tuple[str, Mapping[str, Any]]] = (("internal", dns.internal), ("hosts", dns.hosts))
    for key, names in named:
        for name in names:
            yield from wrong_host(name, ("dns", key, name))


CHECKS: tuple[tuple[Check, tuple[str, ...]], ...] = (
    (check_vlans, ("segments",)),
    (check_subnets, ("segments",)),
    (check_purposes, ("segments",)),
    (check_homes, ("segments", "year_groups", "roles")),
    (check_whom, ("year_groups", "roles", "classes", "rooms")),
    (check_extends, ("access_levels",)),
    (check_sites, ("access_levels", "site_lists")),
    (check_hosts, ("dns",)),
    (check_own_sites, ("reports",)),
    (check_list_names, ("lists",)),
    (check_categories, ("lists", "access_levels", "mandatory")),
    (check_services, ("access_levels",)),
    (check_terms, ("terms",)),
    (check_closures, ("terms", "closures")),
    (check_lessons, ("timetable", "day", "terms")),
    (check_breaks, ("day", "devices")),
    (check_weeks, ("timetable", "weeks")),
    (check_days, ("terms", "lessons", "exam_periods")),
)
"""What is checked, and the sections each check needs."""
