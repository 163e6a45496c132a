"""Our side of DNS over HTTPS to an upstream: POST over HTTP/2, a stream for each question (RFC 8484, RFC 9113)."""

from __future__ import annotations

from dataclasses import dataclass, field

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from dns_filter.servers import Server
from dns_filter.upstream_speech import Broken, Heard

AT_ONCE = 100
"""Questions under way on one connection; the upstream may allow fewer."""
LARGEST = 65_535
CHATTER = 500
"""Events in a row that answer nothing."""
_HEADER_OCTETS = 16_384
_TYPE = b"application/dns-message"


@dataclass(slots=True)
class Reply:
    """An answer on its way. It is good only with status 200 and as a DNS message."""

    identity: bytes
    good: bool = False
    body: bytearray = field(default_factory=bytearray)


class Doh:
    alpn = "h2"

    def __init__(self, server: Server) -> None:
        self._speech = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        limits = {SettingCodes.ENABLE_PUSH: 0, SettingCodes.MAX_HEADER_LIST_SIZE: _HEADER_OCTETS}
        self._speech.local_settings = Settings(client=True, initial_values=limits)
        self._speech.initiate_connection()
        authority = server.name if server.port == 443 else f"{server.name}:{server.port}"
        self._headers = [
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":authority", authority.encode()),
            (b":path", server.path.encode()),
            (b"accept", _TYPE),
            (b"content-type", _TYPE),
        ]
        self._replies: dict[int, Reply] = {}
        self._streams: dict[bytes, int] = {}
        self._unsent: dict[int, bytes] = {}
        self._chatter = 0
        self.done = False

    @property
    def room(self) -> bool:
        return not self.done and len(self._replies) < min(AT_ONCE, self._speech.remote_settings.max_concurrent_streams)

    def ask(self, packet: bytes) -> None:
        try:
            stream = self._speech.get_next_available_stream_id()
            self._speech.send_headers(stream, [*self._headers, (b"content-length", b"%d" % len(packet))])
            self._replies[stream], self._streams[packet[:2]] = Reply(packet[:2]), stream
            self._unsent[stream] = packet
            self._push(stream)
        except ProtocolError as error:
            raise Broken(str(error)) from error

    def forget(self, identity: bytes) -> None:
        """An answer that nobody waits for is not sent to the end; its place is free for another question."""
        if (stream := self._streams.get(identity)) is not None:
            self._drop(stream)
            self._reset(stream)

    def heard(self, octets: bytes) -> Heard:
        found: Heard = []
        try:
            for event in self._speech.receive_data(octets):
                self._take(event, found)
        except ProtocolError as error:
            raise Broken(str(error) or type(error).__name__) from error
        return found

    def to_send(self) -> bytes:
        return self._speech.data_to_send()

    def _take(self, event: events.Event, found: Heard) -> None:
        self._chatter += 1
        match event:
            case events.ResponseReceived(stream_id=int(stream), headers=headers) if stream in self._replies:
                self._replies[stream].good = _is_good(dict(headers or ()))
            case events.DataReceived():
                self._add(event, found)
            case events.StreamEnded(stream_id=int(stream)) if stream in self._replies:
                unfinished = stream in self._unsent
                reply = self._drop(stream)
                found.append((reply.identity, bytes(reply.body) if reply.good else b""))
                self._chatter = 0
                if unfinished:
                    self._reset(stream)
            case events.StreamReset(stream_id=int(stream)) if stream in self._replies:
                found.append((self._drop(stream).identity, b""))
            case events.WindowUpdated() | events.RemoteSettingsChanged():
                for stream in list(self._unsent):
                    self._push(stream)
            case events.ConnectionTerminated():
                self.done = True
        if self._chatter > CHATTER:
            raise Broken("much is said and nothing answered")

    def _add(self, event: events.DataReceived, found: Heard) -> None:
        stream = event.stream_id
        if event.flow_controlled_length:
            self._speech.acknowledge_received_data(event.flow_controlled_length, stream)
        if (reply := self._replies.get(stream)) is None:
            return
        reply.body += event.data or b""
        if len(reply.body) > LARGEST:
            found.append((self._drop(stream).identity, b""))
            self._reset(stream)

    def _push(self, stream: int) -> None:
        """Send of a question as much as the upstream's windows let through."""
        body = self._unsent.pop(stream)
        while room := min(self._speech.local_flow_control_window(stream), self._speech.max_outbound_frame_size):
            part, body = body[:room], body[room:]
            self._speech.send_data(stream, part, end_stream=not body)
            if not body:
                return
        self._unsent[stream] = body

    def _drop(self, stream: int) -> Reply:
        reply = self._replies.pop(stream)
        self._streams.pop(reply.identity, None)
        self._unsent.pop(stream, None)
        return reply

    def _reset(self, stream: int) -> None:
        if not self.done:
            self._speech.reset_stream(stream, ErrorCodes.CANCEL)


def _is_good(headers: dict[bytes, bytes]) -> bool:
    told = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    return headers.get(b":status") == b"200" and told == _TYPE
