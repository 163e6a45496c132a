"""What is written down of one outcome: no answer, no address, only what was asked and why it ended so."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from itertools import product
from sys import intern

from dns_filter.model import Code, LogLevel, Name, Verdict
from dns_filter.seats import Seat
from dns_filter.shipped import protected
from dns_filter.wire import suffixes

# Base 32 (RFC 4648 §6) in lower case, two letters at a time.
_PAIRS = tuple(map("".join, product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)))


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What is counted of an outcome, and of all like it. One object for each kind: it is compared by being the same."""

    profile: str
    code: Code
    category: str
    step: str
    personal: bool


@dataclass(slots=True, eq=False)
class Told:
    profile: str
    name: Name
    qtype: int
    code: Code
    rule: str
    epoch: int
    why: str = ""
    """The token a blocked client is given; a member of staff finds the record by it."""
    personal: bool = True
    """False: who asked is not to be written down. A child must be able to look for help unseen."""
    category: str = ""
    """The first of the categories that decided; empty where none did."""
    step: str = ""
    level: LogLevel | None = None
    """How much of it its profile lets be written down; None: as the filter's settings say."""
    place: tuple[object, int] | None = field(default=None, init=False)
    """Where the query log has put it: that file, and the number in it."""
    kind: Kind = field(init=False)

    def __post_init__(self) -> None:
        self.kind = _kind(self.profile, self.code, self.category, self.step, self.personal)

    @property
    def blocked(self) -> bool:
        return bool(self.why)


def tell(verdict: Verdict, query: tuple[Name, int], seat: Seat, epoch: int, why: str = "") -> Told:
    name, qtype = query
    personal = support().isdisjoint(suffixes(name))
    source, category = seat.profile.source, verdict.categories[0] if verdict.categories else ""
    return Told(
        source.name,
        name,
        qtype,
        verdict.code,
        intern(verdict.rule),
        epoch,
        why,
        personal,
        category,
        verdict.step,
        source.log,
    )


def why_token(key: bytes, profile: str, verdict: Verdict, name: Name) -> str:
    """Eight letters that stand for (profile, name, code, rule) and say nothing of them to who lacks the key."""
    told = b"\0".join((profile.encode(), verdict.code.encode(), verdict.rule.encode(), name))
    number = int.from_bytes(blake2b(told, digest_size=5, key=key).digest())
    return _PAIRS[number >> 30] + _PAIRS[number >> 20 & 1023] + _PAIRS[number >> 10 & 1023] + _PAIRS[number & 1023]


@cache
def _kind(profile: str, code: Code, category: str, step: str, personal: bool) -> Kind:
    """One object for all outcomes of a kind: there are hundreds of kinds, and a hundred thousand outcomes."""
    return Kind(profile, code, category, step, personal)


@cache
def support() -> frozenset[Name]:
    """Where a child finds help; who asks for these, or for what is below them, is never written down."""
    return frozenset(each.name for each in protected() if each.kind == "support")
