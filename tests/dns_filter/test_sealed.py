"""One remembered answer for all names below a blocked one: only where nothing below has a say of its own."""

from __future__ import annotations

import dns.edns
import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dns_filter.model import Rule
from dns_filter.names import to_wire
from dns_filter.snapshot import Snapshot
from tests.dns_filter import school
from tests.dns_filter.school import KEY_STAGE_2, YEAR_5
from tests.dns_filter.test_memo import Two, packet
from tests.fakes.domain_table import FakeDomainTable

TREE = ("poki.com", "cdn.poki.com", "a.cdn.poki.com", "b.a.cdn.poki.com", "www.poki.com", "poki.example.org")
LEAVES = ("", "", "q1.", "q2.", "r.q1.")
NAMES = tuple(leaf + name for name in TREE for leaf in LEAVES)
PLACES = (
    "games", "social", "iwf-illegal", "essential", "bypass", "protected:education", "protected:support",
    "protected:choice", "service:tiktok", "search:without-switch",
)  # fmt: skip
_SPELLED = st.builds(str.__add__, st.sampled_from(("", "=", "*.")), st.sampled_from(TREE))
_LISTS = st.dictionaries(st.sampled_from(PLACES), st.lists(_SPELLED, min_size=1, max_size=3), max_size=4)
_RULES = st.lists(
    st.builds(
        lambda name, allow, scope: Rule(name=name, allow=allow, scope=scope, rule=f"rule for {name}"),
        _SPELLED, st.booleans(), st.sampled_from(("school", "lesson", "grant")),
    ),
    max_size=3,
)  # fmt: skip
_TABLES = st.fixed_dictionaries(
    {},
    optional={
        "hosts": st.dictionaries(st.sampled_from(TREE), st.just(("10.1.2.3",)), max_size=2),
        "internal": st.dictionaries(st.sampled_from(TREE), st.just(()), max_size=2),
    },
)
_FOCUS = st.one_of(st.none(), st.none(), st.lists(_SPELLED, max_size=2).map(tuple))


def world(lists: dict[str, list[str]], **changes: object) -> Two:
    """One worker that remembers and one that does not, both of a school with these lists and a changed profile."""
    both = Two()
    profile = KEY_STAGE_2.model_copy(update=changes.pop("profile", {}))  # type: ignore[arg-type]
    profiles = {**school.table().profiles, profile.name: profile}
    table = school.table(2, profiles=profiles, **changes)
    for desk in (both.with_memo, both.without):
        names = FakeDomainTable({"games": ["poki.com"], **lists})
        desk.adopt(Snapshot(table, names, desk.generation + 1))
    return both


@settings(max_examples=300, deadline=None)
@given(_LISTS, _RULES, _TABLES, _FOCUS, st.lists(st.sampled_from(NAMES), min_size=6, max_size=20), st.booleans())
def test_what_is_remembered_for_a_whole_tree_is_right_for_every_name_in_it(
    lists: dict[str, list[str]],
    rules: list[Rule],
    tables: dict[str, object],
    focus: tuple[str, ...] | None,
    asked: list[str],
    edns: bool,
) -> None:
    both = world(lists, profile={"rules": tuple(rules), "focus": focus}, **tables)
    for name in asked:
        assert both.same(packet(name, use_edns=0 if edns else False), YEAR_5), name


def test_a_name_nobody_asked_for_is_answered_from_memory_below_a_blocked_one() -> None:
    both = world({})
    both.ask(packet("first.poki.com"), YEAR_5, both.with_memo)
    for name in ("second.poki.com", "and.third.poki.com", "SECOND.poki.com"):
        reply = both.remembered(packet(name), YEAR_5)
        assert reply is not None
        said = dns.message.from_wire(reply)
        assert said.question[0].name.to_text() == name + "."
        assert said.authority[0].name == said.question[0].name
        assert reply == both.ask(packet(name), YEAR_5, both.without)
    for name in ("poki.com", "poki.com.example.org", "xpoki.com"):
        assert both.remembered(packet(name), YEAR_5) is None


@pytest.mark.parametrize(
    ("lists", "changes"),
    [
        ({"social": ["=x.cdn.poki.com"]}, {}),
        ({"protected:education": ["x.cdn.poki.com"]}, {}),
        ({"iwf-illegal": ["*.x.cdn.poki.com"]}, {}),
        ({"essential": ["=school.x.cdn.poki.com"]}, {}),
        ({}, {"profile": {"rules": (Rule(name="=school.x.cdn.poki.com", allow=True, rule="r"),)}}),
        ({}, {"profile": {"rules": (Rule(name="*.x.cdn.poki.com", allow=True, rule="r"),)}}),
        ({}, {"hosts": {"school.x.cdn.poki.com": ("10.0.0.1",)}}),
        ({}, {"internal": {"x.cdn.poki.com": ()}}),
    ],
)
def test_a_name_with_something_of_its_own_is_never_answered_for_by_the_tree(
    lists: dict[str, list[str]], changes: dict[str, object]
) -> None:
    both = world(lists, **changes)
    both.ask(packet("first.poki.com"), YEAR_5, both.with_memo)
    both.ask(packet("first.cdn.poki.com"), YEAR_5, both.with_memo)
    for name in ("school.x.cdn.poki.com", "x.cdn.poki.com", "other.x.cdn.poki.com"):
        assert both.same(packet(name), YEAR_5), name


@pytest.mark.parametrize(
    "label", [b"\x40" + b"a" * 64, b"\xc0\x0c", b"\x05abc", b"\x7fa"], ids=lambda label: label.hex()[:8]
)
def test_octets_that_are_no_name_are_never_answered_from_memory(label: bytes) -> None:
    both = world({})
    both.ask(packet("first.poki.com"), YEAR_5, both.with_memo)
    head = b"\0\7\1\0\0\1\0\0\0\0\0\0"
    assert both.same(head + label + to_wire("poki.com") + b"\0\1\0\1", YEAR_5)
    assert both.remembered(head + label + to_wire("poki.com") + b"\0\1\0\1", YEAR_5) is None
    long = b"".join(b"\x3f" + b"a" * 63 for _ in range(4)) + to_wire("poki.com")
    assert both.remembered(head + long + b"\0\1\0\1", YEAR_5) is None


@pytest.mark.parametrize(
    ("lists", "profile"),
    [
        ({}, {"rules": (Rule(name="*.poki.com", allow=True, rule="r"),)}),
        ({}, {"rules": (Rule(name="*.poki.com", allow=False, rule="r"),)}),
        ({"social": ["*.poki.com"]}, {}),
        ({"iwf-illegal": ["*.poki.com"]}, {}),
        ({"protected:education": ["*.poki.com"]}, {}),
    ],
)
def test_a_blocked_name_speaks_for_those_below_it_only_where_they_are_told_the_same(
    lists: dict[str, list[str]], profile: dict[str, object]
) -> None:
    both = world(lists, profile=profile)
    both.ask(packet("poki.com"), YEAR_5, both.with_memo)
    assert both.remembered(packet("www.poki.com"), YEAR_5) is None
    assert both.same(packet("www.poki.com"), YEAR_5)


def test_a_name_below_a_blocked_one_needs_no_second_look_at_the_policy() -> None:
    both = world({})
    both.ask(packet("poki.com"), YEAR_5, both.with_memo)
    reply = both.remembered(packet("a9f3.poki.com"), YEAR_5)
    assert reply == both.ask(packet("a9f3.poki.com"), YEAR_5, both.without)


def test_a_flood_of_random_names_below_a_blocked_one_is_soon_written_down_as_one() -> None:
    both = world({})
    both.ask(packet("poki.com"), YEAR_5, both.with_memo)
    for number in range(1_200):
        assert both.remembered(packet(f"r{number}.poki.com"), YEAR_5) is not None
    log = both.with_memo.log
    assert len(log.below) == 1_000
    assert {told.name for told in log.hits[1::2]} == {b"\1*" + to_wire("poki.com")}
    assert len(log.hits) == 2 * 200


def test_a_zero_inside_a_label_ends_no_name() -> None:
    both = world({})
    both.ask(packet("first.poki.com"), YEAR_5, both.with_memo)
    asked = b"\0\7\1\0\0\1\0\0\0\0\0\0\x03a\0b" + to_wire("poki.com") + b"\0\1\0\1"
    assert both.remembered(asked, YEAR_5) is None
    assert both.same(asked, YEAR_5)
    assert both.remembered(asked.replace(b"a\0b", b"A\0B"), YEAR_5) == both.ask(
        asked.replace(b"a\0b", b"A\0B"), YEAR_5, both.without
    )
    assert both.remembered(asked.replace(b"a\0b", b"c\0b"), YEAR_5) is None


def test_the_token_of_a_block_stands_for_the_listed_name() -> None:
    both = world({})
    texts = set()
    for name in ("first.poki.com", "second.poki.com", "poki.com"):
        said = dns.message.from_wire(both.ask(packet(name), YEAR_5, both.without))
        (option,) = said.options
        assert isinstance(option, dns.edns.EDEOption)
        texts.add(option.text)
    assert len(texts) == 1
