"""What is said over the kept connection to an encrypted upstream; here DNS over TLS (RFC 7858): a length, a message."""

from __future__ import annotations

from typing import Protocol

Heard = list[tuple[bytes, bytes]]
"""Id of a question and the answer to it; an empty one where there is none to be had."""
SHORTEST = 12


class Broken(Exception):
    """The upstream says what makes no sense: nothing on this connection can be believed to be whole."""


class Speech(Protocol):
    """Our side of one connection. Touches no socket; `heard` and `ask` raise Broken."""

    alpn: str
    """What both must agree on in the handshake; empty: nothing."""

    @property
    def room(self) -> bool:
        """Whether another question may be asked now."""

    @property
    def done(self) -> bool:
        """The upstream wants no more questions on this connection."""

    def ask(self, packet: bytes) -> None:
        """A whole query, its id in front."""

    def forget(self, identity: bytes) -> None: ...

    def heard(self, octets: bytes) -> Heard: ...

    def to_send(self) -> bytes: ...


class Dot:
    alpn = ""
    room = True
    done = False

    def __init__(self) -> None:
        self._heard, self._unsent = bytearray(), bytearray()

    def ask(self, packet: bytes) -> None:
        self._unsent += len(packet).to_bytes(2) + packet

    def forget(self, identity: bytes) -> None:
        """A late answer finds nobody who waits for it."""

    def heard(self, octets: bytes) -> Heard:
        self._heard += octets
        found = []
        while len(self._heard) >= 2:
            end = 2 + int.from_bytes(self._heard[:2])
            if end < 2 + SHORTEST:
                raise Broken(f"a message of {end - 2} octets")
            if len(self._heard) < end:
                break
            packet = bytes(self._heard[2:end])
            del self._heard[:end]
            found.append((packet[:2], packet))
        return found

    def to_send(self) -> bytes:
        octets = bytes(self._unsent)
        self._unsent.clear()
        return octets
