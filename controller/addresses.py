"""Listen addresses: reading `127.0.0.1:5353`, and asking whether they are still free."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Endpoint:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_FORM = re.compile(
    r"\[(?P<six>[^]]+)\](:(?P<a>\d{1,5}))?|(?P<four>[^:]+)(:(?P<b>\d{1,5}))?|(?P<bare>[0-9a-f:.]+)", re.I
)


def endpoint(text: str, default_port: int | None = None) -> Endpoint:
    """Read `ADDRESS:PORT`, `[V6]:PORT` or, with a default port, `ADDRESS`. Raises ValueError with what was expected."""
    form = _FORM.fullmatch(text.strip())
    port = (form["a"] or form["b"] if form else None) or default_port
    if form is None or port is None or int(port) > 65535:
        raise ValueError(f"expected ADDRESS:PORT such as 127.0.0.1:5353, not {text[:60]!r}")
    return Endpoint(str(ip_address(form["six"] or form["four"] or form["bare"])), int(port))


def taken(place: Endpoint, *, udp: bool) -> str | None:
    """Why a socket could not be bound there (the kernel's words), None where it could."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    kinds = (socket.SOCK_DGRAM, socket.SOCK_STREAM) if udp else (socket.SOCK_STREAM,)
    for kind in kinds:
        with socket.socket(family, kind) as trial:
            if kind == socket.SOCK_STREAM:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((place.host, place.port))
            except OSError as error:
                return error.strerror or str(error)
    return None
