"""What is known of one query of one client: the answer of `explain`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.clauses import ClauseText
from controller.client import Client
from controller.model import Decision
from dns_filter.model import Action, Code, Verdict
from dns_filter.names import to_text
from dns_filter.trace import Trace

OF_THE_DEVICE = frozenset({Code.CLOSED, Code.QUARANTINED, Code.UNKNOWN_DEVICE})
"""Outcomes that speak of the device and not of the name."""


@dataclass(frozen=True, slots=True)
class Flip:
    """When the verdict becomes another one by itself, and which; `why` is the lesson or window behind it."""

    at: datetime
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The same for three readers. A child learns no detail, an auditor every one."""

    child: str = ""
    teacher: str = ""
    auditor: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`decision` is of the device, `trace` of the name. `allowed_if`: what would allow it and who can do that.

    `note` is not empty where the answer is not about the table in force but computed for another moment.
    """

    client: Client
    name: str
    qtype: str
    at: datetime
    decision: Decision
    trace: Trace
    clauses: tuple[ClauseText, ...] = ()
    changes: Flip | None = None
    allowed_if: str = ""
    note: str = ""
    texts: Texts = Texts()

    @property
    def verdict(self) -> Verdict:
        return self.trace.verdict

    @property
    def allowed(self) -> bool:
        return self.verdict.action is not Action.BLOCK

    @property
    def about_the_device(self) -> bool:
        return self.verdict.code in OF_THE_DEVICE

    @property
    def matched(self) -> str:
        """The name on the list or in the rule that decided; empty where none did."""
        return to_text(self.verdict.matched) if self.verdict.matched is not None else ""

    @property
    def else_decided(self) -> Sequence[tuple[str, str]]:
        """(step, rule) of what would have decided, had the earlier steps been silent."""
        return [(said.step, said.verdict.rule) for said in self.trace.losing if said.verdict]
