"""What a check found: lines, findings, and the run that holds them, as it is kept and signed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["open", "shut", "stale", "silent", "untested", "changed", "lapsed", "route", "unreachable"]
ALARMING: frozenset[Kind] = frozenset({"open", "stale", "silent", "changed", "lapsed", "route", "unreachable"})
"""What somebody has to look at today. `shut` keeps a class from working, `untested` is old news: both are shown."""

SEGMENT = "segment "
"""How the place of a check begins that a probe made from within a segment: the name of the segment follows."""


class Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(Kept):
    """One subject at one seat: how many questions were asked, and how many were answered as they had to be."""

    seat: str
    subject: str
    expect: str
    asked: int
    right: int
    rule: str = ""
    clauses: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    """The first few that were not, each with what came back."""


class Finding(Kept):
    """Something that is not as it should be. `kind` says how, `subject` of what."""

    kind: Kind
    subject: str
    text: str
    clauses: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject

    @property
    def alarming(self) -> bool:
        return self.kind in ALARMING


class Run(Kept):
    """One check of one filter. `where` is the node, or the segment whose station tried its routes."""

    format: Literal[1] = 1
    school: str
    where: str
    at: datetime
    policy: str
    """The first digits of the policy's SHA-256."""
    epoch: int
    """Of the published table."""
    names: str
    """Version of the compiled lists; empty where there are none."""
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]

    @property
    def asked(self) -> int:
        return sum(line.asked for line in self.lines)

    @property
    def good(self) -> bool:
        """Whether nothing was found that somebody has to look at."""
        return not any(each.alarming for each in self.findings)
