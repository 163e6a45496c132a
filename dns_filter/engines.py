"""The engines there are, and which is taken: pure Python, always there, or compiled where it was built. ●"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from dns_filter.engine import NOTHING, Drain, Engine, EngineChoice, EngineName, EngineUnavailable, Gathered

if TYPE_CHECKING:
    from dns_filter.desk import Desk
    from dns_filter.limits import Quota, RateLimit


class Reference:
    """Pure Python, without a compiler: what all others are held against."""

    name: EngineName = "reference"
    unsent = dropped = 0

    def __init__(self, memo_limit: int) -> None:
        from dns_filter.limits import Quota
        from dns_filter.memo import Memo

        self.memory, self._quota = Memo(memo_limit), Quota

    def quota(self) -> Quota:
        return self._quota()

    def drain(self, sock: socket.socket, desk: Desk, poller: int | None = None) -> Drain:  # noqa: ARG002 (never waits)
        from dns_filter.hot import make_drain

        return make_drain(sock, desk)

    def gather(self, *, due: bool = True) -> Gathered:  # noqa: ARG002 (all is in the log's own lists)
        return NOTHING


def chosen(wanted: EngineChoice) -> tuple[EngineName, str]:
    """The engine that is taken here and, where `auto` did not find the fast one, why. Raises EngineUnavailable."""
    if wanted == "reference":
        return "reference", ""
    from dns_filter.fast.library import load

    try:
        load()
    except EngineUnavailable as why:
        if wanted == "fast":
            raise
        return "reference", str(why)
    return "fast", ""


def make_engine(name: EngineName, memo_limit: int, rate_limit: RateLimit | None) -> Engine:
    """Raises EngineUnavailable."""
    if name == "reference":
        return Reference(memo_limit)
    from dns_filter.fast.engine import Fast

    return Fast(memo_limit, rate_limit)
