"""When a request that got no answer is sent again, and when it is given up (RFC 5080 §2.2.1, RFC 5176 §2.3). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. `first` doubles up to `longest`; after `tries` sendings, or `whole` seconds, nobody is there."""

    first: float = 1.0
    longest: float = 8.0
    tries: int = 5
    whole: float = 15.0


def waits(patience: Patience, chance: Callable[[], float]) -> Iterator[float]:
    """How long to wait for an answer after each sending. `chance` gives -0.1 to 0.1: switches of a whole school that
    were asked at once are not all asked again at once."""
    wait, spent = patience.first * (1 + chance()), 0.0
    for _ in range(patience.tries):
        wait = min(wait, patience.whole - spent)
        if wait <= 0:
            return
        yield wait
        spent += wait
        wait = wait * (2 + chance())
        if wait > patience.longest:
            wait = patience.longest * (1 + chance())
