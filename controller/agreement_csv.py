"""The CSV of a form round: a line for each form that came back (W2, W4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from inventory.agreements import Signer
from inventory.csv_file import CellProblem, Rows, Sheet, read_rows

COLUMNS = ("person", "signer", "version", "signed_on", "means", "answer", "ends_on")
_ANSWERS = {"": False, "yes": False, "signed": False, "no": True, "declined": True}


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `declined`: it came back with a no."""

    person: str
    signer: Signer
    version: str
    signed_at: datetime
    means: str
    declined: bool
    ends: datetime | None


def read_forms(raw: bytes, file: str) -> Rows[Form]:
    """Every line is a form or a problem that names its line. Days are UTC days: a form knows no hour."""
    return read_rows(raw, file, _SHEET)


def _form(row: Mapping[str, str]) -> Form:
    try:
        signer = Signer(row["signer"].lower())
    except ValueError:
        raise CellProblem("signer", f"expected one of {', '.join(Signer)}") from None
    means = row["means"].lower() or "paper"
    if means not in ("paper", "online"):
        raise CellProblem("means", "expected paper or online")
    answer = row["answer"].lower()
    if answer not in _ANSWERS:
        raise CellProblem("answer", "expected yes (or blank) or declined")
    signed, ends = _day(row, "signed_on"), _day(row, "ends_on") if row["ends_on"] else None
    if ends is not None and ends <= signed:
        raise CellProblem("ends_on", "expected a day after it was signed")
    return Form(row["person"], signer, row["version"], signed, means, _ANSWERS[answer], ends)


def _day(row: Mapping[str, str], column: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(row[column]), time(), tzinfo=UTC)
    except ValueError:
        raise CellProblem(column, "expected a day such as 2026-09-08") from None


def _key(form: Form) -> str:
    return f"{form.person} {form.signer} {form.signed_at:%Y-%m-%d}"


_SHEET = Sheet(COLUMNS, frozenset({"person", "signer", "version", "signed_on"}), _form, _key, "person")
