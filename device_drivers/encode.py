"""The one allow-list encoder for every text a person can name: VLAN, port description, ACL remark, room.

A newline in a port description is a second command. `?` opens the help of most network systems, a leading `!` or `#`
is a comment, quotes end strings. So nothing passes but what is on the list, and no driver sends free text otherwise.
"""

from __future__ import annotations

import re
import unicodedata

from device_drivers.model import Refused

TEXT_LENGTH = 64
NAME_LENGTH = 32
_TEXT = re.compile(r"[^A-Za-z0-9 _.,:/()+=@-]+")
_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_QUOTES = re.compile(r"['’‘`´]")
_PORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9/.:_-]{0,39}")


def cli_text(text: str, limit: int = TEXT_LENGTH) -> str:
    """Free text as one harmless line of ASCII; may come out empty. Encoding twice changes nothing more.

    Accents go (`Tŷ Ffynnon` becomes `Ty Ffynnon`), apostrophes vanish, every other stranger becomes a space.
    """
    kept = _TEXT.sub(" ", _ascii(text))
    # Leading punctuation is a comment sign or an option to somebody; trailing blanks are lost on the device.
    return " ".join(kept.split()).lstrip("_.,:/()+=@- ")[:limit].rstrip()


def cli_name(text: str, limit: int = NAME_LENGTH) -> str:
    """A word: what VLANs and access lists are called on a device. Raises Refused where nothing is left of it."""
    word = _NAME.sub("-", _ascii(text)).lstrip("-_0123456789")[:limit].rstrip("-")
    if not word:
        raise Refused(f"no name a device takes can be made of {text[:40]!r}")
    return word


def port_name(text: str) -> str:
    """A port's name as it is, or Refused: a name is never mended, a mended one could be another port's."""
    if not _PORT.fullmatch(text):
        raise Refused(f"not a port name: {text[:40]!r}")
    return text


def vlan_id(number: int) -> str:
    """A VLAN number as digits. 0, 4095 and the reserved 1002-1005 (IEEE 802.1Q, Cisco) are refused."""
    if not 1 <= number <= 4094 or 1002 <= number <= 1005:
        raise Refused(f"not a VLAN a port can be in: {number}")
    return str(number)


def one_line(line: str) -> str:
    """The last gate before the wire: a line that would be two, or carries a control character, is never sent."""
    if any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in line):
        raise Refused(f"a line with control characters is never sent: {line[:60]!r}")
    return line


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", _QUOTES.sub("", text))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
