"""A provider's rules travel as a signed file, and count only with the signature of the key that is trusted."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from controller.reports.shared import NotTrusted, Shared, SharedRule, of_answers, public_text, read, signed

KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
RULES = (SharedRule(pattern="poki.com", allow=False, pupils=True, reason="games", clauses=("F2",)),)
SHARED = Shared("Valley ICT", datetime(2026, 11, 24, 9, 0, tzinfo=UTC), RULES)
TEXT = signed(SHARED, KEY)


def test_what_was_signed_is_read_again() -> None:
    assert read(TEXT, public_text(KEY)) == SHARED


def test_a_strangers_file_is_not_taken() -> None:
    with pytest.raises(NotTrusted, match="not that of the key"):
        read(signed(SHARED, STRANGER), public_text(KEY))


@pytest.mark.parametrize(("was", "becomes"), [("poki.com", "bbc.co.uk"), ('"allow": false', '"allow": true')])
def test_a_file_that_was_changed_is_not_taken(was: str, becomes: str) -> None:
    assert was in TEXT
    with pytest.raises(NotTrusted):
        read(TEXT.replace(was, becomes), public_text(KEY))


@given(st.text(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_text_is_a_fault(text: str) -> None:
    with pytest.raises(NotTrusted):
        read(text, public_text(KEY))


def test_only_what_is_meant_for_all_schools_leaves_this_one() -> None:
    rule = {
        "pattern": "poki.com", "allow": False, "reason": "games", "clauses": ["F2"], "review_on": None, "until": None,
        "everywhere": True, "holds": True, "origin": "", "scope": {"school": False},
    }  # fmt: skip
    others = ({**rule, "everywhere": False}, {**rule, "holds": False}, {**rule, "origin": "Valley ICT"})
    assert of_answers((rule, *others)) == RULES
