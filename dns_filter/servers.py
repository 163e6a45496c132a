"""Where upstream resolvers are: `10.1.2.3`, `10.1.2.3:5353`, `[fd00::3]:53`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

_PORTED = re.compile(r"\[?([0-9a-fA-F:.]+?)\]?[:#](\d{1,5})")


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int = 53

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

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


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
