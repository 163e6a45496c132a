"""How much one client may ask: never a limit for all together, so that no client can use up another's share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address, ip_address, ip_network

_REMEMBERED = 65_536


class Pass(Enum):
    ANSWER = "answer"
    TRUNCATE = "truncate"
    """Answer with TC=1: a real client comes back over TCP, a forged sender cannot."""
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A page load is a hundred look-ups, so a burst is normal and a steady stream is not."""

    per_second: float = 50.0
    burst: float = 300.0

    @property
    def pouring(self) -> tuple[float, float]:
        """Seconds that one question fills, and seconds that fit."""
        return 1 / self.per_second, self.burst / self.per_second


class Quota:
    """One client's buckets, as the moments at which they would be empty, and its questions under way upstream."""

    __slots__ = ("answered", "pending", "truncated")

    def __init__(self) -> None:
        self.answered = self.truncated = 0.0
        self.pending = 0

    def ask(self, now: float, limit: RateLimit) -> Pass:
        step, room = limit.pouring
        self.answered, fits = _poured(self.answered, now, step, room)
        if fits:
            return Pass.ANSWER
        self.truncated, fits = _poured(self.truncated, now, step, room)
        return Pass.TRUNCATE if fits else Pass.DROP


class Quotas:
    """One quota for each device we know; strangers share one for each IPv4 address or IPv6 /64."""

    def __init__(self) -> None:
        self._quotas: dict[str, Quota] = {}

    def of(self, address: str, device: str | None) -> Quota:
        who = device or _network(address)
        if who not in self._quotas:
            if len(self._quotas) >= _REMEMBERED:
                # Forgotten quotas start full: a flood of strangers may cost a limit, never a newcomer's answer.
                self._quotas.clear()
            self._quotas[who] = Quota()
        return self._quotas[who]


def _poured(level: float, now: float, step: float, room: float) -> tuple[float, bool]:
    """The bucket after one more question, or as it was where that does not fit. A clock set back empties it."""
    level = level if now <= level <= now + room + step else now
    return (level + step, True) if level + step <= now + room else (level, False)


def _network(address: str) -> str:
    parsed = ip_address(address.partition("%")[0])
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address
