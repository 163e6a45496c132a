"""The staged candidate as the loop needs it: parsed once, and left out where it cannot be read any more."""

from __future__ import annotations

from pathlib import Path

import structlog

from controller.model import Staged
from controller.policy import Policy
from controller.policy.file import PolicyError, parse, with_calendars

log = structlog.get_logger(__name__)


class StagedSource:
    """Remembers the last candidate by its hash."""

    def __init__(self, beside: Path) -> None:
        self._beside = beside
        self._known: tuple[str, Policy | None] | None = None

    def policy_of(self, staged: Staged | None) -> Policy | None:
        if staged is None:
            return None
        if self._known is None or self._known[0] != staged.sha256:
            self._known = (staged.sha256, self._parsed(staged))
        return self._known[1]

    def _parsed(self, staged: Staged) -> Policy | None:
        try:
            return with_calendars(parse(staged.text, "the staged candidate"), self._beside).policy
        except PolicyError as error:
            # Its calendars may be gone since. Test devices have the running policy then, as everybody.
            log.warning("staged candidate left out", problem=str(error))
            return None
