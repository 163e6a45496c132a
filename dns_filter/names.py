"""Names in canonical wire form: label octets with their lengths, ASCII lower case, ending in the root's zero.

Never compared as text: the labels `www.google` + `com` print like `www.google.com` and are another name. Text
comes in through `to_wire` and leaves, escaped, through `to_text` (RFC 1035 §5.1, RFC 4343 §2.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import idna

from dns_filter.model import Name

ROOT = Name(b"\0")
_LENGTH = tuple(bytes((length,)) for length in range(64))
_LONGEST_TEXT = 1024
"""Four characters for each of 255 octets; more would only cost time."""
_ORDINARY = re.compile(r"[A-Za-z0-9_.-]+").fullmatch
_PART = re.compile(r"(?:[^.\\]|\\[0-9]{3}|\\[^0-9])*")
_ESCAPE = re.compile(r"\\(?:([0-9]{3})|([^0-9]))", re.DOTALL)
_SPECIAL = re.compile(r'[^!-~]|[.\\"();@$]')
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
# The four characters that IDNA2003 mapped away and IDNA2008 keeps (UTS 46 §6, deviations).
_DEVIATIONS = str.maketrans({"ß": "ss", "ς": "σ", "\u200c": None, "\u200d": None})


def to_wire(text: str) -> Name:
    """The wire form of a name in presentation form; one dot at the end is the same name, `.` is the root.

    Labels outside ASCII are mapped by UTS 46 and encoded by IDNA2008. `\\.` and `\\010` are octets of a label.
    Raises ValueError saying what is wrong.
    """
    return _joined(_labels(text, transitional=False), text)


def spellings(text: str) -> tuple[Name, ...]:
    """The name, and the one an IDNA2003 client would ask for where that differs (`faß.de` and `fass.de`)."""
    name = to_wire(text)
    if text.isascii():
        return (name,)
    older = _joined(_labels(text, transitional=True), text)
    return (name,) if older == name else (name, older)


def from_host(host: bytes) -> Name:
    """`to_wire` for what is known to be lower-case letters, digits, hyphens and underscores in good labels."""
    return Name(b"".join([_LENGTH[len(label)] + label for label in host.split(b".")]) + b"\0")


def to_text(name: Name) -> str:
    """Presentation form without the final dot; dots, backslashes and octets outside printable ASCII are escaped."""
    return ".".join(_SPECIAL.sub(_escaped, label.decode("latin-1")) for label in labels(name)) or "."


def labels(name: Name) -> Iterator[bytes]:
    at = 0
    while length := name[at]:
        yield name[at + 1 : at + 1 + length]
        at += 1 + length


def parents(name: Name) -> Iterator[Name]:
    """The name itself, then each name above it; the root is left out."""
    at = 0
    while length := name[at]:
        yield Name(name[at:])
        at += 1 + length


def is_at_or_below(name: Name, top: Name) -> bool:
    """Compared label by label: `xbbc.co.uk` is not below `bbc.co.uk`."""
    return top in (ROOT, name) or top in parents(name)


def _escaped(special: re.Match[str]) -> str:
    character = special[0]
    return f"\\{character}" if "!" <= character <= "~" else f"\\{ord(character):03d}"


def _joined(parts: list[bytes], text: str) -> Name:
    for label in parts:
        if not label:
            raise ValueError(f"{text!r}: an empty label")
        if len(label) > 63:
            raise ValueError(f"{text!r}: a label of {len(label)} octets, at most 63 are possible")
    name = b"".join([_LENGTH[len(label)] + label for label in parts]) + b"\0"
    if len(name) > 255:
        raise ValueError(f"{text!r}: {len(name)} octets on the wire, at most 255 are possible")
    return Name(name)


def _labels(text: str, *, transitional: bool) -> list[bytes]:
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"{text[:40]!r}…: a name of {len(text)} characters")
    if _ORDINARY(text):
        return [] if text == "." else text.removesuffix(".").lower().encode().split(b".")
    parts = [label for part in _parts(text) for label in _encoded(part, text, transitional)]
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def _parts(text: str) -> Iterator[str]:
    """Cut at the dots that are not escaped."""
    at = 0
    while match := _PART.match(text, at):
        yield match[0]
        at = match.end() + 1
        if match.end() == len(text):
            return
        if text[match.end()] != ".":
            raise ValueError(f"{text!r}: a backslash needs three digits or one other character after it")
    raise ValueError(f"{text!r}: an empty label")


def _encoded(part: str, text: str, transitional: bool) -> list[bytes]:
    if not _UNPRINTABLE.search(_ESCAPE.sub("", part)):
        if "\\" in part:
            return [_octets(part, text)]
        if part.isascii():
            return [part.lower().encode()]
        return [_a_label(label, text) for label in _mapped(part, text, transitional).split(".")]
    raise ValueError(f"{text!r}: white space and control characters are written \\032 in a name")


def _octets(part: str, text: str) -> bytes:
    codes = [int(number) for number, _ in _ESCAPE.findall(part) if number]
    if not part.isascii() or any(code > 255 for code in codes):
        raise ValueError(f"{text!r}: an escape stands for one octet, \\000 to \\255, in a label of ASCII")
    return _ESCAPE.sub(lambda match: chr(int(match[1])) if match[1] else match[2], part).encode("latin-1").lower()


def _mapped(part: str, text: str, transitional: bool) -> str:
    try:
        mapped = idna.uts46_remap(part, std3_rules=False, transitional=False)
    except idna.IDNAError as wrong:
        raise ValueError(f"{text!r}: {wrong}") from wrong
    if _UNPRINTABLE.search(mapped):
        raise ValueError(f"{text!r}: white space in a name")
    return mapped.translate(_DEVIATIONS) if transitional else mapped


def _a_label(label: str, text: str) -> bytes:
    if label.isascii():
        return label.lower().encode()
    try:
        return idna.alabel(label)
    except idna.InvalidCodepoint:
        # Emoji and the like: refused by IDNA2008, let through by UTS 46, asked for by browsers and so listed.
        return b"xn--" + label.encode("punycode")
    except idna.IDNAError as wrong:
        raise ValueError(f"{text!r}: {wrong}") from wrong
