"""From the cache, else from an upstream, else what is left of yesterday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dns_filter.cache import Cache, Kept
from dns_filter.clock import Clock
from dns_filter.flights import Wanted
from dns_filter.records import Answer
from dns_filter.upstream import Upstreams


class Found(NamedTuple):
    """`kept` is None where nothing is known at all; `stale` where the upstreams did not answer; `new` where one did."""

    kept: Kept | None
    stale: bool = False
    new: bool = False


NOTHING = Found(None, stale=True)
Tell = Callable[[Found], None]


@dataclass(slots=True)
class Resolver:
    cache: Cache
    upstreams: Upstreams
    clock: Clock

    def resolve(self, wanted: Wanted, now: float, tell: Tell) -> None:
        """`tell` hears once what was found: at once where it is kept, within 3.5 s where it is not."""
        key = wanted.key
        kept = self.cache.find(key, now)
        if kept is not None and now < kept.expires:
            tell(Found(kept))
        elif self.cache.failed(key, now):
            tell(Found(kept, stale=True))
        else:
            self.upstreams.ask(wanted, lambda answer: self._landed(key, kept, tell, answer), patient=kept is None)

    def _landed(self, key: bytes, old: Kept | None, tell: Tell, answer: Answer | None) -> None:
        now = self.clock()
        if answer is None:
            self.cache.put_failure(key, now)
            tell(Found(old, stale=True))
            return
        # Of those who waited for one answer, the first puts it into the cache and the others find it there.
        kept = self.cache.find(key, now)
        tell(Found(kept if kept and kept.answer is answer else self.cache.put(key, answer, now), new=True))
