"""The nouns: a clause, what keeps it, and the proofs that it was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.clauses import ClauseText


class Source(StrEnum):
    """Where a proof was found."""

    CASE = "case"
    CHECK = "filter check"
    ROUTES = "ways past the filter"
    SCAN = "scan"
    LESSON = "lesson"
    ACT = "audit"


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of a proof that has several."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Something that happened and stands on record. `good`: it shows the clause kept; else that it was not.

    No pupil is named in one: it may be printed and shown to governors.
    """

    at: datetime
    source: Source
    ref: str
    """Where to look it up: a case, a lesson, a row of the audit."""
    text: str
    good: bool = True
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One clause. `proofs`: the newest first; none means that nothing on record shows it yet."""

    clause: ClauseText
    by: tuple[str, ...]
    """What enforces or watches it, a sentence each."""
    proofs: tuple[Proof, ...]
    outside: str = ""
    """What of it no network can do: people do."""

    @property
    def state(self) -> str:
        """`shown`, `not kept` (the newest word of one source is bad), or `no proof yet`."""
        if not self.proofs:
            return "no proof yet"
        newest = {proof.source: proof for proof in reversed(self.proofs)}
        return "shown" if all(proof.good for proof in newest.values()) else "not kept"
