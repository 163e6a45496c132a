"""Who may sign in and with what: accounts, passwords, tokens, and the scopes of each role (W1)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from controller.model import Actor

# OWASP's second choice for Argon2id (19 MiB, 2 passes): about 25 ms on a small server, so that a flood of
# sign-ins cannot take the processor or the memory away from the loop.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
SESSION_LASTS = timedelta(hours=10)
TOKEN_PREFIX = "ct_"  # noqa: S105 (how every token begins, so that a leaked one can be searched for)

_REPORTS = frozenset({"reports:write", "reports:block"})
"""Any member of staff: what is reported may be blocked at once, for a while (F2)."""
_TRIAGE = frozenset({"cases:read", "cases:decide", "site-rules:read", "site-rules:write"})
"""Deciding what came of a report, and the school's own rules for sites (W7)."""
_LOOK = frozenset({"windows:read", "devices:read", "explain:read"})
_OPEN = _LOOK | _REPORTS | {"windows:open", "emergency:declare"}
_PASTORAL = frozenset({"emergency:end", "sanctions:read", "sanctions:write", "agreements:read", "agreements:write"})
"""What touches one child by name."""
_SIGNS = frozenset({"agreements:sign"})
"""Signing the own agreement at the console; for whom else is decided by the policy: `on_behalf` (W4)."""
_LEAD = (
    _OPEN
    | {"cases:read", "site-rules:read"}
    | {"devices:write", "quarantine:write", "plan:read", "audit:read", "sightings:write", "sign-ins:write"}
    | {"receipts:read", "receipts:write"}
)
_SHOWN = frozenset({"checks:read", "clauses:read"})
"""Whether the filter works, and what shows each rule of the school's policies kept (F12, M8)."""
_ACCOUNTS = frozenset({"accounts:read", "accounts:write"})
_RUNS = frozenset({"plan:apply", "metrics:read", "counts:read", "emergency:end", "checks:run"}) | _SHOWN
"""Keeping the network running."""
_QUERY_LOG = frozenset({"query-log:read", "query-log:erase", "query-log:hold"})
"""Looking at what one person asked for is a right of its own: not even the ICT lead has it by being that."""
_AUDITS = frozenset(
    {
        "audit:read",
        "plan:read",
        "accounts:read",
        "metrics:read",
        "counts:read",
        "sanctions:read",
        "agreements:read",
        "receipts:read",
        *_SHOWN,
        "cases:read",
        "site-rules:read",
    }
)

SCOPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "pupil": frozenset({"reports:write"}),
        "teacher": _OPEN | _SIGNS,
        "office": frozenset(
            {"windows:read", "devices:read", "emergency:declare", "agreements:read", "agreements:write"}
            | _REPORTS
            | _SIGNS
            | {"receipts:read", "receipts:write"}
        ),
        "safeguarding_lead": _OPEN
        | _SIGNS
        | _TRIAGE
        | _PASTORAL
        | _QUERY_LOG
        | _SHOWN
        | {"audit:read", "counts:read", "safeguarding:read"},
        "head": _OPEN
        | _SIGNS
        | _TRIAGE
        | _PASTORAL
        | _QUERY_LOG
        | {"audit:read", "plan:read", "quarantine:write", "accounts:read", "counts:read"}
        | _SHOWN
        | {"receipts:read"},
        "ict_lead": _LEAD | _SIGNS | _TRIAGE | _RUNS | _PASTORAL | _ACCOUNTS | {"policy:write"},
        "technician": _LEAD | _SIGNS | _RUNS,
        "provider_admin": _LEAD | _SIGNS | _TRIAGE | _RUNS | _PASTORAL | _ACCOUNTS | _QUERY_LOG | {"policy:write"},
        "auditor": _LOOK | _AUDITS,
        # What a program may do stands on its token; this is only the most a token may carry.
        "api_client": _LEAD | {"metrics:read", "counts:read", "radius:ask"},
        # A school machine that tells of its own protection, and of nothing else.
        "endpoint": frozenset({"endpoint:report"}),
        "system": _LEAD | _TRIAGE | _RUNS | _PASTORAL | _ACCOUNTS | _QUERY_LOG | {"policy:write", "radius:ask"},
    }
)
"""What a role may do at all. For whom it may do it is decided by the policy: `may_open`."""

ALL_SCOPES: frozenset[str] = frozenset().union(*SCOPES.values())
ROLES: tuple[str, ...] = tuple(role for role in SCOPES if role != "system")
SYSTEM = Actor("system", "system", SCOPES["system"])
"""Caretaker itself: the loop, a start, a command given on the machine."""


class TokenKind(StrEnum):
    SESSION = "session"
    """A browser's, for the pages."""
    SIGN_IN = "sign-in"
    """Given for a password, for the API. It ends where a session ends."""
    API = "api"
    """A program's, made with scopes and an end of its own."""


OF_A_PERSON = frozenset({TokenKind.SESSION, TokenKind.SIGN_IN})
"""What a new password, a shut account and "sign out everywhere" end."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in. `groups` are the year groups of a teacher's own classes."""

    name: str
    role: str
    password_hash: str = field(repr=False, default="")
    """Argon2id. Empty: no password sign-in, tokens only."""
    groups: frozenset[str] = frozenset()
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token as it is kept: by the SHA-256 of its secret, never the secret itself."""

    sha256: str = field(repr=False)
    name: str
    account: str
    scopes: frozenset[str]
    expires_at: datetime
    kind: TokenKind
    created_at: datetime
    revoked: bool = False

    @property
    def id(self) -> str:
        """What a person names it by when it is revoked; it opens nothing."""
        return self.sha256[:16]


def hash_password(password: str) -> str:
    """Raises ValueError where it is too short to hold or too long to hash."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"expected a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return _HASHER.hash(_bytes(password))


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe(24))


def password_fits(account: Account | None, password: str) -> bool:
    """Is it the account's password? An unknown name takes as long as a known one, so neither can be listed."""
    known = account.password_hash if account and not account.disabled else ""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _HASHER.verify(known or _nobody(), _bytes(password)) and bool(known)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    # Half a character, as a hostile body can carry it, is a wrong password and no crash.
    return password.encode("utf-8", "surrogatepass")


def make_token(
    account: Account,
    name: str,
    kind: TokenKind,
    now: datetime,
    *,
    lasts: timedelta = SESSION_LASTS,
    scopes: frozenset[str] | None = None,
) -> tuple[str, Token]:
    """The secret, shown once, and the token to keep.

    Raises ValueError where it would carry more than the role of its account may do, or would never live.
    """
    most = SCOPES.get(account.role, frozenset())
    wanted = most if scopes is None else scopes
    if wanted - most:
        raise ValueError(f"the role {account.role} does not hold: {', '.join(sorted(wanted - most))}")
    if lasts <= timedelta(0):
        raise ValueError("expected a length of time above zero")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    return secret, Token(secret_hash(secret), name, account.name, wanted, now + lasts, kind, now)


def secret_hash(secret: str) -> str:
    """What `Store.token` is asked for. 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def actor_for(account: Account, token: Token | None = None) -> Actor:
    """What this account may do, cut down to what the token carries."""
    scopes = SCOPES.get(account.role, frozenset())
    return Actor(account.name, account.role, scopes & token.scopes if token else scopes, account.groups)


def signed_in(token: Token | None, account: Account | None, now: datetime) -> Actor | None:
    """The actor behind a token, or None where the token is unknown, over, revoked or its account is shut."""
    if token is None or account is None or token.account != account.name:
        return None
    if token.revoked or account.disabled or now >= token.expires_at:
        return None
    return actor_for(account, token)
