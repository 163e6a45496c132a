"""Which device a DoH path, `/dns-query/IDENTIFIER`, stands for: from the text of a file of the school.

The file is CSV: `device,identifier,token`, a device's MAC and one of the two others.

- `token`: whatever the school put into this device's own profile, used as it is (iPadOS, Android, Windows).
- `identifier`: what ChromeOS puts into `DnsOverHttpsTemplatesWithIdentifiers` (a serial number, an asset id, an
  address); it sends SHA-256(salt + identifier) in upper-case hexadecimal, with the salt of the policy
  `DnsOverHttpsSalt`, 8 to 32 octets. Sources: https://chromeenterprise.google/policies/#DnsOverHttpsTemplatesWithIdentifiers
  and chrome/browser/ash/net/dns_over_https/templates_uri_resolver_impl.cc of Chromium.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

Paths = Mapping[str, tuple[str, ...]]
"""Last part of the path -> the MACs of the device it stands for; several where it has several adapters."""
NO_PATHS: Paths = MappingProxyType({})
MAX_OCTETS = 8 << 20
COLUMNS = ["device", "identifier", "token"]
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{16,128}")
_HASH = re.compile(r"[0-9A-Fa-f]{64}")


class UnreadablePaths(ValueError):
    """The file of identifiers breaks its form; the message says in which line and what was expected."""


def chromeos_hash(salt: str, identifier: str) -> str:
    """What ChromeOS sends in place of the identifier."""
    return hashlib.sha256((salt + identifier).encode()).hexdigest().upper()


def read_paths(octets: bytes, salt: str) -> Paths:
    """The whole file or nothing. Raises UnreadablePaths."""
    if len(octets) > MAX_OCTETS:
        raise UnreadablePaths(f"expected at most {MAX_OCTETS >> 20} MiB")
    found: dict[str, tuple[str, ...]] = {}
    for path, mac in _rows(octets, salt):
        found[path] = (*found.get(path, ()), mac)
    return MappingProxyType(found)


def looked_up(paths: Paths, part: str) -> tuple[str, ...]:
    """The MACs that this part of a path stands for, none where nobody was given it."""
    return paths.get(part.upper() if _HASH.fullmatch(part) else part, ())


def _rows(octets: bytes, salt: str) -> Iterator[tuple[str, str]]:
    try:
        reader = csv.DictReader(octets.decode("utf-8-sig").splitlines(), strict=True)
        if reader.fieldnames != COLUMNS:
            raise UnreadablePaths(f"line 1: expected the columns {','.join(COLUMNS)}")
        for row in reader:
            yield _path(row, salt, reader.line_num), _mac(row["device"], reader.line_num)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadablePaths(f"expected CSV in UTF-8: {error}") from error


def _mac(text: str, line: int) -> str:
    mac = text.strip().lower().replace("-", ":")
    if not _MAC.fullmatch(mac):
        raise UnreadablePaths(f"line {line}: expected a MAC such as 02:00:00:00:05:11 as the device")
    return mac


def _path(row: Mapping[str | None, str | list[str] | None], salt: str, line: int) -> str:
    identifier, token = row["identifier"], row["token"]
    if None in row or not isinstance(identifier, str) or not isinstance(token, str):
        raise UnreadablePaths(f"line {line}: expected three columns")
    if bool(identifier.strip()) == bool(token.strip()):
        raise UnreadablePaths(f"line {line}: expected an identifier or a token, one of the two")
    if not identifier.strip():
        # A short token could be found by trying, and one of 64 hexadecimal digits would be taken for a hash.
        if not _TOKEN.fullmatch(token.strip()) or _HASH.fullmatch(token.strip()):
            raise UnreadablePaths(f"line {line}: expected a token of 16 to 128 letters, digits and -_.~")
        return token.strip()
    if not 8 <= len(salt.encode()) <= 32:
        raise UnreadablePaths(f"line {line}: an identifier needs a salt of 8 to 32 octets, the one of DnsOverHttpsSalt")
    return chromeos_hash(salt, identifier.strip())
