"""How much one client may ask: never a limit for all together, so that no client can use up another's share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address, ip_address, ip_network

from dns_filter.model import Name
from dns_filter.wire import suffixes

_REMEMBERED = 65_536
NO_ZONE = Name(b"")
UNCROWDED, OF_ONE_ZONE = 64, 32
"""Questions of one client under way before it is looked at which zones they are for; and then of one zone."""


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

    __slots__ = ("_zones", "answered", "pending", "truncated")

    def __init__(self) -> None:
        self.answered = self.truncated = 0.0
        self.pending = 0
        self._zones: Counter[Name] = Counter()

    def enter(self, name: Name, most: int) -> Name | None:
        """Count one more question under way: what `leave` must be told, or None where there is no room for it.

        Names without end below one zone whose servers are dead must not use up what the client's other names need.
        """
        if self.pending >= most:
            return None
        self.pending += 1
        if self.pending <= UNCROWDED:
            return NO_ZONE
        zone = zone_of(name)
        if self._zones[zone] >= OF_ONE_ZONE:
            self.pending -= 1
            return None
        self._zones[zone] += 1
        return zone

    def leave(self, entered: Name) -> None:
        self.pending -= 1
        if entered != NO_ZONE:
            self._zones[entered] -= 1
            if not self._zones[entered]:
                del self._zones[entered]

    def ask(self, now: float, limit: RateLimit) -> Pass:
        step, room = limit.pouring
        self.answered, fits = _poured(self.answered, now, step, room)
        if fits:
            return Pass.ANSWER
        self.truncated, fits = _poured(self.truncated, now, step, room)
        return Pass.TRUNCATE if fits else Pass.DROP


class Quotas:
    """One quota for each device we know; strangers share one for each IPv4 address or IPv6 /64."""

    def __init__(self, new: Callable[[], Quota] = Quota) -> None:
        self._quotas: dict[str, Quota] = {}
        self._new = new

    def of(self, address: str, device: str | None) -> Quota:
        who = device or _network(address)
        if who not in self._quotas:
            if len(self._quotas) >= _REMEMBERED:
                # Forgotten quotas start full: a flood of strangers may cost a limit, never a newcomer's answer.
                self._quotas.clear()
            self._quotas[who] = self._new()
        return self._quotas[who]


def zone_of(name: Name) -> Name:
    """About the registered domain: two labels, three below what looks like `co.uk`.

    A guess serves here, and costs no look into the Public Suffix List: it divides one client's own share, no more.
    """
    tops = suffixes(name)
    labels = 3 if len(tops) > 2 and tops[-2][0] <= 3 else 2
    return tops[-labels] if len(tops) >= labels else name


def _poured(level: float, now: float, step: float, room: float) -> tuple[float, bool]:
    """The bucket after one more question, or as it was where that does not fit. A clock set back empties it."""
    level = level if now <= level <= now + room + step else now
    return (level + step, True) if level + step <= now + room else (level, False)


def _network(address: str) -> str:
    parsed = ip_address(address.partition("%")[0])
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address
