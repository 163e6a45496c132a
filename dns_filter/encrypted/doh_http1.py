"""HTTP/1.1 for DoH: octets in, whole requests out, and back. One request at a time; the next waits in its octets."""

from __future__ import annotations

import h11

from dns_filter.encrypted.doh_request import HEADER_OCTETS, LARGEST, Answer, Ask


class Http1:
    """The server's side of one connection. Touches no socket; `to_send` holds what is to be written."""

    def __init__(self) -> None:
        self._speech = h11.Connection(h11.SERVER, max_incomplete_event_size=HEADER_OCTETS)
        self._held = b""
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._out: list[bytes] = []
        self._answering = self._ended = False
        self.done = False
        """Nothing more will be said: send what there is and close."""

    @property
    def waiting(self) -> int:
        return len(self._held) + len(self._body)

    def heard(self, data: bytes) -> None:
        self._held += data

    def ended(self) -> None:
        """The client says no more. What it asked is answered."""
        self._ended = True
        self.done = self.done or not self._answering

    def next_ask(self) -> Ask | None:
        """The next whole request; None where more octets, or the answer to the last one, must come first."""
        if self._answering or self.done:
            return None
        try:
            self._feed()
            return self._read()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)
            return None

    def answer(self, _: int, answer: Answer) -> None:
        if not self._answering:
            return
        self._answering = False
        self._say(answer)
        if self._speech.our_state is h11.DONE and self._speech.their_state is h11.DONE:
            self._speech.start_next_cycle()
            self.done = self._ended and not self._held
        else:
            self.done = True

    def to_send(self) -> bytes:
        out, self._out = b"".join(self._out), []
        return out

    def _feed(self) -> None:
        """A part at a time: what h11 has taken it keeps, and nobody counts it there."""
        if self._held:
            self._speech.receive_data(self._held)
            self._held = b""

    def _read(self) -> Ask | None:
        while True:
            event = self._speech.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return None
            if isinstance(event, h11.ConnectionClosed):
                self.done = True
                return None
            if isinstance(event, h11.EndOfMessage):
                return self._whole()
            self._take(event)

    def _take(self, event: object) -> None:
        if isinstance(event, h11.Request):
            self._request, self._body = event, bytearray()
            if self._speech.they_are_waiting_for_100_continue:
                self._send(h11.InformationalResponse(status_code=100, headers=[]))
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > LARGEST:
                raise h11.RemoteProtocolError("a body larger than any question", error_status_hint=413)

    def _whole(self) -> Ask:
        request = self._request
        assert request is not None  # h11 ends no message that it has not begun
        media_type = next((value for name, value in request.headers if name == b"content-type"), b"")
        body, self._body, self._answering = bytes(self._body), bytearray(), True
        return Ask(0, request.method.decode(), request.target.decode("latin-1"), media_type.decode("latin-1"), body)

    def _refuse(self, status: int) -> None:
        self.done = True
        if self._speech.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._say(Answer(status, {"connection": "close"}))

    def _say(self, answer: Answer) -> None:
        headers = [*answer.headers.items(), ("content-length", str(len(answer.body)))]
        self._send(h11.Response(status_code=answer.status, headers=headers))
        if answer.body and self._request is not None and self._request.method != b"HEAD":
            self._send(h11.Data(data=answer.body))
        self._send(h11.EndOfMessage())

    def _send(self, event: h11.Event) -> None:
        if (octets := self._speech.send(event)) is not None:
            self._out.append(octets)
