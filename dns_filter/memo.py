"""Finished answers, remembered until the first moment at which anything about them could change (`dns.md` §10).

Not a cache of verdicts: the key holds the seat of the client, the question and the shape of its OPT, and an entry
holds the generation of the snapshot it was made by. A look-up that finds another generation, or comes at a moment
outside the entry's own, runs the whole pipeline again. A property test holds memo and pipeline equal.
"""

from __future__ import annotations

from itertools import islice

from dns_filter import ttl
from dns_filter.render import Rendered, aged
from dns_filter.told import Told
from dns_filter.wire import CD, HEADER, QR, RA, RD, SIZE, Question, opt_record

EDNS, DO, CHECKING_DISABLED = 1, 2, 4
_SHAPES = tuple(bytes((number,)) for number in range(8))
_OVERHEAD = 500


class Entry:
    """One answer. `head[rd]` are flags and counts, `tail` all that follows the question; both ready to be sent."""

    __slots__ = (
        "_cap", "_ends", "_jitter", "_opt", "_rendered", "generation", "head", "length", "since", "steady_until",
        "tail", "told", "until",
    )  # fmt: skip

    def __init__(self, rendered: Rendered, question: Question, generation: int, told: Told, jitter: float) -> None:
        self._rendered = rendered
        self._jitter = jitter
        self._opt = opt_record(do=question.do, options=rendered.options) if question.edns else b""
        self.generation = generation
        self.told = told
        self.until = rendered.until
        flags = QR | RA | question.flags & CD | rendered.rcode
        counts = (1, rendered.answers, rendered.authorities, int(question.edns))
        self.head = tuple(HEADER.pack(b"", each, *counts)[2:] for each in (flags, flags | RD))
        self.length = 12 + len(question.raw) + len(rendered.body) + len(self._opt)

    def age(self, now: float) -> None:
        """Write the TTLs that hold at `now`, and say how long they stay right."""
        rendered = self._rendered
        left = rendered.ends - now
        seconds = ttl.left(rendered.cap, rendered.ends, now, self._jitter)
        self.tail = aged(rendered.body, rendered.ttl_at, seconds) + self._opt
        self.since = now
        steady = rendered.ends - (rendered.cap if left >= rendered.cap else int(left))
        self.steady_until = min(self.until, steady)


def shape(*, edns: bool, do: bool, cd: bool) -> bytes:
    """The part of the key that says how the answer must look: with OPT, with DO in it, with CD copied."""
    return _SHAPES[EDNS * edns | DO * do | CHECKING_DISABLED * cd]


def key(tag: bytes, question: Question) -> bytes:
    """Seat, name in lower case, type and class as they are (HTTPS is 65, an `A`), shape."""
    look = shape(edns=question.edns, do=question.do, cd=question.cd)
    return tag + question.name + question.raw[-4:] + look


class Memo:
    """Bounded in octets; when it is full the oldest go. `entries` is read by the hot loop directly."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.weight = 0
        self.entries: dict[bytes, Entry] = {}

    def keep(self, key: bytes, entry: Entry, now: float) -> None:
        """Remember a finished answer, unless it is already over or would not fit a datagram."""
        if now >= entry.until or entry.length > SIZE:
            return
        entry.age(now)
        self._forget(key)
        self.entries[key] = entry
        self.weight += entry.length + len(key) + _OVERHEAD
        while self.weight > self.limit:
            for oldest in list(islice(self.entries, max(1, len(self.entries) // 64))):
                self._forget(oldest)

    def _forget(self, key: bytes) -> None:
        if (old := self.entries.pop(key, None)) is not None:
            self.weight -= old.length + len(key) + _OVERHEAD
