"""What commands print: nothing that somebody named is obeyed by a terminal, and tables fit it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.commands.output import fail, fitting, moment, plain, print_table

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@given(st.text())
def test_no_text_holds_a_character_that_a_terminal_obeys(text: str) -> None:
    assert plain(text).isprintable()


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("ipad-5-11", "ipad-5-11"),
        ("Café Zoë", "Café Zoë"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
        ("\u202egnp.exe", "\\x202egnp.exe"),
        (None, ""),
        (["F1", "F3"], "F1, F3"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
    ],
)
def test_a_cell_is_shown_and_not_obeyed(cell: object, shown: str) -> None:
    assert plain(cell) == shown


ROW = {"name": "ipad-y5-01", "mac": "3c:22:fb:05:00:01", "address": "127.5.0.11", "port": "", "segment": "pupils"}
WHY = {"why": "Outside lessons year-5 has the level between-lessons."}
COLUMNS = ("name", "mac", "address", "port", "segment", "why")
SPARE = ("segment", "port", "address")


@pytest.mark.parametrize(
    ("width", "shown", "left_out"),
    [
        (200, list(COLUMNS), []),
        (85, ["name", "mac", "address", "segment", "why"], []),
        (80, ["name", "mac", "address", "why"], ["segment"]),
        (66, ["name", "mac", "why"], ["segment", "address"]),
        (10, ["name", "mac", "why"], ["segment", "address"]),
    ],
)
def test_a_narrow_terminal_does_without_what_it_can(width: int, shown: list[str], left_out: list[str]) -> None:
    assert fitting([ROW | WHY], COLUMNS, SPARE, width) == (shown, left_out)


def test_a_table_stays_within_eighty_columns_and_breaks_no_mac(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table([ROW | WHY, {**ROW, "name": "[red]not markup[/red]", **WHY}], COLUMNS, "", SPARE)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert out.count("3c:22:fb:05:00:01") == 2
    assert "[red]not markup[/red]" in out
    assert "left out for want of room: segment" in out


def test_a_pipe_gets_every_column_on_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS")
    print_table([ROW | WHY], COLUMNS, "", SPARE)
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == list(COLUMNS)
    assert WHY["why"] in row


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([], COLUMNS, "Nobody is here.")
    assert capsys.readouterr().out == "Nobody is here.\n"


@pytest.mark.parametrize(
    ("at", "form"),
    [(NOW, "%H:%M:%S"), (NOW + timedelta(days=3), "%a %d %b %H:%M"), (NOW + timedelta(days=90), "%d %b %Y %H:%M")],
)
def test_a_moment_is_as_short_as_it_can_be(at: datetime, form: str) -> None:
    assert moment(at.isoformat(), NOW) == at.astimezone().strftime(form)
    assert moment(None, NOW) == ""


def test_an_error_of_several_lines_keeps_its_lines_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BaseException) as ended:  # noqa: PT011 (typer's own way out is no Exception it exports)
        fail("one\n\x1b]0;two\x07", "do\nthis", 2)
    assert ended.value.exit_code == 2  # type: ignore[attr-defined]
    assert capsys.readouterr().err == "caretaker: one\n\\x1b]0;two\\x07\ndo\nthis\n"
