"""How long a client may keep an answer: never past the bell (`dns.md` §3)."""

from __future__ import annotations

BLOCK = 10
SAFE_SEARCH = 30
LOCAL = 60
SWITCHABLE = 15
"""Allowed answers of clients from whom a lesson, a pause, a sanction or a grant could take them away."""
ALLOWED = 300
STALE = 10
FAILURE = 5


def left(cap: int, ends: float, now: float, jitter: float) -> int:
    """Whole seconds, at least 1: at most `cap`, and over by `ends` (the bell, or the end of the upstream's own TTL).

    `jitter` in [0, 1) takes away up to a tenth, so that a class does not ask for the same name in the same second.
    """
    ttl = cap if ends - now >= cap else int(ends - now)
    return max(1, ttl - int(jitter * (ttl // 10 + 1)))
