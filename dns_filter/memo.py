"""Finished answers, remembered until the first moment at which anything about them could change (`dns.md` §10).

Not a cache of verdicts: a key holds the seat of the client, the question and the shape of the answer, and an entry
belongs to one era. A look-up in another era, or at a moment when the entry is over, runs the whole pipeline again. A
property test holds memo and pipeline equal.

Three kinds of keys lead to an entry, told apart by the octet after the tag: the canonical one; an alias, the very
octets that a client sent, which no other question has; and for a blocked name with nothing of its own below it, one
for all that is below (`sealed`).
"""

from __future__ import annotations

from itertools import islice

from dns_filter import ttl
from dns_filter.model import Name
from dns_filter.render import Rendered
from dns_filter.told import Told
from dns_filter.wire import CD, HEADER, QR, RA, RD, SIZE, Question, opt_record

EDNS, DO, CHECKING_DISABLED, RECURSION = 1, 2, 4, 8
# QR is never set in a query, so no alias begins like one of these.
SHAPES = tuple(bytes((0x80 | bits,)) for bits in range(16))
BELOW = tuple(bytes((0xC0 | bits,)) for bits in range(16))
FLAGS = 10
"""Octets of flags and counts, with which a kept reply begins; the id before them is the client's."""
_OVERHEAD = 900
_NEVER = float("-inf")


class Entry:
    """One answer. `reply` is all of it but the id, for a question in lower case that ends at `cut`."""

    __slots__ = (
        "_cap", "_ends", "_jitter", "_ttl_at", "alias", "cut", "era", "keys", "reply", "steady_until", "told", "until",
    )  # fmt: skip

    def __init__(self, rendered: Rendered, question: Question, told: Told, jitter: float) -> None:
        opt = opt_record(do=question.do, options=rendered.options) if question.edns else b""
        flags = QR | RA | question.flags & (CD | RD) | rendered.rcode
        counts = (1, rendered.answers, rendered.authorities, int(question.edns))
        asked = question.name + question.raw[-4:]
        self.cut = FLAGS + len(asked)
        self.reply = HEADER.pack(b"", flags, *counts)[2:] + asked + rendered.body + opt
        self.told = told
        self.until = rendered.until
        self.steady_until = _NEVER
        """Up to here `reply` is right as it stands; after it the TTLs must be written anew."""
        self.era = -1
        self.alias = False
        self._ttl_at = rendered.ttl_at
        self._cap, self._ends, self._jitter = rendered.cap, rendered.ends, jitter
        self.keys: tuple[bytes, ...] = ()
        """Under which it stands in the memo."""

    def age(self, now: float) -> None:
        """Write the TTLs that hold at `now`, and say how long they stay right."""
        left = self._ends - now
        changed, value = bytearray(self.reply), ttl.left(self._cap, self._ends, now, self._jitter).to_bytes(4)
        for at in self._ttl_at:
            changed[self.cut + at : self.cut + at + 4] = value
        self.reply = bytes(changed)
        self.steady_until = min(self.until, self._ends - (self._cap if left >= self._cap else int(left)))


def bits(*, edns: bool, do: bool, cd: bool, rd: bool) -> int:
    """How the answer must look: with OPT, with DO in it, with CD and RD copied."""
    return EDNS * edns | DO * do | CHECKING_DISABLED * cd | RECURSION * rd


def shape(question: Question) -> int:
    return bits(edns=question.edns, do=question.do, cd=question.cd, rd=bool(question.flags & RD))


def key(tag: bytes, question: Question) -> bytes:
    """Seat, shape, name in lower case, type and class as they are (HTTPS is 65, an `A`)."""
    return tag + SHAPES[shape(question)] + question.name + question.raw[-4:]


def key_below(tag: bytes, question: Question, top: Name) -> bytes:
    """The same for every name below `top`."""
    return tag + BELOW[shape(question)] + top + question.raw[-4:]


class Memo:
    """Bounded in octets; when it is full the oldest go. `entries` is read by the hot loop directly."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.weight = 0
        self.entries: dict[bytes, Entry] = {}
        self.era = 0
        self._latest = _NEVER

    def __len__(self) -> int:
        return len(self.entries)

    def begin_era(self) -> None:
        """Nothing that was remembered so far counts any more."""
        self.era += 1

    def era_at(self, now: float) -> int:
        """The era of a whole batch that begins `now`. A clock that was set back since the last one begins another."""
        if now < self._latest:
            self.era += 1
        self._latest = now
        return self.era

    def keep(self, key: bytes, entry: Entry, now: float, below: bytes | None = None) -> None:
        """Remember a finished answer, unless it is already over or would not fit a datagram."""
        if now >= entry.until or len(entry.reply) + 2 > SIZE:
            return
        entry.era = self.era
        entry.age(now)
        self._put(key, entry)
        if below is not None and not self._is_good(below, now):
            self._put(below, entry)
        while self.weight > self.limit:
            for oldest in list(islice(self.entries, max(1, len(self.entries) // 64))):
                self._forget(oldest)

    def also(self, alias: bytes, entry: Entry) -> None:
        """Find the entry by these octets too. One alias each: of clients that spell it otherwise there is no end."""
        entry.alias = True
        self._put(alias, entry)

    def _is_good(self, key: bytes, now: float) -> bool:
        entry = self.entries.get(key)
        return entry is not None and entry.era == self.era and now < entry.until

    def _put(self, key: bytes, entry: Entry) -> None:
        self._drop(key)
        self.entries[key] = entry
        self.weight += len(key) + (0 if entry.keys else _weight(entry))
        entry.keys += (key,)

    def _forget(self, key: bytes) -> None:
        """Forget the entry at `key`, and all keys that lead to it."""
        entry = self.entries.get(key)
        for each in entry.keys if entry else ():
            self._drop(each)

    def _drop(self, key: bytes) -> None:
        if (old := self.entries.pop(key, None)) is not None:
            old.keys = tuple(each for each in old.keys if each != key)
            self.weight -= len(key) + (0 if old.keys else _weight(old))


def _weight(entry: Entry) -> int:
    return len(entry.reply) + _OVERHEAD
