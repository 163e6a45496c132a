"""The kept connection to an encrypted upstream: all questions share it, and another is made where it ends. ●

The certificate is always checked, for the name that stands in the settings. Where there is no connection the question
fails and another upstream is asked: never this one in the open.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dns_filter.dice import Dice
from dns_filter.ports import Port
from dns_filter.servers import Server
from dns_filter.upstream_speech import Broken, Dot, Speech

CONNECT = 2.0
"""Seconds for TCP and TLS together."""
MUTE = 2.0
"""Seconds without any answer after which a connection is taken to lead nowhere."""
IDLE = 30.0
"""Seconds unused after which a connection is not trusted to be there still: routers forget it and tell nobody."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
_UNREAD = 1 << 18
_QUIET = 60.0
Tell = Callable[[object, bytes | None], None]
"""Who waits, and what came: empty where it cannot be an answer, None where there was no connection to ask on."""
log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Question:
    waiter: object
    packet: bytes
    again: bool = False
    """It was lost with one connection; with the next it fails."""


class Link(asyncio.Protocol):
    """One connection. `transport` is there once the handshake is over and all was as it should be."""

    def __init__(self, channel: Channel, speech: Speech) -> None:
        self._channel, self.speech = channel, speech
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        agreed = transport.get_extra_info("ssl_object").selected_alpn_protocol()
        if not self._channel.wants(self) or (self.speech.alpn and agreed != self.speech.alpn):
            transport.abort()
            return
        self.transport = transport
        self._channel.connected()

    def data_received(self, data: bytes) -> None:
        self._channel.heard(self, data)

    def connection_lost(self, error: Exception | None) -> None:
        self._channel.lost(self, error or ConnectionError("the upstream ended the connection"))


class Channel:
    """One encrypted upstream. `tell` hears once of every question that is not forgotten before."""

    def __init__(
        self,
        server: Server,
        authorities: Path | None,
        loop: asyncio.AbstractEventLoop,
        dice: Dice,
        tell: Tell,
        counts: Counter[str],
    ) -> None:
        self._server, self._authorities = server, authorities
        self._loop, self._dice, self._tell, self._counts = loop, dice, tell, counts
        self._trust: ssl.SSLContext | None = None
        self._link: Link | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._questions: dict[bytes, Question] = {}
        self._unsent: dict[bytes, None] = {}
        self._owing_since: float | None = None
        self._used = self._not_before = self._quiet_until = 0.0
        self._failures = 0

    def send(self, packet: bytes, waiter: object) -> tuple[Port | None, bytes]:
        """Ask under a fresh id. Raises OSError where no connection may be tried yet."""
        now = self._loop.time()
        self._leave_where_outworn(now)
        if self._link is None and now < self._not_before:
            raise ConnectionError("not reached a moment ago")
        identity = self._dice.octets(2)
        while identity in self._questions:
            identity = self._dice.octets(2)
        self._questions[identity] = Question(waiter, identity + packet)
        self._unsent[identity] = None
        self._push()
        if identity not in self._questions:
            raise ConnectionError("lost while asking")
        return None, identity

    def forget(self, _: Port | None, identity: bytes) -> None:
        if self._questions.pop(identity, None) is None:
            return
        self._unsent.pop(identity, None)
        if self._link is not None:
            self._link.speech.forget(identity)

    def close(self) -> None:
        self._questions.clear()
        self._unsent.clear()
        link, self._link = self._link, None
        if link is not None and link.transport is not None:
            link.transport.abort()
        if self._connecting is not None:
            self._connecting.cancel()

    def wants(self, link: Link) -> bool:
        return link is self._link

    def connected(self) -> None:
        self._used = self._loop.time()
        self._push()

    def heard(self, link: Link, octets: bytes) -> None:
        if link is not self._link:
            return
        try:
            answers = link.speech.heard(octets)
        except Broken as error:
            self.lost(link, error)
            return
        if answers:
            self._failures, self._owing_since = 0, None
        for identity, packet in answers:
            if (question := self._questions.get(identity)) is not None:
                self._tell(question.waiter, packet if packet[:2] == identity else b"")
        if link is self._link and link.speech.done:
            self.lost(link, ConnectionError("the upstream wants no more on this connection"))
        elif link is self._link:
            self._push()

    def lost(self, link: Link, error: Exception) -> None:
        """What was asked on it is asked once more on another, unless this goes on and on."""
        if link is not self._link:
            return
        self._link, self._owing_since = None, None
        if link.transport is not None:
            link.transport.abort()
        self._failures += 1
        established = link.transport is not None and self._failures <= 1
        self._not_before = 0.0 if established else self._loop.time() + self._pause()
        self._say(error, quietly=established)
        ended = []
        for identity, question in list(self._questions.items()):
            if established and not question.again:
                question.again, self._unsent[identity] = True, None
            else:
                ended.append(self._questions.pop(identity))
                self._unsent.pop(identity, None)
        if self._unsent:
            self._push()
        for question in ended:
            self._tell(question.waiter, None)

    def _pause(self) -> float:
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10))

    def _say(self, error: Exception, *, quietly: bool) -> None:
        now = self._loop.time()
        if isinstance(error, ssl.SSLCertVerificationError):
            self._counts["untrusted"] += 1
        if quietly or now < self._quiet_until:
            log.debug("%s: %s", self._server, error)
        else:
            self._quiet_until = now + _QUIET
            log.warning("%s: %s", self._server, str(error) or "no connection in time")

    def _leave_where_outworn(self, now: float) -> None:
        link = self._link
        if link is None or link.transport is None:
            return
        if self._owing_since is not None and now - self._owing_since > MUTE:
            self.lost(link, ConnectionError("nothing is answered on this connection"))
        elif self._owing_since is None and now - self._used > IDLE:
            self._link = None
            link.transport.abort()

    def _push(self) -> None:
        """Say what is to be said, as far as there is room; begin a connection where there is none."""
        link = self._link
        if link is None:
            self._link = Link(self, _speech(self._server))
            self._connecting = self._loop.create_task(self._connect(self._link))
            return
        if link.transport is None:
            return
        try:
            while self._unsent and link.speech.room and link.transport.get_write_buffer_size() < _UNREAD:
                self._say_one(link)
        except Broken as error:
            self.lost(link, error)
            return
        if octets := link.speech.to_send():
            link.transport.write(octets)

    def _say_one(self, link: Link) -> None:
        identity = next(iter(self._unsent))
        del self._unsent[identity]
        link.speech.ask(self._questions[identity].packet)
        self._used = self._loop.time()
        if self._owing_since is None:
            self._owing_since = self._used

    async def _connect(self, link: Link) -> None:
        server = self._server
        try:
            # Made anew after an untrusted certificate: the file of authorities may have changed.
            self._trust = self._trust or trusting(self._authorities, link.speech.alpn)
            async with asyncio.timeout(CONNECT):
                await self._loop.create_connection(
                    lambda: link, server.host, server.port, ssl=self._trust, server_hostname=server.name
                )
        except OSError as error:
            if isinstance(error, ssl.SSLError):
                self._trust = None
            self.lost(link, error)


def trusting(authorities: Path | None, alpn: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer, with a certificate of these authorities, else of the machine's. Raises OSError."""
    context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if alpn:
        context.set_alpn_protocols([alpn])
    return context


def _speech(server: Server) -> Speech:
    if server.way == "tls":
        return Dot()
    # Only who asks over HTTPS carries HTTP/2 in its memory.
    from dns_filter.upstream_https import Doh

    return Doh(server)
