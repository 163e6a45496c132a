"""TLS between a socket and a conversation: to the one it is the protocol, to the other the transport. ●

asyncio's own TLS tells of a connection only after the handshake and keeps 256 KiB for each: a client that never
finishes one would be counted nowhere. Here it counts, and is cut off, from its first octet.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Any

_AT_ONCE = 65_536


class Tunnel(asyncio.Protocol, asyncio.Transport):
    """One connection. `may_begin` is asked with the peer's address before anything is computed for it."""

    def __init__(
        self,
        context: ssl.SSLContext,
        within: asyncio.Protocol,
        may_begin: Callable[[str], bool],
        counts: Counter[str],
    ) -> None:
        super().__init__()
        self._within, self._may_begin, self._counts = within, may_begin, counts
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._below: asyncio.Transport | None = None
        self._shaken = self._left = self._heard_end = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._below = transport
        self._within.connection_made(self)
        peer = transport.get_extra_info("peername")
        if not transport.is_closing() and not (peer and self._may_begin(peer[0])):
            self._counts["turned-away"] += 1
            self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._below = None
        self._within.connection_lost(error)

    def eof_received(self) -> bool | None:
        self._heard_end = True
        return not self._left and self._within.eof_received()

    def data_received(self, data: bytes) -> None:
        if self._left:
            return
        self._incoming.write(data)
        try:
            self._shake_hands()
            while not self.is_closing():
                if not (octets := self._tls.read(_AT_ONCE)):
                    self._goodbye_heard()
                    return
                self._within.data_received(octets)
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError:
            self._counts["broken" if self._shaken else "handshake-failed"] += 1
            self._flush()  # the alert that tells the client what was wrong
            self.close()

    def _goodbye_heard(self) -> None:
        """The client says no more, and may still read what it asked for (RFC 8446 §6.1)."""
        self._flush()
        self._heard_end = True
        if not self._within.eof_received():
            self.close()

    def _shake_hands(self) -> None:
        if not self._shaken:
            self._tls.do_handshake()
            self._shaken = True
            self._counts["connections"] += 1

    def _flush(self) -> None:
        if self._outgoing.pending and self._below is not None and not self._below.is_closing():
            self._below.write(self._outgoing.read())

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.is_closing():
            self._tls.write(data)
            self._flush()

    def get_write_buffer_size(self) -> int:
        """Octets that the other side has not taken, or has not finished saying."""
        below = self._below.get_write_buffer_size() if self._below is not None else 0
        return below + self._outgoing.pending + self._incoming.pending

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`alpn`: the protocol agreed upon, None where the client asked for none; else what the socket knows."""
        if name == "alpn":
            return self._tls.selected_alpn_protocol()
        return self._below.get_extra_info(name, default) if self._below is not None else default

    def is_closing(self) -> bool:
        return self._left or self._below is None or self._below.is_closing()

    def close(self) -> None:
        """Say goodbye and send what is left. The socket stays until the client has ended too, or is swept away:

        closed with octets unread, the kernel would tell the client of an error in place of our last words.
        """
        if self._below is None or self.is_closing():
            return
        if self._shaken:
            self._say_goodbye()
        self._flush()
        self._left = True
        if self._heard_end:
            self._below.close()
        else:
            self._below.write_eof()

    def _say_goodbye(self) -> None:
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            return  # ours is written; for the peer's nobody waits

    def abort(self) -> None:
        if self._below is not None:
            self._below.abort()
