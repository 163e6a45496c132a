"""A mailbox for reports, looked into over IMAP with TLS: new letters are read once and marked as seen. ●"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from controller.reports.mail import LARGEST

MOST_AT_ONCE = 50
PATIENCE = 20.0
"""Seconds for each answer of the server."""
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")


class MailboxTrouble(Exception):
    """The mailbox cannot be read; the message says why, never the password."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    host: str
    user: str
    password: str = field(repr=False)
    port: int = 993
    folder: str = "INBOX"
    ca_file: str = ""
    """A further certificate authority; empty: those of the machine."""


@contextmanager
def opened(box: Mailbox) -> Iterator[imaplib.IMAP4_SSL]:
    context = ssl.create_default_context(cafile=box.ca_file or None)
    try:
        server = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=PATIENCE)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxTrouble(f"{box.host} does not answer: {error}") from error
    try:
        server.login(box.user, box.password)
        said, _ = server.select(_quoted(box.folder))
        if said != "OK":
            raise MailboxTrouble(f"{box.host} has no folder {box.folder[:60]!r}")
        yield server
    except imaplib.IMAP4.error as error:
        raise MailboxTrouble(f"{box.host} refused: {str(error)[:200]}") from None
    except OSError as error:
        raise MailboxTrouble(f"{box.host} went away: {error}") from error
    finally:
        _leave(server)


def new_letters(box: Mailbox) -> Iterator[bytes]:
    """Each unseen letter, as it came; marked as seen once the caller is done with it. Raises MailboxTrouble."""
    with opened(box) as server:
        _, found = server.search(None, "UNSEEN")
        for number in b" ".join(each for each in found if each).split()[:MOST_AT_ONCE]:
            yield _letter(server, number.decode("ascii", "replace"))
            server.store(number.decode("ascii", "replace"), "+FLAGS", "\\Seen")


def _letter(server: imaplib.IMAP4_SSL, number: str) -> bytes:
    """Nothing where it is larger than any letter that is read."""
    _, told = server.fetch(number, "(RFC822.SIZE)")
    size = _SIZE.search(b" ".join(each for each in told if isinstance(each, bytes)))
    if size is None or int(size[1]) > LARGEST:
        return b""
    _, parts = server.fetch(number, "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _leave(server: imaplib.IMAP4_SSL) -> None:
    try:
        server.logout()
    except (OSError, imaplib.IMAP4.error):
        server.shutdown()
