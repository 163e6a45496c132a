"""As many lines in a log as there were events, whatever the names in them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from controller.logs import write_to_stderr
from dns_filter.log_lines import OneLine, one_line

HOSTILE = ("a\r\nb", "a\x1b[2Jb", "a\x0bb", "a\x85b", "a\u2028b", "a\u202eb", "a\udc80b", "\r", "\n" * 3)


@given(st.text())
def test_a_line_holds_only_what_a_screen_shows_as_itself(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert one_line(shown) == shown


@pytest.mark.parametrize("name", HOSTILE)
def test_a_record_is_one_line_with_its_traceback(name: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(OneLine("%(message)s"))
    log = logging.Logger("a log of this test")
    log.addHandler(handler)
    try:
        raise ValueError(name)
    except ValueError:
        log.exception("asked for %s", name)
    assert len(out.getvalue().splitlines()) == 1
    assert "Traceback" in out.getvalue()
    assert "test_log_lines.py" in out.getvalue()


@pytest.fixture
def no_log_of_another_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logging, "root", logging.RootLogger(logging.WARNING))
    level = logging.getLogger("paramiko").level
    yield
    structlog.reset_defaults()
    logging.getLogger("paramiko").setLevel(level)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.usefixtures("no_log_of_another_test")
def test_the_controllers_log_has_as_many_lines_as_events(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_to_stderr("info")
    log = structlog.get_logger()
    log.info("a stranger", name=name)
    log.warning(name, mac="02:00:00:00:00:01")
    try:
        raise RuntimeError(name)
    except RuntimeError:
        log.exception("set aside", device=name)
    lines = capsys.readouterr().err.splitlines()
    assert [("a stranger" in line, "02:00" in line, "set aside" in line) for line in lines] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
