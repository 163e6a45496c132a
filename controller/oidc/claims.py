"""From the claims of an ID token to a role here, or to a refusal. Nobody is let in whom no mapping names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

CLOCKS_DIFFER = timedelta(minutes=1)
OLDEST = timedelta(minutes=10)
LONGEST_SUBJECT = 255
"""OpenID Connect Core 1.0, section 2."""


class Trusted(Protocol):
    """What the settings say of one sign-in service: `settings_sign_in.OidcProvider` tells what each field means."""

    @property
    def name(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def hosted_domain(self) -> str: ...
    @property
    def groups(self) -> Mapping[str, str]: ...
    @property
    def domains(self) -> Mapping[str, str]: ...
    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]: ...


class NotBelieved(Exception):
    """The token is not for us, not from there, or not of now; the message says which, without the token."""


class NotMapped(Exception):
    """It is believed, but the settings give this person nothing."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who signed in there. `name` is what the account is called when it is made here."""

    issuer: str
    subject: str
    name: str
    role: str | None
    classes: frozenset[str]


def somebody(provider: Trusted, client_id: str, nonce: str, claims: Mapping[str, Any], now: datetime) -> Somebody:
    """Raises NotBelieved. The signature was checked before; everything else is checked here."""
    _believe(provider, client_id, nonce, claims, now)
    subject = claims["sub"]
    email = _verified_email(claims)
    names = _texts(claims.get("groups")) + _texts(claims.get("roles"))
    role = next((provider.groups[each] for each in provider.groups if each in names), None)
    if role is None and email is not None:
        role = provider.domains.get(email.rpartition("@")[2])
    classes = frozenset(group for each in names for group in provider.classes.get(each, ()))
    return Somebody(provider.issuer, subject, email or _made_up(provider, subject), role, classes)


def _believe(provider: Trusted, client_id: str, nonce: str, claims: Mapping[str, Any], now: datetime) -> None:
    _require(claims.get("iss") == provider.issuer, "it comes from another issuer")
    audience = claims.get("aud")
    _require(audience in (client_id, [client_id]), "it is meant for somebody else")
    _require(claims.get("azp", client_id) == client_id, "it is meant for somebody else")
    _require(bool(nonce) and claims.get("nonce") == nonce, "it belongs to another sign-in")
    subject = claims.get("sub")
    _require(isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT, "it names nobody")
    _in_time(claims, now.timestamp())
    if provider.tenant:
        _require(claims.get("tid") == provider.tenant, "it comes from another tenant")
    if provider.hosted_domain:
        _require(claims.get("hd") == provider.hosted_domain, "it comes from another domain")


def _in_time(claims: Mapping[str, Any], now: float) -> None:
    expires, issued, skew = claims.get("exp"), claims.get("iat"), CLOCKS_DIFFER.total_seconds()
    before = claims.get("nbf", issued)
    for moment in (expires, issued, before):
        _require(isinstance(moment, int | float) and not isinstance(moment, bool), "it has no time")
    assert expires is not None
    assert issued is not None
    assert before is not None
    _require(now < expires + skew, "it has expired")
    _require(max(issued, before) <= now + skew, "it is from the future")
    _require(now - issued <= OLDEST.total_seconds() + skew, "it is too old")


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    """Lower case. An address that the service did not verify is what somebody wrote there: it vouches for nothing."""
    email = claims.get("email")
    verified = claims.get("email_verified") is True or claims.get("xms_edov") in (True, 1, "1", "true")
    if not verified or not isinstance(email, str) or email.count("@") != 1 or not 3 <= len(email) <= 64:
        return None
    return email.lower() if email.isascii() and email.isprintable() and " " not in email else None


def _made_up(provider: Trusted, subject: str) -> str:
    return f"{provider.name}-{hashlib.sha256(subject.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value[:1000] if isinstance(each, str)) if isinstance(value, list) else ()


def _require(true: bool, otherwise: str) -> None:
    if not true:
        raise NotBelieved(otherwise)
