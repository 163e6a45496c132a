"""Who outranks whom: emergency, quarantine, sanction, agreement, exam, pause, focus, window, timetable, no lesson."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.compile import HORIZON, compile_intent
from controller.decide import decide, facts_between
from controller.model import AccessWindow, Decision, WindowKind
from controller.policy import Agreements, PupilAgreements, Sanctions, StaffAgreements
from dns_filter.model import FilterProfile, State, standing
from inventory.agreements import Agreement, Signer
from inventory.model import Hold, Inventory, Mac, Person, PersonId, YearGroupId
from inventory.sanctions import INTERNET, Emergency, Sanction
from tests.controller.school import NINE, POLICY, at, device, mac, school, window

CHILD, TEACHER = PersonId("child-5-01"), PersonId("teacher-5")
TABLET, LAPTOP = mac(81), mac(82)
PEOPLE = {
    CHILD: Person(CHILD, "A child of Year 5", year_group=YearGroupId("year-5")),
    TEACHER: Person(TEACHER, "Year 5 teacher", role="teacher"),
}
RULES = POLICY.model_copy(
    update={
        "sanctions": Sanctions(keep=("maths-sites",)),
        "agreements": Agreements(pupils=PupilAgreements(without="approved-only")),
    }
)
IN_LESSON, EVENING = NINE + timedelta(minutes=30), NINE + timedelta(hours=9)
SIGNED = tuple(
    Agreement(person, signer, "2026", NINE - timedelta(days=60))
    for person, signer in ((CHILD, Signer.PUPIL), (CHILD, Signer.GUARDIAN), (TEACHER, Signer.STAFF))
)
DECLINED = Agreement(CHILD, Signer.GUARDIAN, "2026", NINE - timedelta(days=1), declined=True)
EMERGENCY = Emergency(NINE, "Head teacher", "a lockdown")
HELD = Hold("ICT lead", "a virus", NINE)
EXAM = window(1, focus=("maths-sites",), kind=WindowKind.EXAM)
PAUSE = window(2, kind=WindowKind.PAUSE)
FOCUS = window(3, focus=("approved-sites",))
OPEN = window(4)


def sanction(*uses: str, **rest: object) -> Sanction:
    given: dict[str, object] = {
        "person": CHILD,
        "mac": None,
        "begins_at": NINE,
        "ends_at": NINE + timedelta(days=3),
        "reason": "a breach",
        "by": "Head teacher",
        "approved_by": "ICT lead",
    }
    return Sanction("s1", uses=uses, **{**given, **rest})  # type: ignore[arg-type]


def people(*, agreements: tuple[Agreement, ...] = SIGNED, hold: Hold | None = None, **more: object) -> Inventory:
    """A tablet of a child of Year 5 and a laptop of its teacher."""
    tablet = device(TABLET, "school-ipad", person=CHILD, hold=hold)
    laptop = device(LAPTOP, "school-ipad", person=TEACHER)
    by_person = {who: tuple(each for each in agreements if each.person == who) for who in PEOPLE}
    seen = [at(TABLET, "10.20.2.81"), at(LAPTOP, "10.20.2.82")]
    return replace(school(tablet, laptop, seen=seen), people=PEOPLE, agreements=by_person, **more)  # type: ignore[arg-type]


def decided(
    inventory: Inventory, *windows: AccessWindow, now: datetime = IN_LESSON, who: Mac = TABLET
) -> tuple[Decision, FilterProfile]:
    facts = facts_between(RULES, inventory, windows, NINE - timedelta(days=1), NINE + HORIZON)
    found = decide(facts, who, now)
    return found, facts.profiles.named(found.profile)


# From the strongest to the weakest; each line adds what the one above it beats.
LADDER = (
    ("emergency", {"emergency": EMERGENCY}, ()),
    ("inventory.hold", {"hold": HELD}, ()),
    ("sanction s1", {"sanctions": (sanction(INTERNET),)}, ()),
    ("agreements.declined", {"agreements": (*SIGNED, DECLINED)}, ()),
    ("window 1", {}, (replace(EXAM, rule=""),)),
    ("window 2", {}, (replace(PAUSE, rule=""),)),
    ("window 3", {}, (replace(FOCUS, rule=""),)),
    ("window 4", {}, (replace(OPEN, rule=""),)),
    ("timetable[0]", {}, ()),
)


@pytest.mark.parametrize("place", range(len(LADDER)), ids=[rule for rule, *_ in LADDER])
def test_each_rung_of_the_ladder_beats_all_below_it(place: int) -> None:
    facts: dict[str, object] = {}
    windows: list[AccessWindow] = []
    for _, more, opened in reversed(LADDER[place:]):
        facts |= more
        windows += opened
    found, _ = decided(people(**facts), *windows)  # type: ignore[arg-type]
    assert found.because.rule == LADDER[place][0]


def test_without_a_lesson_it_is_closed_and_the_timetable_beats_that() -> None:
    assert decided(people(), now=EVENING)[0].because.rule.startswith("outside_windows")
    assert decided(people())[0].internet


def test_an_emergency_closes_for_pupils_only_and_leaves_quarantine_as_it_is() -> None:
    child, profile = decided(people(emergency=EMERGENCY), OPEN)
    assert (child.internet, child.segment, profile.state) == (False, "pupils", State.CLOSED)
    assert decided(people(emergency=EMERGENCY), who=LAPTOP)[0].internet
    held, profile = decided(people(emergency=EMERGENCY, hold=HELD))
    assert (held.segment, profile.state) == ("quarantine", State.QUARANTINED)


def test_learning_sites_that_a_sanction_keeps_are_open_in_lessons_and_nothing_else() -> None:
    kept = people(sanctions=(sanction(INTERNET, keep=("maths-sites",)),))
    found, profile = decided(kept, OPEN)
    assert found.internet
    assert profile.focus == RULES.site_lists["maths-sites"].sites
    assert not decided(kept, now=EVENING)[0].internet
    assert not decided(kept, PAUSE)[0].internet
    elsewhere = window(1, focus=("approved-sites",), kind=WindowKind.EXAM)
    assert not decided(kept, elsewhere)[0].internet


def test_one_kind_of_use_is_taken_and_the_rest_stays() -> None:
    found, profile = decided(people(sanctions=(sanction("webmail", "service:tiktok"),)), OPEN)
    assert found.internet
    assert profile.withdrawn == ("service:tiktok", "webmail")
    assert profile.name.startswith("key-stage-2.no-service-tiktok-webmail")
    _, profile = decided(people(sanctions=(sanction("webmail"),)), OPEN, now=NINE - timedelta(minutes=1))
    assert profile.withdrawn == ()


@pytest.mark.parametrize(
    ("rest", "days", "internet"),
    [
        ({}, 2, False),
        ({}, 4, True),  # it ends by itself, and access is back
        ({"ends_at": None, "approved_by": None}, 6, False),
        ({"ends_at": None, "approved_by": None}, 8, True),  # nobody else approved: a week at most
        ({"ends_at": None}, 13, False),
        ({"ends_at": NINE + timedelta(days=10), "approved_by": None}, 8, True),
    ],
)
def test_a_sanction_ends_by_itself(rest: dict[str, object], days: int, internet: bool) -> None:
    now = NINE + timedelta(days=days)
    opened = window(1, start=days * 24 * 60 - 30)
    assert decided(people(sanctions=(sanction(INTERNET, **rest),)), opened, now=now)[0].internet is internet


@pytest.mark.parametrize(
    ("given_", "rule"),
    [
        (SIGNED, "roles.teacher.may_open"),
        ((), "agreements.pupils.without"),
        (SIGNED[:1], "agreements.pupils.without"),
        ((*SIGNED, DECLINED), "agreements.declined"),
        ((*SIGNED, DECLINED, replace(DECLINED, declined=False, signed_at=NINE)), "roles.teacher.may_open"),
        ((replace(SIGNED[0], signed_at=NINE + timedelta(hours=1)), SIGNED[1]), "agreements.pupils.without"),
        ((replace(SIGNED[0], ends=NINE), SIGNED[1]), "agreements.pupils.without"),
    ],
    ids=["signed", "nothing", "guardian missing", "declined", "thought better of it", "signed later", "run out"],
)
def test_what_a_child_may_follows_its_agreement(given_: tuple[Agreement, ...], rule: str) -> None:
    assert decided(people(agreements=given_), OPEN)[0].because.rule == rule


def test_without_an_agreement_a_lesson_opens_the_approved_sites_and_no_evening_does() -> None:
    found, profile = decided(people(agreements=()), OPEN)
    assert (found.internet, profile.access_level) == (True, "approved-only")
    assert not decided(people(agreements=()), now=EVENING)[0].internet


def test_staff_who_have_not_signed_this_year_are_reminded_unless_the_policy_says_more() -> None:
    old = (replace(SIGNED[2], signed_at=NINE - timedelta(days=400)),)
    assert decided(people(agreements=old), who=LAPTOP)[0].internet
    strict = RULES.agreements.model_copy(update={"staff": StaffAgreements(without="no-internet")})
    policy = RULES.model_copy(update={"agreements": strict})
    for agreements, internet in ((old, False), (SIGNED, True)):
        facts = facts_between(policy, people(agreements=agreements), (), NINE, NINE + HORIZON)
        assert decide(facts, LAPTOP, NINE).internet is internet


KINDS = st.sampled_from(tuple(WindowKind))
MINUTES = st.integers(-120, 14 * 24 * 60)


@st.composite
def windows(draw: st.DrawFn) -> AccessWindow:
    kind, focus = draw(KINDS), draw(st.sampled_from(((), ("maths-sites",), ("approved-sites", "maths-sites"))))
    if kind is WindowKind.EXAM:
        focus = focus or ("maths-sites",)
    level = draw(st.sampled_from((None, "staff")))
    return window(draw(st.integers(1, 99)), start=draw(MINUTES), minutes=draw(st.integers(1, 900)), focus=focus,
                  level=level, kind=kind)  # fmt: skip


@st.composite
def sanctions(draw: st.DrawFn) -> Sanction:
    return sanction(
        *draw(st.sampled_from(((INTERNET,), ("webmail",), ("service:tiktok", "games")))),
        keep=draw(st.sampled_from(((), ("maths-sites",), ("maths-sites", "approved-sites")))),
        begins_at=NINE + timedelta(minutes=draw(st.integers(-2000, 9000))),
        ends_at=draw(st.sampled_from((None, NINE + timedelta(days=2), NINE + timedelta(days=9)))),
        approved_by=draw(st.sampled_from((None, "ICT lead"))),
    )


@st.composite
def signatures(draw: st.DrawFn) -> tuple[Agreement, ...]:
    def one() -> Agreement:
        signed = NINE + timedelta(minutes=draw(st.integers(-500 * 24 * 60, 20_000)))
        ends = draw(st.sampled_from((None, NINE + timedelta(days=1), NINE + timedelta(days=20))))
        who, signer = draw(st.sampled_from(((CHILD, Signer.PUPIL), (CHILD, Signer.GUARDIAN), (TEACHER, Signer.STAFF))))
        return Agreement(who, signer, "2026", signed, declined=draw(st.integers(0, 5)) == 0, ends=ends)

    return draw(st.sampled_from(((), SIGNED, SIGNED))) + tuple(one() for _ in range(draw(st.integers(0, 3))))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Inventory, tuple[AccessWindow, ...]]:
    inventory = people(
        agreements=draw(signatures()),
        hold=draw(st.sampled_from((None, None, HELD))),
        sanctions=tuple(draw(st.lists(sanctions(), max_size=3))),
        emergency=draw(st.sampled_from((None, None, EMERGENCY))),
    )
    return inventory, tuple(draw(st.lists(windows(), max_size=5, unique_by=lambda each: each.id)))


@settings(max_examples=150)
@given(worlds(), st.integers(0, 13 * 24 * 60))
def test_no_window_reaches_past_emergency_quarantine_sanction_or_agreement(
    world: tuple[Inventory, tuple[AccessWindow, ...]], minutes: int
) -> None:
    inventory, opened = world
    now = NINE + timedelta(minutes=minutes)
    found, profile = decided(inventory, *opened, now=now)
    alone = RULES.sanctions.alone
    running = [each for each in inventory.sanctions if each.covers(now, alone)]
    if inventory.emergency or inventory.devices[TABLET].hold:
        assert not found.internet
        return
    if any(each.whole and not each.keep for each in running):
        assert not found.internet
    if not found.internet:
        assert profile.state is not State.OPEN
        return
    for each in running:
        if each.whole:
            kept = {site for name in each.keep for site in RULES.site_lists[name].sites}
            assert profile.focus is not None
            assert set(profile.focus) <= kept
        else:
            assert set(each.uses) <= set(profile.withdrawn)
    free, _ = decided(replace(inventory, agreements={CHILD: SIGNED[:2]}, sanctions=()), *opened, now=now)
    assert free.internet, "a rule that takes away never opens"


@settings(max_examples=60)
@given(worlds(), st.lists(st.integers(0, 14 * 24 * 60 - 1), min_size=1, max_size=6))
def test_the_filter_left_alone_keeps_sanctions_agreements_and_pauses(
    world: tuple[Inventory, tuple[AccessWindow, ...]], minutes: list[int]
) -> None:
    inventory, opened = world
    table = compile_intent(RULES, inventory, opened, NINE, 1).table
    facts = facts_between(RULES, inventory, opened, NINE, NINE + HORIZON)
    for moment in (NINE + timedelta(minutes=minute) for minute in minutes):
        for address, binding in table.bindings.items():
            found = standing(table, address, moment.timestamp()).profile.name
            assert found == decide(facts, Mac(binding.device), moment).profile, (binding.name, moment)


@settings(max_examples=60)
@given(worlds(), st.integers(0, 13 * 24 * 60))
def test_a_decision_about_a_person_holds_until_it_says_it_ends(
    world: tuple[Inventory, tuple[AccessWindow, ...]], minutes: int
) -> None:
    inventory, opened = world
    facts = facts_between(RULES, inventory, opened, NINE - timedelta(days=1), NINE + HORIZON)
    now = NINE + timedelta(minutes=minutes)
    for who in (TABLET, LAPTOP):
        found = decide(facts, who, now)
        last = min(found.until or NINE + HORIZON, NINE + HORIZON) - timedelta(seconds=1)
        for moment in (now, now + (last - now) / 2, max(now, last)):
            assert decide(facts, who, moment).profile == found.profile
