"""One line of a list of any format, read with care: what it says, or why it cannot be understood."""

from __future__ import annotations

import re

from dns_filter.lists import adblock as list_adblock
from dns_filter.lists import resolver as list_resolver
from dns_filter.lists.line import BadEntry, Form, Line, is_address, is_network
from dns_filter.lists.rpz import Zone

_COMMENT = re.compile(r"\s(?:#|//).*", re.DOTALL)
_GLUED_COMMENT = re.compile(r"#.*", re.DOTALL)
_ZONE_COMMENT = re.compile(r"(?:^|\s);.*", re.DOTALL)
_REGEX = re.compile(r"[\\()\[\]{}|^$+?]").search
_COSMETIC_FOR_ALL = re.compile(r"#@?[?$%]{0,2}#[^#\s]").match

_NOT_UTF8 = re.compile("[\udc80-\udcff]").search
"""The places where decoding kept an octet as it was."""


def understand(line: str, zone: Zone) -> Line:
    """Raises BadEntry with the reason."""
    text = line.strip()
    if not text:
        return Line("blank")
    if text[0] == "#":
        return Line("cosmetic" if _COSMETIC_FOR_ALL(text) else "comment")
    if text.startswith((";", "//")):
        return Line("comment")
    if text[0] == "<":
        raise BadEntry("markup: a page, not a list?")
    return _content(line, _COMMENT.sub("", text).rstrip(), zone)


def _content(line: str, text: str, zone: Zone) -> Line:
    if _NOT_UTF8(text):
        raise BadEntry("not UTF-8")
    if zone.inside_brackets or text[0] == "$":
        return _of_zone(line, zone)
    for read in (list_adblock.read, list_resolver.read_dnsmasq, list_resolver.read_unbound):
        if found := read(text):
            return found
    return _words(line, _GLUED_COMMENT.sub("", text).split(), zone)


def _words(line: str, words: list[str], zone: Zone) -> Line:
    if len(words) > 1 and is_address(words[0]):
        return Line("hosts", blocks=tuple((Form.WHOLE, word) for word in words[1:]))
    return _of_zone(line, zone) if len(words) > 1 else _word(words[0])


def _of_zone(line: str, zone: Zone) -> Line:
    if found := zone.read(_ZONE_COMMENT.sub("", line.rstrip())):
        return found
    raise BadEntry("several words, and not a line of hosts or of a zone")


def _word(word: str) -> Line:
    if is_address(word):
        return Line("ip")
    if is_network(word):
        return Line("cidr")
    if "/" in word:
        return Line("url")
    if _REGEX(word):
        return Line("regex")
    if "*" in word.removeprefix("*."):
        return Line("pattern")
    if word.startswith("*."):
        return Line("wildcard", blocks=((Form.BELOW, word[2:]),))
    # Squid, dnsmasq and UT1 write `.x` for x and everything below it.
    return Line("leading_dot" if word[0] == "." else "plain", blocks=((Form.WHOLE, word.removeprefix(".")),))
