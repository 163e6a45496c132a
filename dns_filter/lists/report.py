"""What compiling the lists came to, list by list, for people and for the console."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["first", "same", "changed", "quarantined", "left-out"]
"""`quarantined`: the last good version is used instead. `left-out`: there is none."""


class Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(Told):
    kind: str
    detail: str


class InvalidLine(Told):
    line: int
    text: str
    reason: str


class DroppedEntry(Told):
    entry: str
    why: str


class OverruledEntry(Told):
    """An entry of the list that a protected or essential name outranks, wholly or in part."""

    entry: str
    protected: str
    category: str
    why: str


class Difference(Told):
    """What a quarantined version would change; the first names of each, by name."""

    added: int
    removed: int
    added_first: tuple[str, ...]
    removed_first: tuple[str, ...]


class ListReport(Told):
    name: str
    categories: tuple[str, ...]
    path: str
    licence: str
    state: State
    seen: str
    """Version of the file as it is now: the first 12 digits of its SHA-256. Empty where it cannot be read."""
    used: str
    """Version in the table; empty where the list is left out."""
    date: str = ""
    """Day of the version in use, from the file's time."""
    format: str
    names: int = 0
    exceptions: int = 0
    counts: dict[str, int] = Field(default_factory=dict)
    invalid_total: int = 0
    invalid: tuple[InvalidLine, ...] = ()
    reasons: tuple[Reason, ...]
    """Why the version seen is not used."""
    dropped: tuple[DroppedEntry, ...] = ()
    """Entries that would have blocked a whole public suffix or shared host."""
    open_to_strangers: tuple[str, ...] = ()
    """Entries in use under which a company lends names to anybody, such as `github.io`."""
    overruled_total: int = 0
    overruled: tuple[OverruledEntry, ...] = ()
    difference: Difference | None = None


class Report(Told):
    """`changed`: a new generation was made."""

    generation: int
    version: str
    names: int
    octets: int
    changed: bool
    lists: tuple[ListReport, ...]
