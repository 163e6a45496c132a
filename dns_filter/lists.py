"""Block lists of every common format -> wire names, exceptions, and each line that could not be understood.

Ordinary lines, which are nearly all, take one regular expression each; the rest is read with care, line by line.
A rule that names no whole domain (cosmetic, URL, pattern, one record type) is counted and blocks nothing.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from dns_filter.list_line import HOST, BadEntry, Form, Line, OneLabel, checked
from dns_filter.list_rpz import Zone
from dns_filter.list_text import understand
from dns_filter.model import Name
from dns_filter.names import from_host, to_text

Format = Literal["auto", "hosts", "domains", "adblock", "dnsmasq", "unbound", "rpz", "wildcard"]
FORMATS: tuple[Format, ...] = get_args(Format)

INVALID_KEPT = 1000
LONGEST_LINE = 4096
SHOWN = 200
"""Characters of a line that could not be understood."""

_SILENT = frozenset(("comment", "blank"))
_NAMING: Mapping[str, Format] = {
    "plain": "domains",
    "hosts": "hosts",
    "adblock": "adblock",
    "adblock_exception": "adblock",
    "adblock_other": "adblock",
    "adblock_limited": "adblock",
    "cosmetic": "adblock",
    "dnsmasq": "dnsmasq",
    "unbound": "unbound",
    "rpz": "rpz",
    "wildcard": "wildcard",
    "leading_dot": "wildcard",
}
"""What tells a format; every other kind of line may stand in any list."""
_WELCOME: Mapping[str, frozenset[str]] = {
    "hosts": frozenset(("hosts",)),
    "domains": frozenset(("domains",)),
    "adblock": frozenset(("adblock", "domains", "hosts")),
    "dnsmasq": frozenset(("dnsmasq",)),
    "unbound": frozenset(("unbound",)),
    "rpz": frozenset(("rpz",)),
    "wildcard": frozenset(("wildcard", "domains")),
}

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


@dataclass(frozen=True, slots=True)
class Entries:
    """Names by how far they reach."""

    whole: frozenset[Name] = frozenset()
    exact: frozenset[Name] = frozenset()
    below: frozenset[Name] = frozenset()

    @property
    def names(self) -> frozenset[Name]:
        return self.whole | self.exact | self.below if self.exact or self.below else self.whole

    def forms(self) -> tuple[tuple[Form, frozenset[Name]], ...]:
        return ((Form.WHOLE, self.whole), (Form.EXACT, self.exact), (Form.BELOW, self.below))


@dataclass(frozen=True, slots=True)
class Invalid:
    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedList:
    """One list, understood. `counts` says how many lines (names, in a hosts line) were of each kind."""

    format: Format
    """As asked for, or the one most lines are of."""
    blocks: Entries
    exceptions: Entries
    twins: Mapping[Name, Name]
    """IDNA2003 spelling -> the listed name it stands for. Not counted among the names."""
    counts: Mapping[str, int]
    invalid: tuple[Invalid, ...]
    """The first thousand."""
    invalid_total: int
    single_labels: frozenset[str]
    """Entries of one label, invalid as they are; where they are top-level domains the list is suspicious."""
    html: bool

    @property
    def names(self) -> frozenset[Name]:
        return self.blocks.names

    @property
    def entries_seen(self) -> int:
        """Lines that were meant to say something."""
        return sum(count for kind, count in self.counts.items() if kind not in _SILENT)


def parse(raw: bytes, format: Format = "auto") -> ParsedList:  # noqa: A002 - the word of the manifest
    """Read a whole list. Never raises on what is in it: what is not understood is in `invalid`."""
    text = _plain_bytes(raw)
    kinds = tuple((kind, pattern) for kind, pattern in _ORDINARY if _welcome(kind, format))
    ordinary = re.compile(rf"(?:{'|'.join(pattern for _, pattern in kinds)})[ \t]*\r?\n?".encode()).fullmatch
    hosts: list[list[bytes]] = [[] for _ in kinds]
    reading = _Reading(format)
    for number, line in enumerate(io.BytesIO(text), 1):
        match = ordinary(line) or ordinary(line.lower())
        if match and len(match[match.lastindex or 0]) <= _LONGEST_HOST:
            hosts[(match.lastindex or 0) - 1].append(match[match.lastindex or 0])
        else:
            reading.take(number, line)
    for (kind, _), found in zip(kinds, hosts, strict=True):
        reading.take_ordinary(kind, found)
    return reading.finish(html=_is_html(text))


def summary(parsed: ParsedList) -> dict[str, object]:
    """What a person or a script wants to know of one list, ready for JSON."""
    hosts = sorted(map(to_text, parsed.names))
    return {
        "format": parsed.format,
        "unique_valid_domains": len(hosts),
        "sha256_sorted_unique": hashlib.sha256("\n".join(hosts).encode()).hexdigest(),
        "exceptions": len(parsed.exceptions.names),
        "counts": dict(sorted(parsed.counts.items())),
        "invalid_total": parsed.invalid_total,
        "invalid": [{"line": each.line, "text": each.text, "reason": each.reason} for each in parsed.invalid],
    }


def _plain_bytes(raw: bytes) -> bytes:
    """UTF-8 without its mark, lines ended by LF or CR LF."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = raw.decode("utf-16", "replace").encode()
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


def _is_html(text: bytes) -> bool:
    return text[:1024].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--"))


def _welcome(kind: str, format: Format) -> bool:  # noqa: A002
    return format == "auto" or kind not in _NAMING or _NAMING[kind] in _WELCOME[format]


@dataclass(slots=True)
class _Reading:
    """The state of one pass over a list."""

    format: Format
    blocks: dict[Form, set[Name]] = field(default_factory=lambda: {form: set() for form in Form})
    exceptions: dict[Form, set[Name]] = field(default_factory=lambda: {form: set() for form in Form})
    plain: set[Name] = field(default_factory=set)
    """Apart until it is known whether this is a browser's list, in which a bare word is a pattern of a URL."""
    twins: dict[Name, Name] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    invalid: list[Invalid] = field(default_factory=list)
    invalid_total: int = 0
    single_labels: set[str] = field(default_factory=set)
    zone: Zone = field(default_factory=Zone)

    def take_ordinary(self, kind: str, hosts: list[bytes]) -> None:
        form = Form.BELOW if kind == "wildcard" else Form.WHOLE
        names = self.plain if kind == "plain" else self.blocks[form]
        names.update(map(from_host, set(hosts)))
        self.counts[kind] += len(hosts)

    def take(self, number: int, raw: bytes) -> None:
        line = raw.decode("utf-8", "backslashreplace").rstrip("\r\n")
        try:
            if len(raw) > LONGEST_LINE:
                raise BadEntry(f"a line of {len(raw)} octets")
            found = understand(line, self.zone)
            if not _welcome(found.kind, self.format):
                raise BadEntry(f"a line of {_NAMING[found.kind]} in a list of {self.format}")
        except BadEntry as wrong:
            self.counts["unreadable"] += 1
            self._refuse(number, line, wrong)
            return
        self.counts[found.kind] += max(1, len(found.blocks) + len(found.exceptions))
        self._keep(number, line, found)

    def _keep(self, number: int, line: str, found: Line) -> None:
        blocks = dict.fromkeys(Form, self.plain) if found.kind == "plain" else self.blocks
        for wanted, into in ((found.blocks, blocks), (found.exceptions, self.exceptions)):
            for form, text in wanted:
                try:
                    name, *twins = checked(text)
                except BadEntry as wrong:
                    self._refuse(number, line, wrong, text)
                else:
                    into[form].add(name)
                    self.twins.update(dict.fromkeys(twins, name))

    def _refuse(self, number: int, line: str, wrong: BadEntry, entry: str = "") -> None:
        self.invalid_total += 1
        if isinstance(wrong, OneLabel):
            self.single_labels.add(entry.lower().removesuffix("."))
        if len(self.invalid) < INVALID_KEPT:
            self.invalid.append(Invalid(number, line.strip()[:SHOWN], str(wrong)))

    def finish(self, *, html: bool) -> ParsedList:
        guessed = self.format if self.format != "auto" else self._guess()
        if guessed == "adblock" and self.counts["cosmetic"]:
            self.counts["pattern"] += self.counts.pop("plain", 0)
            self.plain.clear()
        self.blocks[Form.WHOLE] |= self.plain
        return ParsedList(
            format=guessed,
            blocks=_entries(self.blocks),
            exceptions=_entries(self.exceptions),
            twins=self.twins,
            counts=dict(+self.counts),
            invalid=tuple(self.invalid),
            invalid_total=self.invalid_total,
            single_labels=frozenset(self.single_labels),
            html=html,
        )

    def _guess(self) -> Format:
        seen: Counter[Format] = Counter()
        for kind, count in self.counts.items():
            if kind in _NAMING:
                seen[_NAMING[kind]] += count
        return seen.most_common(1)[0][0] if seen else "domains"


def _entries(found: Mapping[Form, set[Name]]) -> Entries:
    # A zone says `x` and `*.x` in two lines where others say it in one.
    both = found[Form.EXACT] & found[Form.BELOW]
    return Entries(
        frozenset(found[Form.WHOLE] | both), frozenset(found[Form.EXACT] - both), frozenset(found[Form.BELOW] - both)
    )
