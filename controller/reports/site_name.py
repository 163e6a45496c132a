"""What somebody typed, pasted or forwarded as a site: the name in it as the filter spells it, and what it is marked by.

Read as a browser would (WHATWG URL), for whoever reports copies from its bar: a name before `@` is no host, `\\` is
`/`, `%65` in a host is `e`, and 2130706433 is an address. What is no name stays evidence and can never be blocked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict

from dns_filter.model import Name
from dns_filter.names import labels, parents, to_text, to_wire

LONGEST_EVIDENCE = 2048
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30}):", re.IGNORECASE)
_WEB = frozenset({"http", "https", "ftp", "ws", "wss", "feed", "gemini"})
_WRAPS = ("view-source:", "blob:", "url:")
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]"
)
_SPACE = re.compile(r"[\s\u3000]+")
_EDGES = "<>()[]{}\"'`´„“”‚‘’«»*_,;!|"
_HOST_LABEL = re.compile(rb"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_PORT = re.compile(r":[0-9]{0,5}$")


class Kind(StrEnum):
    SITE = "site"
    ADDRESS = "address"
    """An IP address: the filter judges names, so only a person at the gateway can do something about it."""
    NOTHING = "nothing"
    """No site can be read out of it; a person reads it."""


class Mark(StrEnum):
    """What whoever looks at it must know. The words for them are in `MARKS`."""

    SHORTENER = "shortener"
    REDIRECTOR = "redirector"
    SHARED = "shared"
    INTERNATIONAL = "international"
    MIXED = "mixed-scripts"
    PORT = "port"
    SIGNED_IN_AS = "name-before-at"
    SCRIPT = "script"
    HIDDEN = "hidden-characters"
    CUT = "cut"


MARKS = {
    Mark.SHORTENER: "shortens links: behind it stand many sites, and to block it blocks them all",
    Mark.REDIRECTOR: "sends on to other sites: to block it blocks all that is reached through it",
    Mark.SHARED: "holds pages of many people: to block it blocks them all",
    Mark.INTERNATIONAL: "has letters outside ASCII; they may look like others",
    Mark.MIXED: "mixes alphabets in one word, as names do that pretend to be another",
    Mark.PORT: "was named with a port; the filter judges the whole name",
    Mark.SIGNED_IN_AS: "had another name before an @, as links do that pretend",
    Mark.SCRIPT: "was a piece of program or a picture in the address bar, no site",
    Mark.HIDDEN: "had characters in it that no screen shows; they were left out",
    Mark.CUT: "was longer than is kept",
}


@dataclass(frozen=True, slots=True)
class Reported:
    """`site` is the name in ASCII (`xn--…`), the address, or empty; `evidence` is what was given, made visible."""

    kind: Kind
    site: str
    evidence: str
    marks: frozenset[Mark] = frozenset()

    @property
    def key(self) -> str:
        """What makes two reports one case: the name without a `www.` before it."""
        if self.kind is Kind.NOTHING:
            return ""
        bare = self.site.removeprefix("www.")
        return bare if "." in bare or self.kind is Kind.ADDRESS else self.site


class _Marked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    date: str
    about: str
    shorteners: dict[str, str]
    redirectors: dict[str, str]
    shared: dict[str, str]


@cache
def _marked() -> dict[Name, Mark]:
    told = _Marked.model_validate_json(files("controller.reports").joinpath("shorteners.json").read_bytes())
    kinds = ((Mark.SHORTENER, told.shorteners), (Mark.REDIRECTOR, told.redirectors), (Mark.SHARED, told.shared))
    return {to_wire(name): mark for mark, names in kinds for name in names}


def read_site(text: str) -> Reported:
    """Never raises: whatever it is, somebody meant something by it."""
    cut = len(text) > LONGEST_EVIDENCE
    evidence, marks = visible(text[:LONGEST_EVIDENCE]), {Mark.CUT} if cut else set[Mark]()
    if _HIDDEN.search(text[:LONGEST_EVIDENCE].strip()):
        marks.add(Mark.HIDDEN)
    bare = _unwrapped(_HIDDEN.sub("", text[:LONGEST_EVIDENCE]).strip())
    word = _a_site_among(bare, marks)
    if word is None:
        return Reported(Kind.NOTHING, "", evidence, frozenset(marks))
    host = _host(word, marks)
    if (address := _address(host, in_full=host == word)) is not None:
        return Reported(Kind.ADDRESS, str(address), evidence, frozenset(marks))
    name = _name(host)
    if name is None:
        return Reported(Kind.NOTHING, "", evidence, frozenset(marks))
    marks |= _marks_of(name, host)
    return Reported(Kind.SITE, to_text(name), evidence, frozenset(marks))


def visible(text: str) -> str:
    """One line in which nothing hides: no control, direction or zero-width character, no half character."""
    return "".join(each if each.isprintable() else "\ufffd" for each in _SPACE.sub(" ", text)).strip()


def marks_of(site: str) -> frozenset[Mark]:
    """What a name is marked by whoever reports it."""
    try:
        return frozenset(_marks_of(to_wire(site), site))
    except ValueError:
        return frozenset()


def _unwrapped(text: str) -> str:
    for _ in range(4):
        wrap = next((each for each in _WRAPS if text[: len(each)].lower() == each), None)
        if wrap is None:
            break
        text = text[len(wrap) :].strip()
    return text


def _a_site_among(text: str, marks: set[Mark]) -> str | None:
    """The first word that is a web address, else the first that could be a name; None where a program was pasted."""
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() in ("javascript", "data", "vbscript", "file", "about", "chrome", "mailto"):
        marks.add(Mark.SCRIPT)
        return None
    words = [each.strip(_EDGES) for each in _SPACE.split(text)[:200]]
    for each in words:
        found = _SCHEME.match(each)
        if found and found[1].lower() in _WEB and each[found.end() : found.end() + 1] in ("/", "\\"):
            return each
    return next((each for each in words if _could_be(each)), None)


def _could_be(word: str) -> bool:
    host = _host(word, set())
    return _address(host, in_full=True) is not None or _name(host) is not None


def _host(word: str, marks: set[Mark]) -> str:
    """What stands where a browser looks for the host."""
    found = _SCHEME.match(word)
    rest = word[found.end() :] if found and (found[1].lower() in _WEB or word[found.end() :].startswith("//")) else word
    rest = rest.replace("\\", "/").lstrip("/")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        marks.add(Mark.SIGNED_IN_AS)
        authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        return authority.partition("]")[0] + "]"
    if _PORT.search(authority) and authority.count(":") == 1:
        if not authority.endswith((":", ":80", ":443")):
            marks.add(Mark.PORT)
        authority = _PORT.sub("", authority)
    return unquote(authority, errors="replace").strip(".。．｡ ")


def _address(host: str, *, in_full: bool) -> IPv4Address | IPv6Address | None:
    """After a scheme also as browsers take it: `0x7f.1`, one whole number. Alone, those are sums of money."""
    try:
        return ip_address(host.removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        pass
    parts = [] if in_full else host.lower().split(".")
    if not 1 <= len(parts) <= 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *first, last = (_number(part) for part in parts)
    except ValueError:
        return None
    if any(each > 255 for each in first) or last >= 256 ** (5 - len(parts)):
        return None
    return IPv4Address(sum(each << (24 - 8 * at) for at, each in enumerate(first)) + last)


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if len(part) > 1 and part.startswith("0") else int(part)


def _name(host: str) -> Name | None:
    """The wire form of what can be the name of a site; None for everything else."""
    if not host or len(host) > 255 or ":" in host:
        return None
    try:
        name = to_wire(host)
    except ValueError:
        return None
    parts = [*labels(name)]
    if len(parts) < 2 or not all(_HOST_LABEL.fullmatch(part) for part in parts):
        return None
    # No top-level domain is a number: such a thing is an address that was mistyped, or a sum of money.
    return None if parts[-1].isdigit() or len(parts[-1]) < 2 else name


def _marks_of(name: Name, host: str) -> set[Mark]:
    marks = {mark for each in parents(name) if (mark := _marked().get(each)) is not None}
    if not host.isascii() or any(part.startswith(b"xn--") for part in labels(name)):
        marks.add(Mark.INTERNATIONAL)
        if _mixed(name):
            marks.add(Mark.MIXED)
    return marks


def _mixed(name: Name) -> bool:
    return any(len(_scripts(part)) > 1 for part in labels(name) if part.startswith(b"xn--"))


def _scripts(label: bytes) -> set[str]:
    try:
        text = label[4:].decode("punycode")
    except UnicodeError:
        return set()
    return {_script(letter) for letter in text if letter.isalpha()}


def _script(letter: str) -> str:
    code = ord(letter)
    spans = (
        ("greek", 0x370, 0x3FF),
        ("cyrillic", 0x400, 0x52F),
        ("armenian", 0x530, 0x58F),
        ("cherokee", 0x13A0, 0x13FF),
    )
    return next((name for name, first, last in spans if first <= code <= last), "latin" if code < 0x250 else "other")
