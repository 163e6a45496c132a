"""What stands in the way of a rule for a name: what nobody can block by reporting, and what needs an explicit word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from controller.policy import Policy
from dns_filter import public_suffixes, shipped
from dns_filter.model import Name
from dns_filter.names import is_at_or_below, labels, parents, to_text, to_wire
from dns_filter.rules import Reach, read_pattern

Held = Callable[[Name], frozenset[str]]
"""The categories of the lists that hold a name."""


class Obstacle(StrEnum):
    NO_NAME = "no-name"
    ESSENTIAL = "essential"
    INTERNAL = "internal"
    OWN_SITE = "own-site"
    PUBLIC_SUFFIX = "public-suffix"
    SHARED_HOST = "shared-host"
    SPECIAL_USE = "special-use"
    PROTECTED = "protected"
    """The only one that a named override takes away."""
    MANDATORY = "mandatory"
    BYPASS = "bypass"


@dataclass(frozen=True, slots=True)
class Found:
    kind: Obstacle
    name: str
    """The very name that is in the way."""
    text: str

    @property
    def can_be_overridden(self) -> bool:
        return self.kind is Obstacle.PROTECTED


def obstacles(pattern: str, policy: Policy, *, allow: bool = False, held: Held | None = None) -> tuple[Found, ...]:
    """Why this rule must not be made; empty where nothing speaks against it. The gravest first."""
    try:
        reach, spelt = read_pattern(pattern)
    except ValueError:
        return (Found(Obstacle.NO_NAME, pattern[:80], "This is no name of a site."),)
    found: list[Found] = []
    for name in spelt:
        found += _of_name(name) if allow else (*_of_name(name), *_in_the_way(name, reach, policy))
        if allow and held is not None:
            found += _shut_for_good(name, held, policy)
    return tuple(dict.fromkeys(found))


def override_names(found: tuple[Found, ...]) -> tuple[str, ...]:
    """The names that an override must say in so many words; empty where none helps."""
    if not all(each.can_be_overridden for each in found):
        return ()
    return tuple(dict.fromkeys(each.name for each in found))


def _of_name(name: Name) -> Iterator[Found]:
    """What no rule may stand for, neither to block nor to allow."""
    text, both = to_text(name), frozenset((name,))
    halves = (public_suffixes.icann(), public_suffixes.private())
    # `*.sch.uk` makes every town a suffix; what holds all the towns is one all the more.
    if len([*labels(name)]) < 2 or any(half.among(both) or name in half.wildcards for half in halves):
        yield Found(Obstacle.PUBLIC_SUFFIX, text, f"Below {text} live the sites of many strangers; name one of them.")
    for each in parents(name):
        if each in shipped.special_use():
            yield Found(Obstacle.SPECIAL_USE, to_text(each), f"Names under {to_text(each)} never leave the school.")


def _in_the_way(name: Name, reach: Reach, policy: Policy) -> Iterator[Found]:
    for own in _own(policy):
        if _touches(name, reach, own.name, whole=own.whole):
            yield Found(own.kind, to_text(own.name), f"{to_text(own.name)} {own.why}.")
    for each in _touched_records(shipped.essential(), name, reach):
        yield Found(
            Obstacle.ESSENTIAL, to_text(each.name), f"{to_text(each.name)} keeps devices working: {each.reason}."
        )
    for apex in shipped.shared_hosts():
        if is_at_or_below(apex, name):
            yield Found(
                Obstacle.SHARED_HOST,
                to_text(apex),
                f"{to_text(apex)} delivers parts of very many sites; name one host.",
            )
    for each in _touched_records(shipped.protected(), name, reach):
        yield Found(Obstacle.PROTECTED, to_text(each.name), f"{to_text(each.name)} is protected: {each.reason}.")


def _touched_records(records: tuple[shipped.Protected, ...], name: Name, reach: Reach) -> Iterator[shipped.Protected]:
    return (each for each in records if _touches(name, reach, each.name, whole=not each.exact))


def _touches(name: Name, reach: Reach, other: Name, *, whole: bool) -> bool:
    """Whether a rule for `name` reaches `other`, or something below it where `whole`."""
    if reach == "exact":
        return name == other or (whole and is_at_or_below(name, other))
    reached = is_at_or_below(other, name) and (reach == "all" or other != name)
    return reached or (whole and is_at_or_below(name, other))


@dataclass(frozen=True, slots=True)
class _Own:
    name: Name
    kind: Obstacle
    why: str
    whole: bool = True


def _own(policy: Policy) -> Iterator[_Own]:
    """The school's own names. The domain of its letters is one of them: nobody shuts out the head by a report."""
    for zone in policy.dns.internal:
        yield _Own(to_wire(zone), Obstacle.INTERNAL, "is a zone of the school's own network")
    for host in policy.dns.hosts:
        yield _Own(to_wire(host), Obstacle.INTERNAL, "is a machine of the school's own network", whole=False)
    for site in policy.reports.own_sites:
        _, names = read_pattern(site)
        yield from (_Own(name, Obstacle.OWN_SITE, "is a site of the school itself") for name in names)
    responsible = policy.responsible
    for person in (responsible.ict_lead, responsible.deputy, responsible.head, responsible.safeguarding_lead):
        try:
            domain = to_wire(person.email.rpartition("@")[2])
        except ValueError:
            continue
        yield _Own(domain, Obstacle.OWN_SITE, "receives the letters of the school")


def _shut_for_good(name: Name, held: Held, policy: Policy) -> Iterator[Found]:
    categories = held(name)
    if bad := categories & set(policy.mandatory):
        text = f"{to_text(name)} is on a mandatory list ({', '.join(sorted(bad))}): nothing opens it."
        yield Found(Obstacle.MANDATORY, to_text(name), text)
    if "bypass" in categories:
        yield Found(Obstacle.BYPASS, to_text(name), f"{to_text(name)} leads round the filter: no rule opens it.")
