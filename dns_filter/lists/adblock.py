"""Filter rules as browsers and AdGuard write them: `||x^`, `@@||x^`, and much that says nothing about a domain."""

from __future__ import annotations

import re

from dns_filter.lists.line import Form, Line, is_address

_COSMETIC = re.compile(r"#@?[?$%]{0,2}#[^#\s]|\$@?\$[a-z]").search
_HEADER = re.compile(r"\[(?:adblock|adguard|ublock)[^\]]*\]$", re.IGNORECASE).match
_DOMAIN = re.compile(r"(\*\.)?([^\^/*:=?&|~,;\s]+)\^?\|?").fullmatch
# A rule may be narrowed to scripts, to one site or to one record type. Only these leave it whole at DNS.
_WHOLE = frozenset(("important", "all", "document", "doc", "third-party", "3p", "popup", "network"))
_WHOLE_FOR_SOME = ("ctag=", "client=")


def read(line: str) -> Line | None:
    """None: not a line of this syntax."""
    if line[0] == "!" or _HEADER(line):
        return Line("comment")
    if _COSMETIC(line):
        return Line("cosmetic")
    if line[0] == "/":
        return Line("regex" if line.rpartition("$")[0].endswith("/") or line.endswith("/") else "adblock_other")
    if line.startswith("@@"):
        return _rule(line[4:], allow=True) if line.startswith("@@||") else Line("adblock_other")
    if line.startswith("||"):
        return _rule(line[2:], allow=False)
    return Line("adblock_other") if line[0] == "|" else None


def _rule(rule: str, *, allow: bool) -> Line:
    body, _, modifiers = rule.partition("$")
    match = _DOMAIN(body)
    if not match:
        return Line("adblock_other")
    if modifiers and not all(_whole(modifier, allow) for modifier in modifiers.split(",")):
        return Line("adblock_limited")
    if is_address(match[2]):
        return Line("ip")
    entry = (Form.BELOW if match[1] else Form.WHOLE, match[2])
    return Line("adblock_exception", exceptions=(entry,)) if allow else Line("adblock", blocks=(entry,))


def _whole(modifier: str, allow: bool) -> bool:
    # An exception for some clients must not become one for all.
    return modifier in _WHOLE or (not allow and modifier.startswith(_WHOLE_FOR_SOME))
