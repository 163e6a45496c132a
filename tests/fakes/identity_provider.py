"""A sign-in service that obeys OpenID Connect, on loopback; a test says what it lies about."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "caretaker-client", "the client's own secret"
Sign = Callable[["IdentityProvider", dict[str, Any]], str]


def honestly(service: IdentityProvider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": service.key.kid}, claims, service.key)


def unsigned(service: IdentityProvider, claims: dict[str, Any]) -> str:
    head, body = (_text(json.dumps(part).encode()) for part in ({"alg": "none", "kid": service.key.kid}, claims))
    return f"{head}.{body}."


def with_the_public_key(service: IdentityProvider, claims: dict[str, Any]) -> str:
    """The old trick: HS256 with what everybody can read as the shared secret."""
    secret = OctKey.import_key(_text(service.key.as_pem(private=False)))
    return jwt.encode({"alg": "HS256", "kid": service.key.kid}, claims, secret, algorithms=["HS256"])


def with_a_strangers_key(service: IdentityProvider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": service.key.kid}, claims, RSAKey.generate_key(2048))


@dataclass
class IdentityProvider:
    """`says` goes over the honest claims; None takes one away. `asked`: how often each path was called."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
    says: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    sign: Sign = honestly
    now: float = 0.0
    asked: dict[str, int] = field(default_factory=dict)
    grants: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorise(self, location: str) -> dict[str, str]:
        """What the browser brings back once somebody has signed in there."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert (query["response_type"], query["client_id"]) == ("code", CLIENT)
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self.grants)}"
        self.grants[code] = query
        return {"code": code, "state": query["state"]}

    def configuration(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "authorise", "token_endpoint": "token", "jwks_uri": "keys"}
        places = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return {"issuer": self.issuer, **places, **self.metadata}

    def keys(self) -> dict[str, Any]:
        return dict(KeySet([self.key]).as_dict(private=False))

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """A code is good once, for the client and the verifier it was asked with."""
        asked = self.grants.pop(form.get("code", ""), None)
        fits = (
            asked is not None
            and _text(hashlib.sha256(form["code_verifier"].encode()).digest()) == asked["code_challenge"]
        )
        if not fits or asked is None or (form["client_id"], form["client_secret"]) != (CLIENT, SECRET):
            return 400, {"error": "invalid_grant"}
        honest = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
        }
        claims = {name: value for name, value in {**honest, **self.says}.items() if value is not None}
        return 200, {"token_type": "Bearer", "access_token": "not used", "id_token": self.sign(self, claims)}


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@contextmanager
def identity_provider(now: float) -> Iterator[IdentityProvider]:
    service = IdentityProvider(now=now)

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked[self.path] = service.asked.get(self.path, 0) + 1
            found = {"/.well-known/openid-configuration": service.configuration, "/keys": service.keys}.get(self.path)
            self._answer(*((200, found()) if found else (404, {})))

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"])).decode()
            self._answer(*service.token({name: values[0] for name, values in parse_qs(raw).items()}))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    service.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
