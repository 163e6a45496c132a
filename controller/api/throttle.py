"""At most so many tries a minute, per account and per address: passwords are guessed slowly or not at all.

Pages that need no sign-in are limited per address as well.
"""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from controller.api.problems import TooManyTries

SIGN_IN_TRIES = 10
PLACES_KEPT = 4096
REFUSALS_KEPT = 30
PAGES_AT_THE_DOOR = 60
FORMS_AT_THE_DOOR = 6


class Throttle:
    """Counts in memory: a restart forgives, which is harmless at this rate."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._tries = RateLimitItemPerMinute(SIGN_IN_TRIES)
        self._refusals = RateLimitItemPerMinute(REFUSALS_KEPT)
        self._places: dict[tuple[str, str], None] = {}
        self._pages = RateLimitItemPerMinute(PAGES_AT_THE_DOOR)
        self._forms = RateLimitItemPerMinute(FORMS_AT_THE_DOOR)

    def count_sign_in(self, account: str, address: str) -> None:
        """Count a try before its password is looked at. Raises TooManyTries on the eleventh in a minute.

        The address goes first: one address can fill the memory with ten names a minute and no more.
        """
        name = account.casefold()[:64]
        # Strangers who use up the tries of an account must not keep out whoever signs in where it signed in before.
        counted = ("here", name, address) if (name, address) in self._places else ("account", name)
        for key in (("address", address), counted):
            if not self._limiter.hit(self._tries, "sign-in", *key):
                raise TooManyTries(
                    "Too many tries to sign in.", "Wait a minute, then try again.", headers={"Retry-After": "60"}
                )

    def count_page(self, visitor: str) -> None:
        """A page for whoever stands in front of a device. Raises TooManyTries."""
        self._count(self._pages, "door", visitor)

    def count_form(self, visitor: str) -> None:
        """What such a person sends: a report, a sign-in. Raises TooManyTries."""
        self._count(self._forms, "door form", visitor)

    def count_at_the_door(self, account: str, address: str) -> None:
        """A whole class signs in with one name within a minute: only what fails is counted for the name.

        Raises TooManyTries after ten that failed, but not where the name was right before.
        """
        name = account.casefold()[:64]
        known = (name, address) in self._places
        if not known and not self._limiter.test(self._tries, "door sign-in", name):
            raise TooManyTries("Too many wrong tries.", "Wait a minute.", headers={"Retry-After": "60"})

    def failed_at_the_door(self, account: str) -> None:
        self._limiter.hit(self._tries, "door sign-in", account.casefold()[:64])

    def _count(self, limit: RateLimitItemPerMinute, what: str, visitor: str) -> None:
        if not self._limiter.hit(limit, what, visitor):
            raise TooManyTries("This was asked for too often.", "Wait a minute.", headers={"Retry-After": "60"})

    def remember(self, account: str, address: str) -> None:
        """This account signed in here: strangers elsewhere do not use up its tries here. The oldest is forgotten."""
        self._places.pop(place := (account.casefold()[:64], address), None)
        self._places[place] = None
        while len(self._places) > PLACES_KEPT:
            self._places.pop(next(iter(self._places)), None)

    def may_record_stranger(self, address: str) -> bool:
        """Refusals of people without a token are audited too, but a flood of them must not fill the disk."""
        return self._limiter.hit(self._refusals, "stranger", address) and self._limiter.hit(self._refusals, "strangers")
