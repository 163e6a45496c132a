"""Names of sites that a person writes into the policy: valid, and no public suffix such as `co.uk` (RFC 1035, PSL)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from publicsuffixlist import PublicSuffixList

from controller.policy.problem import Finding, Path
from dns_filter.names import labels, to_text, to_wire

_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]?")
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/@\s]*@)?([^/:?#\s]+).*", re.IGNORECASE | re.DOTALL)
_HOST_LABEL = re.compile(rb"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_SPELLING = "expected a site such as example.org, `=example.org` (it alone) or `*.example.org` (only what is below)"


def wrong_site(text: str, path: Path, *, allow: bool) -> Iterator[Finding]:
    """What is wrong with a site rule. To open a public suffix is an error, to block one a warning."""
    name = text.removeprefix("=") if text.startswith("=") else text.removeprefix("*.")
    if wrong := _wrong_name(name, fewest=2 if allow else 1):
        yield Finding(path, f"{text[:80]!r} {wrong}; {_SPELLING}")
    elif not text.startswith("=") and _is_public_suffix(name):
        reach = "everybody's sites" if allow else "everything"
        said = f"{text[:80]!r} is a public suffix: this {'opens' if allow else 'blocks'} {reach} below it"
        yield Finding(path, f"{said}; expected the name of one site, such as school.{name[:80]}", error=allow)


def wrong_host(text: str, path: Path) -> Iterator[Finding]:
    """What is wrong with a name of the school's own network: one label is enough there."""
    if wrong := _wrong_name(text, fewest=1):
        yield Finding(path, f"{text[:80]!r} {wrong}; expected a name such as printer.school.internal")


def _wrong_name(name: str, fewest: int) -> str:
    """Why this is no name of a host; empty where it is one."""
    if _ADDRESS.fullmatch(name):
        return "is an address, and the filter judges names"
    if any(mark in name for mark in "/?#@: \t"):
        match = _URL.fullmatch(name)
        return f"is no bare name, did you mean {match[1][:80]!r}?" if match else "is no bare name"
    try:
        wire = to_wire(name)
    except ValueError:
        return "is no name of a site"
    parts = [*labels(wire)]
    if not all(_HOST_LABEL.fullmatch(part) for part in parts):
        return "is no name of a site"
    return "" if len(parts) >= fewest else "is one word, not the name of a site"


def _is_public_suffix(name: str) -> bool:
    return bool(_suffixes().is_public(to_text(to_wire(name))))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
