"""Where upstream resolvers are: `10.1.2.3`, `10.1.2.3:5353`, `[fd00::3]:53`, `tls://10.1.2.3#dns.example`.

With `https://10.1.2.3/dns-query#dns.example` these are all ways. What stands behind `#` the certificate must carry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

Way = Literal["plain", "tls", "https"]
_ENCRYPTED = re.compile(r"(tls|https)://([^/#?]+)(/[!-~]*?)?#(.*)")
_PORTS = {"tls": 853, "https": 443}
_PATH = re.compile(r"/[\w.~%/-]{0,200}", re.ASCII)
_LABEL = "(?!-)[a-z0-9-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})+")
_PORTED = re.compile(r"\[?([0-9a-fA-F:.]+?)\]?[:#](\d{1,5})")


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int = 53
    way: Way = "plain"
    name: str = ""
    """The host name that an encrypted one's certificate must carry."""
    path: str = ""

    def __str__(self) -> str:
        place = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        return place if self.way == "plain" else f"{self.way}://{place}{self.path}#{self.name}"

    @property
    def encrypted(self) -> bool:
        return self.way != "plain"

    @property
    def loopback(self) -> bool:
        return ip_address(self.host).is_loopback


def parse_server(text: str) -> Server:
    """An address with or without a port. Raises ValueError: a name would need the very resolver it names."""
    plain = _address(text.strip("[]"))
    if plain is not None:
        return Server(plain)
    match = _PORTED.fullmatch(text)
    host = _address(match[1]) if match else None
    if match is None or host is None or not 0 < int(match[2]) < 65_536:
        raise ValueError(f"{text!r}: expected an address such as 10.1.2.3, 10.1.2.3:53 or [fd00::3]:53")
    return Server(host, int(match[2]))


def parse_upstream(text: str) -> Server:
    """Like `parse_server`, or over TLS or HTTPS. Raises ValueError."""
    if "://" not in text:
        return parse_server(text)
    match = _ENCRYPTED.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text[:80]!r}: expected tls://10.1.2.3#dns.example or https://10.1.2.3/dns-query#dns.example, with the"
            " name in the certificate behind the #"
        )
    name = match[4].lower().removesuffix(".")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{text[:80]!r}: expected a host name such as dns.example behind the #, not {match[4][:60]!r}")
    way: Way = "https" if match[1] == "https" else "tls"
    if way == "tls" and match[3]:
        raise ValueError(f"{text[:80]!r}: expected tls://10.1.2.3#dns.example; only https:// has a path")
    path = (match[3] or "/dns-query") if way == "https" else ""
    if path and not _PATH.fullmatch(path):
        raise ValueError(f"{text[:80]!r}: expected a path such as /dns-query")
    place = parse_server(match[2])
    ported = _address(match[2].strip("[]")) is None
    return Server(place.host, place.port if ported else _PORTS[way], way, name, path)


def one_way_each(servers: tuple[Server, ...]) -> None:
    """Raises ValueError where an encrypted upstream stands there in the open too: that would undo the encryption."""
    encrypted = {server.host for server in servers if server.encrypted}
    for server in servers:
        if not server.encrypted and server.host in encrypted:
            raise ValueError(f"{server.host} is named with encryption and without: expected one of the two")


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
