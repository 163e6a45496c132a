"""One event, one line: what strangers named (host names, labels) neither ends a line of a log nor moves a cursor. ●"""

from __future__ import annotations

import logging
import sys


def one_line(text: str) -> str:
    """The same text; what no screen shows as itself is written as Python would: `\\r`, `\\x1b`, `\\u2028`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


class OneLine(logging.Formatter):
    """Tracebacks too: who reads a log by line finds an event whole, and as many events as there were."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record))


def to_stderr(layout: str, level: int) -> None:
    """Where the log of this process goes; `layout` as for logging.Formatter."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(layout))
    logging.basicConfig(handlers=[handler], level=level)
