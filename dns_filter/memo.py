"""Finished answers, remembered until the first moment at which anything about them could change (`dns.md` §10).

Not a cache of verdicts: a key holds the seat of the client, the question and the shape of the answer, and an entry
belongs to one era. A look-up in another era, or at a moment when the entry is over, runs the whole pipeline again. A
property test holds memo and pipeline equal.

An answer stands under the very octets of the query that stubs send most, but for the id: lower case, no AD, where
there is an OPT one without options. The hot loop finds it there by what came over the wire; `recall` puts other
spellings and OPTs into this form. What clients send otherwise again and again gets an alias, which no other question
has; and for a blocked name with nothing of its own below it, one key stands for all that is below (`sealed`).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

from dns_filter import ttl
from dns_filter.model import Name
from dns_filter.render import Rendered
from dns_filter.told import Told
from dns_filter.wire import CD, FACTOR, HEADER, PLAIN_SIZE, QR, RA, RD, SIZE, Question, opt_record

EDNS, DO, CHECKING_DISABLED, RECURSION = 1, 2, 4, 8
FORMS = tuple(
    (HEADER.pack(b"", bool(bits & RECURSION) << 8 | bool(bits & CHECKING_DISABLED) << 4, 1, 0, 0, bits & EDNS)[2:],
     opt_record(do=bool(bits & DO)) if bits & EDNS else b"")
    for bits in range(16)
)  # fmt: skip
"""Of each shape: what stands before the name and what after its type and class, in the key of an answer."""
# QR is never set in a query, so none is taken for one of these.
BELOW = tuple(bytes((0xC0 | bits,)) for bits in range(16))
FLAGS = 10
"""Octets of flags and counts, with which a kept reply begins; the id before them is the client's."""
_OVERHEAD, _KEY = 520, 110
"""Octets that an entry takes besides its reply, as measured; and another key besides its own octets."""
_NEVER = float("-inf")


class Entry:
    """One answer. `reply` is all of it but the id, for a question in lower case that ends at `cut`."""

    __slots__ = (
        "alias", "below", "cap", "cut", "ends", "era", "flood", "jitter", "key", "reply", "steady_until", "told",
        "ttl_at", "until",
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
        self.ttl_at = _places(rendered.ttl_at)
        self.cap, self.ends, self.jitter = rendered.cap, rendered.ends, jitter
        self.key = b""
        self.alias: bytes | None = None
        """The octets in which a client asked for it, where those are others than its key."""
        self.below: bytes | None = None
        """Its key for all names below a blocked one, and what is written down when a flood asks for those."""
        self.flood: Told | None = None

    def age(self, now: float) -> None:
        """Write the TTLs that hold at `now`, and say how long they stay right."""
        left = self.ends - now
        changed, value = bytearray(self.reply), ttl.left(self.cap, self.ends, now, self.jitter).to_bytes(4)
        for at in self.ttl_at:
            changed[self.cut + at : self.cut + at + 4] = value
        self.reply = bytes(changed)
        self.steady_until = min(self.until, self.ends - (self.cap if left >= self.cap else int(left)))


@lru_cache(maxsize=1_000)
def _places(ttl_at: tuple[int, ...]) -> tuple[int, ...]:
    """The same tuple for all that are alike: most answers have their TTLs in the same few places."""
    return ttl_at


def bits(*, edns: bool, do: bool, cd: bool, rd: bool) -> int:
    """How the answer must look: with OPT, with DO in it, with CD and RD copied."""
    return EDNS * edns | DO * do | CHECKING_DISABLED * cd | RECURSION * rd


def shape(question: Question) -> int:
    return bits(edns=question.edns, do=question.do, cd=question.cd, rd=bool(question.flags & RD))


def key(tag: bytes, question: Question) -> bytes:
    """Seat, then the query as stubs write it: name in lower case, type and class as they are (HTTPS is 65, an `A`)."""
    before, after = FORMS[shape(question)]
    return tag + before + question.name + question.raw[-4:] + after


def key_below(tag: bytes, question: Question, top: Name) -> bytes:
    """Seat, shape and the same of every name below `top`."""
    return tag + BELOW[shape(question)] + top + question.raw[-4:]


class Memo:
    """Bounded in octets; when it is full, old ones go. `entries` is read by the hot loop directly."""

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
        """Remember a finished answer, unless it is already over or would not fit the smallest datagram of its form."""
        # Both ends of the counts: an OPT in the reply is an OPT in the question.
        # The key is the seat's tag of six octets, and the query but for the two of its id.
        limit = min(SIZE if entry.reply[FLAGS - 1] else PLAIN_SIZE, FACTOR * (len(key) - 4))
        if now >= entry.until or len(entry.reply) + 2 > limit:
            return
        entry.era = self.era
        entry.age(now)
        self.forget(key)
        entry.key, self.entries[key] = key, entry
        self.weight += len(key) + len(entry.reply) + _OVERHEAD
        if below is not None and not self._is_good(below, now):
            self._drop_below(below)
            entry.below, self.entries[below] = below, entry
            self.weight += len(below) + _KEY
        while self.weight > self.limit:
            self._make_room()

    def _make_room(self) -> None:
        """One in four of the oldest goes, and many at once. Did all of them go, a school that asks for a few names more
        than there is room for would find none of them: each comes round when it has just been forgotten."""
        met = 0
        for key in list(islice(self.entries, max(1, len(self.entries) // 16))):
            entry = self.entries.get(key)
            if entry is not None and key == entry.key and met % 4 == 0:
                self.forget(key)
            elif entry is not None:
                self.entries[key] = self.entries.pop(key)
            met += entry is not None and key == entry.key

    def also(self, alias: bytes, entry: Entry) -> None:
        """Find the entry by these octets too. One alias each: of clients that spell it otherwise there is no end."""
        if alias in self.entries:
            return
        if entry.alias is not None:
            del self.entries[entry.alias]
            self.weight -= len(entry.alias) + _KEY
        entry.alias, self.entries[alias] = alias, entry
        self.weight += len(alias) + _KEY

    def _is_good(self, key: bytes, now: float) -> bool:
        entry = self.entries.get(key)
        return entry is not None and entry.era == self.era and now < entry.until

    def _drop_below(self, below: bytes) -> None:
        if (old := self.entries.pop(below, None)) is not None:
            old.below = None
            self.weight -= len(below) + _KEY

    def forget(self, key: bytes) -> None:
        """Forget the entry at `key`, and all keys that lead to it."""
        if (entry := self.entries.get(key)) is None:
            return
        del self.entries[entry.key]
        self.weight -= len(entry.key) + len(entry.reply) + _OVERHEAD
        for each in filter(None, (entry.alias, entry.below)):
            del self.entries[each]
            self.weight -= len(each) + _KEY
