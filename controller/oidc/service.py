"""Speaking to a sign-in service: what it publishes of itself, its keys, and a code for a token. ●"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.util import find_spec
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import httpx2

from controller.secrets_file import Credentials
from controller.settings_sign_in import OidcProvider, safe_address

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures of a key pair only: with `none`, or a shared secret, anybody could sign."""
KEPT = timedelta(hours=1)
AGAIN = timedelta(minutes=1)
"""A token that names a key we do not know makes us look for new keys, but not more often than this."""
LARGEST = 256 * 1024
PATIENCE = 10.0
MISSING = "Sign-in services need a part that is not installed: pip install 'caretaker[oidc]'."


class ServiceFailed(Exception):
    """It does not answer, or not as such a service does. The message holds no secret, code or token."""


def installed() -> bool:
    return find_spec("authlib") is not None and find_spec("joserfc") is not None


@dataclass(slots=True)
class Service:
    """One provider. What it publishes and its keys are asked for again after an hour."""

    provider: OidcProvider
    ca_file: str = ""
    _lock: Lock = field(default_factory=Lock)
    _published: tuple[datetime, Mapping[str, Any]] | None = None
    _keys: tuple[datetime, Mapping[str, Any]] | None = None

    def address(self, client_id: str, state: str, nonce: str, verifier: str, now: datetime) -> str:
        """Where the browser is sent: authorisation code with PKCE (RFC 7636). Raises ServiceFailed."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": self.provider.redirect,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        if self.provider.hosted_domain:
            asked["hd"] = self.provider.hosted_domain
        place = self._endpoint("authorization_endpoint", now)
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    def claims(self, client: Credentials, code: str, verifier: str, now: datetime) -> Mapping[str, Any]:
        """Of an ID token that one of its keys has signed; nothing else of it is checked. Raises ServiceFailed."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.provider.redirect,
            "client_id": client.username,
            "client_secret": client.password,
            "code_verifier": verifier,
        }
        answer = self._fetch("POST", self._endpoint("token_endpoint", now), form)
        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > LARGEST:
            raise ServiceFailed("the service gave no ID token")
        return self._verified(token, now)

    def _verified(self, token: str, now: datetime) -> Mapping[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        for newest in (False, True):
            keys = self._published_keys(now, newest=newest)
            try:
                found = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # perhaps signed with a key that is newer than what we know
            return found.claims
        raise ServiceFailed("the ID token is not signed with a key of this service")

    def _endpoint(self, name: str, now: datetime) -> str:
        place = self._metadata(now).get(name)
        try:
            return safe_address(place if isinstance(place, str) else "")
        except ValueError:
            raise ServiceFailed(f"the service publishes no safe {name}") from None

    def _metadata(self, now: datetime) -> Mapping[str, Any]:
        with self._lock:
            if self._published is None or now - self._published[0] > KEPT:
                found = self._fetch("GET", f"{self.provider.issuer}/.well-known/openid-configuration")
                if found.get("issuer") != self.provider.issuer:
                    raise ServiceFailed("the service says that it is another one")
                self._published = now, found
            return self._published[1]

    def _published_keys(self, now: datetime, *, newest: bool) -> Mapping[str, Any]:
        place = self._endpoint("jwks_uri", now)
        with self._lock:
            age = None if self._keys is None else now - self._keys[0]
            if self._keys is None or age is None or age > (AGAIN if newest else KEPT):
                self._keys = now, _only_public(self._fetch("GET", place))
            return self._keys[1]

    def _fetch(self, method: str, url: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        try:
            with (
                httpx2.Client(timeout=PATIENCE, trust_env=False, verify=_authorities(self.ca_file)) as client,
                client.stream(method, url, data=form, headers={"Accept": "application/json"}) as reply,
            ):
                raw = b""
                for part in reply.iter_bytes():
                    raw += part
                    if len(raw) > LARGEST:
                        raise ServiceFailed("the service answers with too much")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise ServiceFailed(f"the service does not answer ({type(error).__name__})") from None
        if reply.status_code != 200:
            raise ServiceFailed(f"the service refused ({reply.status_code})")
        try:
            found = json.loads(raw)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ServiceFailed("the service answers with something else than JSON")
        return found


def _only_public(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without shared secrets: whoever could smuggle one in could sign with it."""
    keys = found.get("keys")
    if not isinstance(keys, list):
        raise ServiceFailed("the service publishes no keys")
    pairs = [
        key for key in keys if isinstance(key, dict) and key.get("kty") in ("RSA", "EC") and key.get("use") != "enc"
    ]
    return {"keys": pairs}


def _authorities(ca_file: str) -> Any:
    import ssl

    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
