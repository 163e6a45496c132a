"""What a check asks, and what must come back: worked out from the policy, by simpler means than the filter's own.

No question is about content that a pupil would see: a name is asked for, nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from controller.access_level import SERVICE, Level, level_of
from controller.check_filter.seats import STRANGER, Seat, of_groups, of_levels
from controller.policy import Policy
from dns_filter.names import to_text
from dns_filter.shipped import services

Host = NewType("Host", str)
"""A name as text in lower case, without the final dot."""

SAFE: Mapping[Host, tuple[str, Mapping[str, str]]] = {
    Host("www.google.com"): ("Google", dict.fromkeys(("strict", "moderate"), "forcesafesearch.google.com")),
    Host("www.bing.com"): ("Bing", dict.fromkeys(("strict", "moderate"), "strict.bing.com")),
    Host("duckduckgo.com"): ("DuckDuckGo", dict.fromkeys(("strict", "moderate"), "safe.duckduckgo.com")),
    Host("www.youtube.com"): (
        "YouTube",
        {"strict": "restrict.youtube.com", "moderate": "restrictmoderate.youtube.com"},
    ),
}
"""Search engines -> their safe address by level of safe search, written down apart from the filter's own data."""
CANARIES = ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com")
"""Names by which browsers and phones ask whether they may go round the filter: a negative answer says no (F10)."""
RESOLVERS = ("dns.google", "cloudflare-dns.com", "dns.quad9.net", "doh.opendns.com", "dns.adguard-dns.com")
"""Names of public encrypted resolvers, which nobody at school asks (F10)."""
ESSENTIAL = Host("www.msftconnecttest.com")
"""Answered to everybody, quarantined or not: without it a device says that it has no network at all."""
HARMLESS = Host("www.bbc.co.uk")
"""A name that is open wherever the internet is, but where only approved sites are."""
REPORTED = "reported site "
MOST_RULES = 20
"""Rules of a level that are asked about, each way."""


class Expect(StrEnum):
    BLOCKED = "blocked"
    ANSWERED = "answered"
    """Let through; whether the world knows the name is another matter."""
    SAFE = "safe"
    """Led to `target`, the safe address of a search engine."""


@dataclass(frozen=True, slots=True)
class Question:
    """`subject` is what it is about, for people and to compare with yesterday: `category games`, `safe search Bing`."""

    seat: Seat
    subject: str
    name: Host
    expect: Expect
    qtype: str = "A"
    target: str = ""
    rule: str = ""
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Names of one category, taken out of the lists in use. Empty where no list in use feeds it."""

    category: str
    names: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A name that the school itself blocked, for these levels: a reported site."""

    name: Host
    levels: frozenset[str]
    rule: str
    clauses: tuple[str, ...] = ("F2",)
    groups: frozenset[str] = frozenset()
    """Year groups and roles for which alone it was decided."""


def questions(
    policy: Policy, samples: Sequence[Sample], own_rules: Sequence[OwnRule], open_groups: Mapping[str, bool]
) -> tuple[Question, ...]:
    """All of a check. `open_groups`: whether the internet is open to each year group and role at this moment."""
    seats = of_levels(policy)
    return (
        *(each for name, seat in seats.items() for each in _of_level(policy, level_of(policy, name), seat, samples)),
        *(each for rule in own_rules for each in _of_own_rule(rule, seats, of_groups(policy))),
        *_of_groups(policy, open_groups),
        *_of_the_stranger(),
    )


def _of_level(policy: Policy, level: Level, seat: Seat, samples: Sequence[Sample]) -> Iterator[Question]:
    yield from _of_lists(policy, level, seat, samples)
    yield Question(seat, "essential names", ESSENTIAL, Expect.ANSWERED)
    yield from _of_bypass(seat)
    if level.focus:
        yield from _of_focus(policy, level, seat)
    else:
        yield from _of_rules(level, seat)
        yield from _of_safe_search(level, seat)


def _of_lists(policy: Policy, level: Level, seat: Seat, samples: Sequence[Sample]) -> Iterator[Question]:
    allowed = [name for line in level.lines if line.allow for name in _names_of(line.subject)]
    for sample in samples:
        reason = level.categories.get(sample.category)
        mandatory = sample.category in policy.mandatory
        if reason is None and not mandatory:
            continue
        rule, clauses = (reason.rule, reason.clauses) if reason else ("mandatory", ("F14", "F1"))
        for name in sample.names:
            if mandatory or not _below_any(name, allowed):
                subject = f"category {sample.category}"
                yield Question(seat, subject, name, Expect.BLOCKED, rule=rule, clauses=clauses)


def _of_bypass(seat: Seat) -> Iterator[Question]:
    for canary in CANARIES:
        for qtype in ("A", "HTTPS"):
            yield Question(seat, f"canary {canary}", Host(canary), Expect.BLOCKED, qtype, clauses=("F10",))
    for name in RESOLVERS:
        yield Question(seat, "encrypted resolvers", Host(name), Expect.BLOCKED, clauses=("F10",))


def _of_focus(policy: Policy, level: Level, seat: Seat) -> Iterator[Question]:
    """Approved sites and nothing else (F4)."""
    rule = level.focus_reason.rule if level.focus_reason else "focus"
    sites = [site for each in level.focus if each in policy.site_lists for site in policy.site_lists[each].sites]
    for site in sites[:MOST_RULES]:
        yield Question(seat, "approved sites", _host(site), Expect.ANSWERED, rule=rule, clauses=("F4", "F5"))
    for name in ("not-approved.example.org", "www.wikipedia.org", "www.google.com"):
        if not _below_any(Host(name), sites):
            yield Question(seat, "sites that are not approved", Host(name), Expect.BLOCKED, rule=rule, clauses=("F4",))


def _of_rules(level: Level, seat: Seat) -> Iterator[Question]:
    """What the policy says of single names and blocked services. A name that two lines speak of is left out."""
    lines = {line.subject: line for line in level.lines}
    named = [line for line in lines.values() if not line.subject.startswith(SERVICE)]
    subjects = [line.subject for line in named]
    for allow, expect in ((True, Expect.ANSWERED), (False, Expect.BLOCKED)):
        for line in [line for line in named if line.allow is allow and line.ends is None][:MOST_RULES]:
            name = _host(line.subject)
            if not _below_any(name, [each for each in subjects if each != line.subject]) and name not in SAFE:
                subject = f"{'allowed' if allow else 'blocked'} by the policy"
                yield Question(seat, subject, name, expect, rule=line.reason.rule, clauses=line.reason.clauses)


def _of_safe_search(level: Level, seat: Seat) -> Iterator[Question]:
    if level.safe_search == "off":
        return
    spoken_of = [line.subject for line in level.lines]
    for name, (engine, targets) in SAFE.items():
        if not _below_any(name, spoken_of):
            rule = level.safe_search_reason.rule if level.safe_search_reason else "safe_search"
            target = targets[level.safe_search]
            yield Question(seat, f"safe search {engine}", name, Expect.SAFE, target=target, rule=rule, clauses=("F1",))


def _of_own_rule(rule: OwnRule, levels: Mapping[str, Seat], groups: Mapping[str, Seat]) -> Iterator[Question]:
    seats = [levels[each] for each in sorted(rule.levels & levels.keys())]
    for seat in (*seats, *(groups[each] for each in sorted(rule.groups & groups.keys()))):
        subject = f"{REPORTED}{rule.name}"
        yield Question(seat, subject, rule.name, Expect.BLOCKED, rule=rule.rule, clauses=rule.clauses)


def _of_groups(policy: Policy, open_groups: Mapping[str, bool]) -> Iterator[Question]:
    """Is the internet open to each group now as it should be, and closed to all others (T1, T2)?"""
    for group, seat in of_groups(policy).items():
        name = _open_name(policy, group)
        if name is None or group not in open_groups:
            continue
        expect = Expect.ANSWERED if open_groups[group] else Expect.BLOCKED
        yield Question(seat, "lessons", name, expect, rule="timetable and windows", clauses=("T1", "T2"))


def _open_name(policy: Policy, group: str) -> Host | None:
    """A name that the group reaches whenever it reaches anything; None where nothing is approved for it."""
    of_group = policy.year_groups.get(group) or policy.roles.get(group)
    assert of_group is not None  # the seats are made from these
    level = level_of(policy, of_group.level)
    sites = [site for each in level.focus if each in policy.site_lists for site in policy.site_lists[each].sites]
    if level.focus:
        return _host(sites[0]) if sites else None
    blocked = [line.subject for line in level.lines if not line.allow]
    return None if _below_any(HARMLESS, blocked) else HARMLESS


def _of_the_stranger() -> Iterator[Question]:
    nobody = Seat("a device nobody knows", STRANGER, "")
    yield Question(nobody, "strangers", HARMLESS, Expect.BLOCKED, rule="unknown: quarantine", clauses=("D1", "D3"))
    yield Question(nobody, "essential names", ESSENTIAL, Expect.ANSWERED)


def _names_of(subject: str) -> Iterator[str]:
    """The name of a line, or all of a service."""
    service = services().get(subject.removeprefix(SERVICE)) if subject.startswith(SERVICE) else None
    yield from (map(to_text, service.domains) if service else (subject,))


def _host(pattern: str) -> Host:
    """A name that a rule's pattern reaches: `=x` and `x` reach x, `*.x` what is below."""
    if pattern.startswith("*."):
        return Host(f"www.{pattern[2:]}".lower())
    return Host(pattern.removeprefix("=").rstrip(".").lower())


def _below_any(name: Host, tops: Iterable[str]) -> bool:
    """Whether the name is one of these, or below one; services and patterns are taken at their widest."""
    bare = (top.removeprefix("=").removeprefix("*.").lower() for top in tops)
    return any(name == top or name.endswith(f".{top}") for top in bare)
