"""Block lists of every common format -> wire names, exceptions, and each line that could not be understood.

Ordinary lines, which are nearly all, take one regular expression each; the rest is read with care, line by line.
A rule that names no whole domain (cosmetic, URL, pattern, one record type) is counted and blocks nothing.
"""

from __future__ import annotations

import io
import re

from dns_filter.lists.line import HOST
from dns_filter.lists.parsed_list import FORMATS, Format, ParsedList, summary
from dns_filter.lists.reading import INVALID_KEPT, Reading, welcome

__all__ = ["FORMATS", "Format", "ParsedList", "is_page", "parse", "summary"]

# `server=/x/#` is an exception and so not among the ordinary.
_ORDINARY = (
    ("plain", rf"({HOST})"),
    ("hosts", rf"(?:0\.0\.0\.0|127\.0\.0\.1)[ \t]+({HOST})"),
    ("adblock", rf"\|\|({HOST})\^"),
    ("dnsmasq", rf"(?:server|local)=/({HOST})/"),
    ("dnsmasq", rf"address=/({HOST})/(?:0\.0\.0\.0|127\.0\.0\.1|::|#)?"),
    ("unbound", rf'local-zone: "({HOST})\.?" (?:always_nxdomain|always_null|always_refuse|refuse|static)'),
    ("wildcard", rf"\*\.({HOST})"),
)
_LONGEST_HOST = 253
_LONGEST_ORDINARY = 320
_AT_ONCE = 65_536


def parse(raw: bytes, format: Format = "auto", most_invalid: int = INVALID_KEPT) -> ParsedList:  # noqa: A002 - the word of the manifest
    """Read a whole list. Never raises on what is in it: what is not understood is in `invalid`, up to so many."""
    text = _plain_bytes(raw)
    kinds = tuple((kind, pattern) for kind, pattern in _ORDINARY if welcome(kind, format))
    # The last alternative matches nothing; it keeps the expression whole where a format has no ordinary line (RPZ).
    shapes = "|".join([*(pattern for _, pattern in kinds), "(?!)"])
    ordinary = re.compile(rf"(?:{shapes})[ \t]*\r?\n?".encode()).fullmatch
    hosts: list[list[bytes]] = [[] for _ in kinds]
    reading = Reading(format, most_invalid)
    for number, line in enumerate(io.BytesIO(text), 1):
        match = (ordinary(line) or ordinary(line.lower())) if len(line) <= _LONGEST_ORDINARY else None
        if match and match.lastindex and len(host := match[match.lastindex]) <= _LONGEST_HOST:
            found = hosts[match.lastindex - 1]
            found.append(host)
            # By the handful: millions of names twice over would be half a gigabyte.
            if len(found) == _AT_ONCE:
                reading.take_ordinary(kinds[match.lastindex - 1][0], found)
                found.clear()
        else:
            reading.take(number, line)
    for (kind, _), found in zip(kinds, hosts, strict=True):
        reading.take_ordinary(kind, found)
    return reading.finish(html=is_page(text))


def _plain_bytes(raw: bytes) -> bytes:
    """UTF-8 without its mark, lines ended by LF or CR LF."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = raw.decode("utf-16", "replace").encode()
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


def is_page(text: bytes) -> bool:
    """Whether it begins like HTML or XML: what a server says instead of a list."""
    return text[:1024].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--"))
