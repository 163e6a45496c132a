"""Explain equals the filter. The long run: `python -m tests.controller.explain_law 100000`."""

from __future__ import annotations

import os

from dns_filter.model import Code
from tests.controller.explain_law import check


def test_explain_says_what_the_filter_does() -> None:
    seen = check(int(os.environ.get("CARETAKER_EXPLAIN_LAW", "400")), seed=7)
    assert {Code.ALLOWED, Code.CATEGORY, Code.CLOSED, Code.FOCUS_BLOCKED, Code.MANDATORY, Code.SAFE_SEARCH} <= set(seen)
