"""Reported sites: how long who has to answer, and what a report may do by itself (F2, W7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import model_validator

from controller.policy.types import Duration, Part, YesNo


class Reports(Part):
    """Counted from the first report of a case."""

    ask_deputy_after: Duration = timedelta(minutes=15)
    ask_head_after: Duration = timedelta(minutes=30)
    remind_every: Duration = timedelta(days=1)
    """After the head was asked: everybody again, until somebody decides."""
    provisional_block: Duration | Literal["off"] = timedelta(hours=24)
    """How long what a member of staff blocks by reporting stays blocked unless somebody confirms it."""
    quiet: Duration = timedelta(minutes=10)
    """Between two letters to one person: what comes in meanwhile stands together in the next."""
    review_after: Duration = timedelta(days=365)
    """When a rule is looked at again where its author named no day."""
    keep: Duration = timedelta(days=365)
    """How long it is kept who reported what, from which device, after the case was decided (M9)."""
    own_sites: tuple[str, ...] = ()
    """The school's own sites: no report blocks them."""
    pupils_report: YesNo = True
    """Whether the block page has a form for reports."""

    @model_validator(mode="after")
    def _in_order(self) -> Reports:
        if self.ask_head_after < self.ask_deputy_after:
            raise ValueError("asks the head before the deputy; expected `ask_head_after` to be the longer one")
        return self
