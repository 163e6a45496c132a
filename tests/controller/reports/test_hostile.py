"""Some of the reports that try everything; `python -m tests.controller.reports.hostile` sends ten thousand."""

from __future__ import annotations

from pathlib import Path

from tests.controller.reports import hostile


def test_no_report_breaks_a_page_a_letter_a_list_or_the_audit_or_blocks_what_must_stay(tmp_path: Path) -> None:
    statuses, wrong = hostile.run(150, 7, tmp_path)
    assert wrong == []
    assert statuses["blocked at once"] > 0
    assert statuses["letter read"] > 0


def test_what_is_looked_for_would_be_found(tmp_path: Path) -> None:
    assert [*hostile.wrong_page("/", '<script src="/static/htmx.min.js"></script><a href="javascript:x">y</a>')]
    assert [*hostile.wrong_page("/", '<script src="/static/htmx.min.js"></script><p>\u202e</p>')]
    assert [*hostile.wrong_page("/", "<script>alert(1)</script>")]
