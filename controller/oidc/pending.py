"""Sign-ins that were begun here and not yet finished there: a state is good once, in one browser, for ten minutes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

LASTS = timedelta(minutes=10)
MOST = 1000


@dataclass(frozen=True, slots=True)
class Pending:
    """`browser` is the SHA-256 of a cookie: a link that somebody else began finishes nothing here."""

    provider: str
    nonce: str
    verifier: str
    browser: str
    begun_at: datetime


class Waiting:
    """In memory: a restart in the middle of a sign-in means to begin again. The oldest are forgotten."""

    def __init__(self) -> None:
        self._lock, self._by_state = Lock(), dict[str, Pending]()

    def begin(self, state: str, pending: Pending) -> None:
        with self._lock:
            self._by_state[state] = pending
            while len(self._by_state) > MOST:
                self._by_state.pop(next(iter(self._by_state)))

    def finish(self, state: str, provider: str, cookie: str, now: datetime) -> Pending | None:
        """None where nobody began it, somebody finished it, or it was another browser or service."""
        with self._lock:
            found = self._by_state.pop(state, None)
        if found is None or found.provider != provider or now - found.begun_at > LASTS:
            return None
        return found if cookie and hmac.compare_digest(found.browser, fingerprint(cookie)) else None


def fingerprint(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
