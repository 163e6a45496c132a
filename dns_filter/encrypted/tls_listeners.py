"""The encrypted listeners of one worker: DoT (RFC 7858) and DoH (RFC 8484) over TLS 1.3. ●

They stand beside plain DNS and are built from it: the same conversations, the same limits, the same pipeline. Nothing
here is loaded where no such listener is configured.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections import Counter

from dns_filter.clock import Clock
from dns_filter.encrypted.doh import HttpConversation
from dns_filter.encrypted.tls_certificate import Certificate
from dns_filter.encrypted.tls_designated import DOH_ALPN, DOT_ALPN, designated
from dns_filter.encrypted.tls_errors import Operator, asks_for_structure, structured
from dns_filter.encrypted.tls_tunnel import Tunnel
from dns_filter.identity import Peer
from dns_filter.identity.paths import NO_PATHS, Paths, UnreadablePaths, read_paths
from dns_filter.limits import Pass
from dns_filter.pipeline import Send
from dns_filter.servers import parse_server
from dns_filter.tcp import Conversation, Conversations
from dns_filter.watch import Watch
from dns_filter.worker_settings import EncryptedSettings

HANDSHAKE = 5
"""A handshake costs as much of a client's share as so many questions: it takes as long to compute."""
log = logging.getLogger(__name__)


class Encrypted:
    def __init__(self, settings: EncryptedSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        offers = (DOT_ALPN, DOH_ALPN)
        self._certificate = Certificate(settings.certificate, settings.certificate_key, offers, clock)
        self._paths: Paths = NO_PATHS
        self._paths_watch = Watch(settings.identifiers) if settings.identifiers else None
        self._streams: list[asyncio.Server] = []
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in ("dot", "doh", "doh_status")}
        self._reading: threading.Thread | None = None
        self.look()
        self.wait()

    @property
    def designated(self) -> tuple[bytes, ...]:
        """Where to find these listeners, for clients that ask the plain one. The name is the certificate's, or ours."""
        held = self._certificate.pair.names if self._certificate.pair else ()
        name = self._settings.name or next((each for each in held if not each.startswith("*.")), "")
        dot, doh = (tuple(map(parse_server, places)) for places in (self._settings.dot_at, self._settings.doh_at))
        return designated(name, dot, doh)

    async def start(self, conversations: Conversations) -> None:
        """Answer on the sockets handed down; they are ours from now on."""
        self._conversations = conversations
        for numbers, make in ((self._settings.dot, self._make_dot), (self._settings.doh, self._make_doh)):
            for number in numbers:
                stream = await conversations.loop.create_server(make, sock=socket.socket(fileno=number))
                self._streams.append(stream)

    def look(self) -> None:
        """Read again what has changed on the disk: the certificate, the identifiers."""
        self._certificate.look()
        if self._reading is not None and self._reading.is_alive():
            return
        if self._paths_watch is not None and self._paths_watch.changed():
            # In a thread: the identifiers of a large school take longer to read than a query may wait.
            self._reading = threading.Thread(target=self._read_paths, name="identifiers")
            self._reading.start()

    def wait(self) -> None:
        """Until what is being read has been read."""
        if self._reading is not None:
            self._reading.join()

    def close(self) -> None:
        self.wait()
        for stream in self._streams:
            stream.close()

    def counts(self) -> dict[str, object]:
        """Connections by how they ended, HTTP answers by status, and the certificate's age; bounded, nobody's."""
        certificate = self._certificate
        return {
            **{name: dict(counts) for name, counts in self._counts.items()},
            "certificate_days_left": certificate.days_left(),
            "certificate_loads": certificate.reloads,
            "certificate_refused": certificate.refused,
            "identifiers": len(self._paths),
        }

    def _read_paths(self) -> None:
        path = self._settings.identifiers
        assert path is not None
        try:
            self._paths = read_paths(path.read_bytes(), self._settings.salt)
        except (OSError, UnreadablePaths) as error:
            log.error("identifiers %s: %s; the %d read before stay", path, error, len(self._paths))

    def _make_dot(self) -> asyncio.Protocol:
        return self._secured("dot", Conversation(self._conversations, self._hear))

    def _make_doh(self) -> asyncio.Protocol:
        status = self._counts["doh_status"]
        within = HttpConversation(self._conversations, self._hear, lambda: self._paths, status)
        return self._secured("doh", within)

    def _secured(self, which: str, within: asyncio.Protocol) -> asyncio.Protocol:
        counts = self._counts[which]
        first = DOT_ALPN[0] if which == "dot" else DOH_ALPN[0]
        if (context := self._certificate.context(first)) is None:
            counts["no-certificate"] += 1
            return Closed()
        return Tunnel(context, within, self._may_begin, counts)

    def _may_begin(self, address: str) -> bool:
        """Whether this address gets a handshake: it is the school's, or a forwarder's, and comes not too often."""
        desk = self._conversations.desk
        now = self._clock()
        client = desk.clients.admit(address, now)
        if not client.welcome and not client.forwards:
            return False
        limit = desk.rate_limit
        return limit is None or all(client.quota.ask(now, limit) is Pass.ANSWER for _ in range(HANDSHAKE))

    def _hear(self, data: bytes, peer: Peer, reply: Send, now: float) -> None:
        desk = self._conversations.desk
        desk.hear(data, peer, self._explaining(reply) if asks_for_structure(data) else reply, now)

    def _explaining(self, reply: Send) -> Send:
        def explain(octets: bytes) -> None:
            school = self._conversations.desk.snapshot.table.school
            reply(structured(octets, Operator(school, self._settings.contacts)))

        return explain


class Closed(asyncio.Protocol):
    """Without a certificate there is nothing to say."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
