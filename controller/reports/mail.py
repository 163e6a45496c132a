"""A report by e-mail: a message of anybody, read for one site and a few words. Nothing in it is believed.

A sender is what somebody wrote there, so a letter never counts for more than a stranger's word. Only text is read, only
so much of it, and no attachment is opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy as rules
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from itertools import islice

from controller.reports.site_name import Kind, read_site, visible

LARGEST = 1 << 20
MOST_PARTS = 50
MOST_TEXT = 64 * 1024
MOST_SITES = 5
_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s<>\"']{1,2000}", re.IGNORECASE)
_NAME = re.compile(r"(?<![@\w.-])(?:[\w-]{1,63}\.){1,10}[a-zA-Z\u00a1-\uffff]{2,63}(?![\w@-])")
_QUOTED = re.compile(r"^(>|On .{1,200} wrote:$|-- $)", re.MULTILINE)


class Unreadable(Exception):
    """This is no letter that could be a report; the message says why."""


@dataclass(frozen=True, slots=True)
class Letter:
    """`sites`: what of it names a site, in order. `sender` and `subject` are what stands there, made visible."""

    sender: str
    subject: str
    message_id: str
    sites: tuple[str, ...]
    said: str


def read_letter(raw: bytes, own: frozenset[str] = frozenset()) -> Letter:
    """`own`: domains that are never what a letter reports, such as that of the school's mail. Raises Unreadable."""
    if len(raw) > LARGEST:
        raise Unreadable(f"the letter is larger than {LARGEST // 1024} KiB")
    try:
        message = BytesParser(EmailMessage, policy=rules.default).parsebytes(raw)
        text = _text(message)
        sender, subject = _header(message, "From"), _header(message, "Subject")
        message_id = _header(message, "Message-ID")
    except (MessageError, LookupError, ValueError, IndexError, TypeError, AttributeError, RecursionError) as error:
        # The parser of the standard library trips over hostile headers in all of these ways.
        raise Unreadable(f"the letter cannot be read: {type(error).__name__}") from None
    body = _QUOTED.split(text, maxsplit=1)[0]
    sites = tuple(_sites(f"{subject}\n{body}", own))
    return Letter(sender, subject, message_id, sites, visible(f"{subject}: {body}")[:2000])


def _header(message: EmailMessage, name: str) -> str:
    return visible(str(message.get(name, ""))[:998])


def _text(message: EmailMessage) -> str:
    """The plain text of the letter, else that of its HTML. A letter within it is read as well: it was forwarded."""
    plain, html = list[str](), list[str]()
    for part in islice(message.walk(), MOST_PARTS):
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
            (plain if kind == "text/plain" else html).append(_decoded(part))
    found = "\n".join(filter(None, (each.strip() for each in plain)))
    return (found or "\n".join(map(_without_tags, html)))[:MOST_TEXT]


def _decoded(part: object) -> str:
    payload = part.get_payload(decode=True) if isinstance(part, EmailMessage) else b""
    octets = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset("utf-8") if isinstance(part, EmailMessage) else "utf-8"
    try:
        return octets[:MOST_TEXT].decode(charset, "replace")
    except (LookupError, ValueError):
        return octets[:MOST_TEXT].decode("utf-8", "replace")


class _Words(HTMLParser):
    """What a reader sees, and where links lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "head")
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= bool(self._silent) and tag in ("script", "style", "head")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def _without_tags(html: str) -> str:
    words = _Words()
    words.feed(html)
    return " ".join(words.found)


def _sites(text: str, own: frozenset[str]) -> list[str]:
    """Web addresses first; only where there is none, bare names."""
    for pattern in (_ADDRESS, _NAME):
        found = dict.fromkeys(each.rstrip(".,;:!?)]}'\"") for each in pattern.findall(text))
        good = [each for each in found if _names_a_site(each, own)]
        if good:
            return good[:MOST_SITES]
    return []


def _names_a_site(text: str, own: frozenset[str]) -> bool:
    read = read_site(text)
    if read.kind is Kind.NOTHING:
        return False
    return not any(read.site == each or read.site.endswith(f".{each}") for each in own)
