"""One pass over a list: what has been found so far, and what it comes to in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from dns_filter.lists.line import BadEntry, Form, Line, OneLabel, checked
from dns_filter.lists.parsed_list import Entries, Format, Invalid, ParsedList
from dns_filter.lists.rpz import Zone
from dns_filter.lists.text import understand
from dns_filter.model import Name
from dns_filter.names import from_host

INVALID_KEPT = 1000
LONGEST_LINE = 2048
SHOWN = 200
"""Characters of a line that could not be understood."""

NAMING: Mapping[str, Format] = {
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


def welcome(kind: str, format: Format) -> bool:  # noqa: A002
    return format == "auto" or kind not in NAMING or NAMING[kind] in _WELCOME[format]


@dataclass(slots=True)
class Reading:
    """The state of one pass over a list."""

    format: Format
    most_invalid: int = INVALID_KEPT
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
        line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
        try:
            if len(raw) > LONGEST_LINE:
                raise BadEntry(f"a line of {len(raw)} octets")
            found = understand(line, self.zone)
            if not welcome(found.kind, self.format):
                raise BadEntry(f"a line of {NAMING[found.kind]} in a list of {self.format}")
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
        if len(self.invalid) < self.most_invalid:
            shown = line.strip()[:SHOWN].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            self.invalid.append(Invalid(number, shown, str(wrong)))

    def finish(self, *, html: bool) -> ParsedList:
        guessed = self.format if self.format != "auto" else self._guess()
        if guessed == "adblock" and self.counts["cosmetic"]:
            self.counts["pattern"] += self.counts.pop("plain", 0)
            self.plain.clear()
        self.blocks[Form.WHOLE] = _joined(self.plain, self.blocks[Form.WHOLE])
        self.plain = set()
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
            if kind in NAMING:
                seen[NAMING[kind]] += count
        return seen.most_common(1)[0][0] if seen else "domains"


def _joined(one: set[Name], other: set[Name]) -> set[Name]:
    """Both, in the larger of the two: of millions of names there is no second copy."""
    larger, smaller = (one, other) if len(one) > len(other) else (other, one)
    larger |= smaller
    return larger


def _entries(found: Mapping[Form, set[Name]]) -> Entries:
    # A zone says `x` and `*.x` in two lines where others say it in one.
    both = found[Form.EXACT] & found[Form.BELOW]
    found[Form.WHOLE].update(both)
    return Entries(
        frozenset(found[Form.WHOLE]), frozenset(found[Form.EXACT] - both), frozenset(found[Form.BELOW] - both)
    )
