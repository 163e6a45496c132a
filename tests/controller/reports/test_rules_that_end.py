"""A rule that ends carries its end into the filter: the same at every worker, with nobody left to say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from controller.compile import compile_intent
from controller.policy.file import parse
from dns_filter.model import Action, Code, FilterTable, Query, standing
from dns_filter.names import to_wire
from dns_filter.snapshot import Snapshot
from dns_filter.steps import decide
from inventory.model import Admission, Device, Inventory, Mac, Whereabouts, YearGroupId
from inventory.site_rules import Scope, SiteRule
from tests.fakes.domain_table import FakeDomainTable
from tests.fakes.site import POLICY as TEXT

POLICY = parse(TEXT.replace("pupils: closed", "pupils: open"), "school.yaml").policy
NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
YEAR_5, YEAR_6, TEACHER = "10.20.0.5", "10.20.0.6", "10.30.0.7"


def rule(pattern: str, scope: Scope, minutes: int | None = None, *, allow: bool = False, at: int = 0) -> SiteRule:
    until = NINE + timedelta(minutes=minutes) if minutes is not None else None
    decided = NINE + timedelta(seconds=at)
    return SiteRule(f"r{at + 1}", pattern, allow, scope, decided, "head", "games", until, case="c12", clauses=("F2",))


def device(number: int, **who: object) -> Device:
    return Device(Mac(f"3c:22:fb:05:00:0{number}"), f"d{number}", "school-ipad", Admission.REGISTERED, **who)  # type: ignore[arg-type]


def school(*rules: SiteRule) -> FilterTable:
    devices = (
        device(5, year_group=YearGroupId("year-5")),
        device(6, year_group=YearGroupId("year-6")),
        device(7, role="teacher"),
    )
    addresses = dict(zip((each.mac for each in devices), (YEAR_5, YEAR_6, TEACHER), strict=True))
    inventory = Inventory(
        devices={each.mac: each for each in devices},
        whereabouts={mac: Whereabouts(mac, NINE, None, None, address) for mac, address in addresses.items()},
        site_rules=rules,
    )
    return compile_intent(POLICY, inventory, (), NINE, 1).table


def verdict(table: FilterTable, client: str, name: str, minute: float = 1) -> tuple[Action, Code, str]:
    snapshot, at = Snapshot(table, FakeDomainTable({})), (NINE + timedelta(minutes=minute)).timestamp()
    found = decide(Query(to_wire(name), 1, client, at), snapshot.seat(client, at).profile, snapshot)
    return found.action, found.code, found.rule


def blocked(table: FilterTable, client: str, name: str = "poki.com", minute: float = 1) -> bool:
    return verdict(table, client, name, minute)[1] is Code.RULE_BLOCKED


PUPILS, SCHOOL, FIVE = Scope(pupils=True), Scope(school=True), Scope(groups=("year-5",))


def test_a_block_for_pupils_names_its_case_and_leaves_staff_alone() -> None:
    table = school(rule("poki.com", PUPILS))
    assert verdict(table, YEAR_5, "www.poki.com")[1:] == (Code.RULE_BLOCKED, "case c12, rule r1")
    assert blocked(table, YEAR_6)
    assert not blocked(table, TEACHER)
    assert blocked(school(rule("poki.com", SCHOOL)), TEACHER)


def test_a_rule_for_one_year_group_is_that_groups_alone() -> None:
    table = school(rule("poki.com", FIVE))
    assert (blocked(table, YEAR_5), blocked(table, YEAR_6)) == (True, False)


def test_what_was_opened_for_one_year_group_stands_above_what_is_closed_for_all() -> None:
    table = school(rule("poki.com", FIVE, allow=True), rule("poki.com", PUPILS, at=5))
    assert (blocked(table, YEAR_5), blocked(table, YEAR_6)) == (False, True)


def test_of_two_decisions_for_the_same_the_later_counts_and_the_older_holds_again_when_it_ends() -> None:
    table = school(rule("poki.com", PUPILS, allow=True), rule("poki.com", PUPILS, minutes=30, at=5))
    assert blocked(table, YEAR_5, minute=29)
    assert verdict(table, YEAR_5, "poki.com", 30)[1] is Code.RULE_ALLOWED


def test_a_rule_holds_up_to_its_end_and_not_a_moment_longer() -> None:
    table = school(rule("poki.com", PUPILS, minutes=30))
    assert [blocked(table, YEAR_5, minute=each) for each in (0, 29.99, 30, 31)] == [True, True, False, False]


def test_an_opened_site_is_shut_again_by_its_end() -> None:
    table = school(rule("poki.com", PUPILS), rule("poki.com", FIVE, minutes=30, allow=True, at=5))
    assert [blocked(table, YEAR_5, minute=each) for each in (29.99, 30)] == [False, True]


RULES = st.lists(
    st.builds(
        rule,
        st.sampled_from(["poki.com", "=poki.com", "*.poki.com", "www.poki.com"]),
        st.sampled_from([PUPILS, SCHOOL, FIVE, Scope(levels=("key-stage-2",))]),
        st.none() | st.integers(1, 60),
        allow=st.booleans(),
        at=st.integers(0, 50),
    ),
    max_size=6,
)


@given(RULES, st.sampled_from([YEAR_5, YEAR_6, TEACHER]), st.floats(0, 61))
def test_seats_say_at_every_moment_what_the_table_says(rules: list[SiteRule], client: str, minute: float) -> None:
    table, at = school(*rules), (NINE + timedelta(minutes=minute)).timestamp()
    snapshot = Snapshot(table, None)
    told, seat = standing(table, client, at), snapshot.seat(client, at)
    assert seat.profile.source == told.profile
    assert seat.until == told.next_flip
    assert seat.since <= at < seat.until
    assert all(each.until is None or at < each.until for each in seat.profile.source.rules)


@given(RULES, st.floats(0, 61))
def test_a_table_of_later_is_the_same_as_this_one_then(rules: list[SiteRule], minute: float) -> None:
    """What the filter does by itself is what the controller would have said."""
    names = ("poki.com", "www.poki.com")
    later = [each for each in rules if each.holds(NINE + timedelta(minutes=minute))]
    assert [verdict(school(*rules), YEAR_5, name, minute) for name in names] == [
        verdict(school(*later), YEAR_5, name, minute) for name in names
    ]
