"""Rows as CSV that a spreadsheet shows and never runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# What spreadsheets take for the beginning of a formula, also behind blanks.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """With a byte order mark, which spreadsheets need to read UTF-8, and CRLF (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return "\ufeff" + text.getvalue()


def cell(value: Any) -> str:
    """Names are made by strangers: one that begins like a formula gets an apostrophe, which makes it plain text."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float) or not text.lstrip(" \u00a0").startswith(_FORMULA):
        return text
    return f"'{text}"
