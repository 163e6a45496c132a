"""The order of precedence over random policies, people, devices and moments (T1, T2, W2, W3, W5, F14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from controller.compile import HORIZON, compile_intent
from controller.decide import PRECEDENCE, decide, facts_between
from controller.facts import Facts
from controller.model import AccessWindow, WindowKind
from controller.policy import DAYS, Policy
from controller.policy.file import parse
from controller.ruling import Case
from dns_filter.model import State, standing
from inventory.agreements import Agreement, Signer
from inventory.model import Admission, Device, Hold, Inventory, Mac, Person, PersonId, Receipt, YearGroupId
from inventory.sanctions import INTERNET, Emergency, Sanction
from tests.controller.school import NINE, at, device, mac, school, window

GROUPS, CLASSES, ROLES, SITES = (
    ("reception", "year-5"),
    ("5b", "5c"),
    ("teacher", "head"),
    ("approved", "maths", "exam"),
)
LEVELS = ("narrow", "wide", "staff")
WORDS = ("open", "closed", *LEVELS)
WHOM = (*GROUPS, *CLASSES, "hall", "[year-5, reception]")
HEAD = """
school: {name: Any School, time_zone: Europe/London}
responsible:
  ict_lead: {name: ICT lead, email: ict@any.example}
  deputy: {name: Deputy head, email: deputy@any.example}
  head: {name: Head teacher, email: head@any.example}
  safeguarding_lead: {name: Safeguarding lead, email: safe@any.example}
segments:
  pupils: {vlan: 20, subnets: [10.20.0.0/22]}
  staff: {vlan: 30, subnets: [10.30.0.0/24]}
  things: {vlan: 40, subnets: [10.40.0.0/24]}
  quarantine: {vlan: 999, subnets: [10.99.0.0/24]}
site_lists:
  approved: {sites: [bbc.co.uk]}
  maths: {sites: [ttrockstars.com]}
  exam: {sites: [exam.example.org]}
mandatory: [illegal]
unknown: quarantine
"""


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Terms, levels, groups, hours, lessons, agreements and kinds of devices, as any school may have them."""

    def one(*of: str) -> str:
        return draw(st.sampled_from(of))

    def hours(first: int = 0, last: int = 1439) -> str:
        begins = draw(st.integers(first, last - 1))
        ends = draw(st.integers(begins + 1, last))
        return f"from: '{begins // 60:02}:{begins % 60:02}', to: '{ends // 60:02}:{ends % 60:02}'"

    def level(name: str) -> str:
        return f"  {name}: {{block: [{one('games', 'social')}]{one('', ', focus: [approved]', ', focus: [maths]')}}}"

    def year(name: str) -> str:
        return f"  {name}: {{key_stage: {one('eyfs', 'ks1', 'ks2')}, level: {one(*LEVELS)}, segment: pupils}}"

    def role(name: str) -> str:
        return f"  {name}: {{level: {one(*LEVELS)}, segment: staff, may_open: {one('anyone', 'own-classes')}}}"

    def slot() -> str:
        more = one("", ", focus: [maths]", ", level: wide", ", week: a")
        return f"  - {{for: {one(*WHOM)}, on: [{one(*DAYS)}], {hours()}, what: lesson{more}}}"

    period = f"from: 2026-11-24, to: 2026-11-26, focus: [exam], kind: {one('exam', 'focus')}"
    without = f"signed_by: {one('[pupil]', '[pupil, guardian]')}, without: {one(*LEVELS, 'no-internet')}"
    whose = one("", ", whose: [{staff: breaks}]", ", whose: [{pupils: breaks}]")
    lines = [
        HEAD,
        one("", "terms: [{name: Autumn, from: 2026-09-02, to: 2026-12-18}]", "bank_holidays: scotland"),
        "access_levels:",
        *map(level, LEVELS),
        "year_groups:",
        *map(year, GROUPS),
        "roles:",
        *map(role, ROLES),
        "classes: {5b: year-5, 5c: year-5}",
        "rooms: {hall: Hall}",
        "weeks: {a_begins: [2026-11-23]}",
        f"outside_windows: {{pupils: {one(*WORDS)}, ks1: {one(*WORDS)}, staff: {one(*WORDS)}}}",
        "timetable:",
        *(slot() for _ in range(draw(st.integers(1, 5)))),
        f"lessons: [{{for: {one(*WHOM)}, on: 2026-11-25, {hours()}, what: a day}}]",
        f"exam_periods: [{{name: x, for: {one(*WHOM)}, {period}}}]",
        f"agreements: {{pupils: {{{without}}}, declined: {one(*LEVELS, 'no-internet')}}}",
        f"sanctions: {{alone: {one('1d', '7d')}, keep: [maths]}}",
        "devices:",
        f"  tablet: {{segment: by-person, posture: {one('none', 'none', '{scan: 2d}')}}}",
        f"  phone: {{segment: by-person, never: during-day{whose}}}",
        "day: {starts: 08:40, bell: 15:15, breaks: [{from: 10:30, to: 10:45}]}",
    ]
    return parse("\n".join(lines), "school.yaml").policy


PEOPLE = {
    PersonId("child"): Person(PersonId("child"), "A child", year_group=YearGroupId("5b")),
    PersonId("little"): Person(PersonId("little"), "A small child", year_group=YearGroupId("reception")),
    PersonId("teacher"): Person(PersonId("teacher"), "A teacher", role="teacher"),
}
MINUTES = st.integers(-2 * 24 * 60, 14 * 24 * 60)


def moments(draw: st.DrawFn) -> datetime:
    return NINE + timedelta(minutes=draw(MINUTES))


@st.composite
def devices(draw: st.DrawFn, number: int) -> Device:
    person = draw(st.sampled_from((*PEOPLE, None)))
    return device(
        mac(300 + number),
        draw(st.sampled_from(("tablet", "tablet", "phone"))),
        admission=draw(st.sampled_from((*Admission, *[Admission.REGISTERED] * 6))),
        person=person,
        year_group=None if person else YearGroupId(draw(st.sampled_from((*GROUPS, *CLASSES)))),
        room=draw(st.sampled_from((None, "hall"))),
        hold=draw(st.sampled_from((None, None, None, Hold("ICT lead", "a virus", NINE)))),
    )


@st.composite
def windows(draw: st.DrawFn, macs: list[Mac]) -> AccessWindow:
    kind = draw(st.sampled_from(tuple(WindowKind)))
    sites = ("exam",) if kind is WindowKind.EXAM else draw(st.sampled_from(((), (), ("maths",), ("approved", "maths"))))
    group, level = draw(st.sampled_from((*GROUPS, *ROLES, ""))), draw(st.sampled_from((None, None, "wide")))
    number, start, minutes = draw(st.integers(1, 99)), draw(MINUTES), draw(st.integers(1, 3000))
    made = window(number, group, start, minutes, focus=sites, kind=kind, level=level)
    narrow = {
        "school_class": draw(st.sampled_from((None, None, "5b"))),
        "room": draw(st.sampled_from((None, None, "hall"))),
        "macs": draw(st.sampled_from(((), (), tuple(macs[:1])))),
    }
    return replace(made, **narrow)  # type: ignore[arg-type]


@st.composite
def sanctions(draw: st.DrawFn, macs: list[Mac]) -> Sanction:
    person = draw(st.sampled_from((*PEOPLE, None)))
    begins = moments(draw)
    return Sanction(
        f"s{draw(st.integers(1, 999))}",
        person=person,
        mac=None if person else draw(st.sampled_from(macs)),
        uses=draw(st.sampled_from(((INTERNET,), ("games",), ("service:tiktok",)))),
        begins_at=begins,
        ends_at=draw(st.sampled_from((None, begins + timedelta(days=2)))),
        reason="a breach",
        by="Head teacher",
        keep=draw(st.sampled_from(((), ("maths",)))),
        approved_by=draw(st.sampled_from((None, "ICT lead"))),
    )


@st.composite
def signatures(draw: st.DrawFn) -> tuple[Agreement, ...]:
    def one(person: PersonId) -> Agreement:
        signer = draw(st.sampled_from(tuple(Signer)))
        return Agreement(person, signer, "2026", moments(draw), declined=draw(st.integers(0, 4)) == 0)

    whole = [Agreement(p, s, "2026", NINE - timedelta(days=30)) for p in PEOPLE for s in Signer]
    return (*draw(st.sampled_from((whole, whole, []))), *(one(p) for p in PEOPLE if draw(st.booleans())))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Policy, Inventory, tuple[AccessWindow, ...]]:
    drawn = [draw(devices(number)) for number in range(draw(st.integers(1, 3)))]
    macs = [each.mac for each in drawn]
    given_agreements = draw(signatures())
    scanned = [
        Receipt(m, moments(draw), "clamav", NINE - timedelta(hours=1), draw(st.booleans()), "desk") for m in macs
    ]
    inventory = school(*drawn, receipts=scanned, seen=[at(m, f"10.20.3.{n}") for n, m in enumerate(macs)])
    known = {m: inventory.devices[m] for m in macs}
    emergency = draw(st.sampled_from((None, None, None, Emergency(moments(draw), "Head teacher", "a lockdown"))))
    unlike = {"unique_by": lambda each: each.id}
    return (
        draw(policies()),
        replace(
            inventory,
            devices=known,
            people=PEOPLE,
            agreements={p: tuple(a for a in given_agreements if a.person == p) for p in PEOPLE},
            sanctions=tuple(draw(st.lists(sanctions(macs), max_size=2, **unlike))),  # type: ignore[arg-type]
            emergency=emergency,
        ),
        tuple(draw(st.lists(windows(macs), max_size=5, **unlike))),  # type: ignore[arg-type]
    )


World = tuple[Policy, Inventory, tuple[AccessWindow, ...]]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
ABOVE_WINDOWS = next(number for number, rule in enumerate(PRECEDENCE) if rule.__name__ == "exam")


def facts_of(world: World) -> Facts:
    policy, inventory, opened = world
    return facts_between(policy, inventory, opened, NINE - timedelta(days=3), NINE + HORIZON)


@settings(max_examples=80, suppress_health_check=SLOW)
@given(worlds(), MINUTES)
def test_the_first_rule_that_speaks_decides_and_the_others_are_named_as_lost(world: World, minutes: int) -> None:
    facts, now = facts_of(world), NINE + timedelta(minutes=minutes)
    for who in world[1].devices:
        spoken = [ruling for rule in PRECEDENCE if (ruling := rule(Case(facts, facts.subject(who, now), now)))]
        found = decide(facts, who, now)
        assert (found.because, found.profile) == (spoken[0].because, spoken[0].profile)
        assert found.lost == tuple(ruling.because for ruling in spoken[1:])


@settings(max_examples=80, suppress_health_check=SLOW)
@given(worlds(), MINUTES, st.data())
def test_no_window_widens_what_emergency_quarantine_sanction_or_agreement_took(
    world: World, minutes: int, data: st.DataObject
) -> None:
    """Whatever windows are added, ended or rolled back: of what was taken nothing comes back."""
    policy, inventory, opened = world
    now = NINE + timedelta(minutes=minutes)
    more = tuple(data.draw(st.lists(windows(list(inventory.devices)), min_size=1, max_size=4)))
    without, with_more = (facts_of((policy, inventory, some)) for some in ((), (*opened, *more)))
    for who in inventory.devices:
        before, after = decide(without, who, now), decide(with_more, who, now)
        profile = with_more.profiles.named(after.profile)
        if inventory.emergency and now >= inventory.emergency.since and with_more.subject(who, now).pupils:
            assert not after.internet
        if before.segment == "quarantine":
            assert (after.segment, after.profile, after.internet) == ("quarantine", before.profile, False)
        for each in with_more.sanctions_of(with_more.subject(who, now)):
            if after.internet and each.covers(now, policy.sanctions.alone):
                kept = {site for name in each.keep for site in policy.site_lists[name].sites}
                assert (
                    set(profile.focus or ()) <= kept and profile.focus
                    if each.whole
                    else each.uses[0] in profile.withdrawn
                )
        if after.because.rule.startswith("agreements."):
            wanted = {policy.agreements.declined, policy.agreements.pupils and policy.agreements.pupils.without}
            assert not after.internet or profile.access_level in wanted


@settings(max_examples=80, suppress_health_check=SLOW)
@given(worlds(), MINUTES)
def test_of_two_windows_the_kind_that_stands_above_decides(world: World, minutes: int) -> None:
    policy, inventory, _ = world
    now = NINE + timedelta(minutes=minutes)
    ladder = [
        (WindowKind.EXAM, ("exam",)),
        (WindowKind.PAUSE, ()),
        (WindowKind.OPEN, ("maths",)),
        (WindowKind.OPEN, ()),
    ]
    rungs = [
        replace(window(90 + place, "", minutes - place, 60 + place, focus=focus, kind=kind), rule=f"rung {place}")
        for place, (kind, focus) in enumerate(ladder)
    ]
    for who in inventory.devices:
        for place in range(len(rungs)):
            facts = facts_of((policy, inventory, tuple(rungs[place:])))
            subject = facts.subject(who, now)
            above = [rule for rule in PRECEDENCE[:ABOVE_WINDOWS] if rule(Case(facts, subject, now))]
            found = decide(facts, who, now)
            if not above and subject.pupils:
                assert found.because.rule == f"rung {place}" or _planned_above(found.because.rule, place)


def _planned_above(rule: str, place: int) -> bool:
    """An exam period of the policy is an exam; one of focus is a window for chosen sites that may have opened later."""
    return rule.startswith("exam_periods[") and place >= 0


@settings(max_examples=60, suppress_health_check=SLOW)
@given(worlds(), st.lists(st.integers(0, 14 * 24 * 60 - 1), min_size=1, max_size=5))
def test_the_filter_left_alone_does_what_would_be_decided_whatever_the_policy(world: World, minutes: list[int]) -> None:
    policy, inventory, opened = world
    table = compile_intent(policy, inventory, opened, NINE, 1).table
    facts = facts_between(policy, inventory, opened, NINE, NINE + HORIZON)
    edges = {
        edge
        for cohort in table.cohorts.values()
        for grant in cohort.grants
        for edge in (grant.opens_at, grant.closes_at)
    }
    near = {datetime.fromtimestamp(edge, NINE.tzinfo) - timedelta(seconds=late) for edge in edges for late in (0, 1)}
    chosen = {NINE + timedelta(minutes=minute) for minute in minutes} | set(sorted(near)[:20])
    for now in sorted(each for each in chosen if NINE <= each < NINE + HORIZON):
        for address, binding in table.bindings.items():
            found = standing(table, address, now.timestamp()).profile
            assert found.name == decide(facts, Mac(binding.device), now).profile, (binding.name, now)
            assert found.state is not State.OPEN or decide(facts, Mac(binding.device), now).internet


@settings(max_examples=60, suppress_health_check=SLOW)
@given(worlds())
def test_what_is_mandatory_stands_in_the_table_whatever_anybody_opened(world: World) -> None:
    table = compile_intent(*world, NINE, 1).table
    assert table.mandatory == ("illegal",)
    assume(table.profiles)
    assert all("illegal" not in (*profile.allowed_services, *profile.withdrawn) for profile in table.profiles.values())
