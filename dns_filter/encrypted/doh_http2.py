"""HTTP/2 for DoH: octets in, whole requests out, and back; many at once on one connection (RFC 9113).

What h2 does not limit is limited here: bodies, what is said between two requests (resets, pings, settings: all that
floods are made of), and answers that the client leaves no room for.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from dns_filter.encrypted.doh_request import HEADER_OCTETS, LARGEST, Answer, Ask

AT_ONCE = 100
"""Requests without an answer on one connection."""
CHATTER = 500
"""Events that are no whole request, in a row: whoever only resets, pings or changes settings wants no answer."""


@dataclass(slots=True)
class Request:
    """A request on its way: its headers, and as much of its body as has come."""

    headers: dict[bytes, bytes]
    body: bytearray = field(default_factory=bytearray)


class Http2:
    """The server's side of one connection. Touches no socket; `to_send` holds what is to be written."""

    def __init__(self) -> None:
        self._speech = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        limits = {SettingCodes.MAX_CONCURRENT_STREAMS: AT_ONCE, SettingCodes.MAX_HEADER_LIST_SIZE: HEADER_OCTETS}
        self._speech.local_settings = Settings(client=False, initial_values=limits)
        self._speech.initiate_connection()
        self._asked: dict[int, Request] = {}
        self._whole: deque[Ask] = deque()
        self._unsent: dict[int, bytes] = {}
        self._chatter = 0
        self.done = False

    @property
    def waiting(self) -> int:
        """Octets of half-heard bodies, and of answers that the client's window has no room for."""
        return sum(len(each.body) for each in self._asked.values()) + sum(map(len, self._unsent.values()))

    def heard(self, data: bytes) -> None:
        try:
            for event in self._speech.receive_data(data):
                self._take(event)
        except ProtocolError:
            self.done = True  # h2 has written down why (GOAWAY)

    def ended(self) -> None:
        self.done = True

    def next_ask(self) -> Ask | None:
        return self._whole.popleft() if self._whole and not self.done else None

    def answer(self, stream: int, answer: Answer) -> None:
        """A client that reset its request, or left, gets none."""
        if self.done or self._asked.pop(stream, None) is None:
            return
        headers = [(":status", str(answer.status)), *answer.headers.items(), ("content-length", str(len(answer.body)))]
        self._speech.send_headers(stream, headers, end_stream=not answer.body)
        if answer.body:
            self._unsent[stream] = answer.body
            self._push(stream)

    def to_send(self) -> bytes:
        return self._speech.data_to_send()

    def _take(self, event: events.Event) -> None:
        self._chatter += 1
        match event:
            case events.RequestReceived(stream_id=int(stream), headers=headers):
                self._asked[stream] = Request(dict(headers or ()))
            case events.DataReceived():
                self._add(event)
            case events.StreamEnded(stream_id=int(stream)) if stream in self._asked:
                self._chatter = 0
                self._whole.append(_ask(stream, self._asked[stream]))
            case events.StreamReset(stream_id=int(stream)):
                self._asked.pop(stream, None)
                self._unsent.pop(stream, None)
            case events.WindowUpdated() | events.RemoteSettingsChanged():
                for stream in list(self._unsent):
                    self._push(stream)
            case events.ConnectionTerminated():
                self.done = True
        if self._chatter > CHATTER:
            self._speech.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
            self.done = True

    def _add(self, event: events.DataReceived) -> None:
        stream, data = event.stream_id, event.data
        if event.flow_controlled_length:
            self._speech.acknowledge_received_data(event.flow_controlled_length, stream)
        if (request := self._asked.get(stream)) is None:
            return
        request.body += data or b""
        if len(request.body) > LARGEST:
            self.answer(stream, Answer(413, {}))
            self._speech.reset_stream(stream, ErrorCodes.NO_ERROR)

    def _push(self, stream: int) -> None:
        """Send of an answer as much as the client's windows let through."""
        body = self._unsent.pop(stream)
        while room := min(self._speech.local_flow_control_window(stream), self._speech.max_outbound_frame_size):
            part, body = body[:room], body[room:]
            self._speech.send_data(stream, part, end_stream=not body)
            if not body:
                return
        self._unsent[stream] = body


def _ask(stream: int, request: Request) -> Ask:
    def told(name: bytes) -> str:
        return request.headers.get(name, b"").decode("latin-1")

    return Ask(stream, told(b":method"), told(b":path"), told(b"content-type"), bytes(request.body))
