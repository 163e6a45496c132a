"""What one line of a block list can say, whatever the list's format: the nouns that the readers share."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from dns_filter.model import Name
from dns_filter.names import labels, spellings

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = rf"(?:{LABEL}\.)+[a-z](?:[a-z0-9_-]{{0,61}}[a-z0-9_])"
"""At least two labels, the last of two or more characters starting with a letter. At most 253 in all."""

_HOST = re.compile(HOST).fullmatch
_LABEL = re.compile(LABEL).fullmatch
_PORT = re.compile(r"[^:]+:[0-9]{1,5}").fullmatch


class Form(StrEnum):
    """How far a name reaches. The spelling of rules: `x`, `=x`, `*.x`."""

    WHOLE = "whole"
    """The name and everything below it."""
    EXACT = "exact"
    BELOW = "below"
    """Everything below the name and not the name."""


class BadEntry(ValueError):
    """A line that should have named a domain and does not. Its text is the reason."""


class OneLabel(BadEntry):
    """A name of one label: no domain to block, and where it is a top-level domain a list gone wrong."""


@dataclass(frozen=True, slots=True)
class Line:
    """What was understood of a line. `kind` is what it is counted as; the texts are not checked yet."""

    kind: str
    blocks: tuple[tuple[Form, str], ...] = ()
    exceptions: tuple[tuple[Form, str], ...] = ()


def is_address(text: str) -> bool:
    if not text[:1].isdigit() and ":" not in text:
        return False
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def checked(text: str) -> tuple[Name, ...]:
    """The wire names of one entry: itself, and its IDNA2003 twin where it has one. Raises BadEntry."""
    if len(text) > 255:
        raise BadEntry(f"a name of {len(text)} characters, at most 253 are possible")
    if is_address(text):
        raise BadEntry("an address where a name belongs")
    try:
        names = spellings(text)
    except ValueError as wrong:
        raise BadEntry(str(wrong)) from wrong
    # `spellings` has mapped what lies outside ASCII, so that only octets of a host name can be left.
    host = b".".join(labels(names[0])).decode("latin-1")
    if not _HOST(host) or len(host) > 253:
        raise _fault(host, text)
    return names


def _fault(host: str, text: str) -> BadEntry:
    parts = host.split(".")
    if len(host) > 253:
        return BadEntry(f"a name of {len(host)} characters, at most 253 are possible")
    if _PORT(text):
        return BadEntry("a name with a port: DNS cannot tell ports apart")
    if wrong := next((part for part in parts if not _LABEL(part)), None):
        return BadEntry(f"{wrong[:80]!r} is no label of a host name")
    if len(parts) < 2:
        return OneLabel("a name of one label")
    return BadEntry("the last label must be two or more characters and start with a letter")
