"""What an HTTP request asks of the filter, or why it asks nothing (RFC 8484 §4, §5.1)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass

from dns_filter.encrypted.tls_designated import DOH_PATH
from dns_filter.identity.options import ttls
from dns_filter.wire import Malformed, read_question

MEDIA_TYPE = "application/dns-message"
LARGEST = 32_768
"""Octets of a body. A question with all its options is far shorter, and one client may hold 64 KiB in all."""
HEADER_OCTETS = 16_384
_BASE64URL = re.compile(r"([A-Za-z0-9_-]*)={0,2}")
_PART = re.compile(r"[A-Za-z0-9_.~-]{1,128}")


@dataclass(frozen=True, slots=True)
class Ask:
    """One whole HTTP request. `stream` says which answer is its own; `target` is the path with its query."""

    stream: int
    method: str
    target: str
    media_type: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`part`: what stands behind `/dns-query/`, empty where nothing does."""

    message: bytes
    part: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP status instead of a DNS answer."""

    status: int
    allow: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP, whatever its version."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def read_request(ask: Ask) -> Wanted | Refusal:
    path, _, query = ask.target.partition("?")
    part = _part(path)
    if part is None:
        return Refusal(404)
    message = _message(ask, query)
    if isinstance(message, Refusal):
        return message
    # What deserves silence over UDP cannot be met with silence here.
    return Refusal(400) if read_question(message) == b"" else Wanted(message, part)


def answer(reply: bytes) -> Answer:
    """A DNS answer. No cache but the client's own may keep it: the same address answers others differently."""
    headers = {"content-type": MEDIA_TYPE, "cache-control": f"private, max-age={freshness(reply)}"}
    return Answer(200, headers, reply)


def refuse(refusal: Refusal) -> Answer:
    return Answer(refusal.status, {"allow": refusal.allow} if refusal.allow else {})


def freshness(reply: bytes) -> int:
    """Seconds: the shortest TTL of all records, negative answers included; 0 where there is none."""
    try:
        return min(ttls(reply), default=0)
    except Malformed:
        return 0


def _part(path: str) -> str | None:
    if path == DOH_PATH:
        return ""
    part = path.removeprefix(f"{DOH_PATH}/")
    return part if part != path and _PART.fullmatch(part) else None


def _message(ask: Ask, query: str) -> bytes | Refusal:
    if ask.method == "POST":
        if ask.media_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
            return Refusal(415)
        return ask.body if len(ask.body) <= LARGEST else Refusal(413)
    if ask.method == "GET":
        return _from_query(query)
    return Refusal(405, allow="GET, POST")


def _from_query(query: str) -> bytes | Refusal:
    given = [value for key, _, value in (pair.partition("=") for pair in query.split("&")) if key == "dns"]
    found = _BASE64URL.fullmatch(given[0]) if len(given) == 1 else None
    if found is None or len(found[1]) % 4 == 1:
        return Refusal(400)
    return urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
