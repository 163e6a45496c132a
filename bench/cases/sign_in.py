"""Does the time of a refused sign-in tell whether a name is known? The ratio must lie between 0.8 and 1.25."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from bench.measure import Measurement
from controller.accounts import Account, hash_password, password_fits

ROUNDS = 60
LEAST, MOST = 0.8, 1.25
WRONG = "not the password of anybody"


def measure() -> Iterator[Measurement]:
    known = Account("teacher", "teacher", hash_password("a long enough password"))
    password_fits(None, WRONG)  # the stand-in for unknown names is made once
    of_known, of_unknown = [], []
    for _ in range(ROUNDS):  # by turns: whatever else the machine does falls on both
        of_known.append(_seconds(known))
        of_unknown.append(_seconds(None))
    yield Measurement(
        "sign-in refused: a name that is known",
        median(of_known) * 1e3,
        "ms",
        False,
        "a name that is unknown",
        median(of_unknown) * 1e3,
        f"ratio {median(of_known) / median(of_unknown):.3f}, wanted {LEAST} to {MOST}",
    )


def _seconds(account: Account | None) -> float:
    began = perf_counter()
    password_fits(account, WRONG)
    return perf_counter() - began


def main() -> int:
    """As a part of `make torture`: says the ratio; 1 where it tells."""
    (found,) = measure()
    print(found.note)
    return 0 if found.peer_value and LEAST <= found.value / found.peer_value <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
