"""The school's own rules as lists: each is read back by the reader of that format, and says no more than the rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.reports.export import FORMATS, exported
from dns_filter import lists
from dns_filter.names import to_wire
from inventory.site_rules import Scope, SiteRule

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NAMES = ("poki.com", "www.poki.com", "xn--fa-hia.de", "bad.example.co.uk")


def rule(pattern: str, *, allow: bool = False) -> SiteRule:
    return SiteRule("r1", pattern, allow, Scope(pupils=True), NOW, "head", "games")


PATTERNS = st.lists(st.sampled_from([f"{sign}{name}" for sign in ("", "=", "*.") for name in NAMES]), max_size=6)


@given(PATTERNS, st.sampled_from(sorted(FORMATS)))
def test_a_list_is_read_back_without_an_oddity(patterns: list[str], form: str) -> None:
    text = exported(map(rule, patterns), FORMATS[form], "Ash Lane\nPrimary", NOW, allow=False)
    found = lists.parse(text.encode(), "auto")
    assert not found.invalid
    named = {pattern.removeprefix("=").removeprefix("*.") for pattern in patterns}
    allowed = {to_wire(name) for each in named for name in (each, f"www.{each}")}
    assert found.names <= allowed


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_what_a_format_cannot_say_is_a_comment_in_it(form: str) -> None:
    text = exported([rule("*.poki.com")], FORMATS[form], "Ash Lane", NOW, allow=False)
    found = lists.parse(text.encode(), "auto").blocks
    assert to_wire("poki.com") not in found.whole | found.exact


def test_what_is_opened_is_an_exception_where_the_format_knows_them() -> None:
    text = exported([rule("poki.com", allow=True)], FORMATS["adblock"], "Ash Lane", NOW, allow=True)
    assert text.splitlines()[1:] == ["@@||poki.com^"]
