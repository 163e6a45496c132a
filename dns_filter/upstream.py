"""Asking upstreams: over UDP from random ports, over TCP where that is too small, over TLS where told to. ●

An answer counts only when its id, port, sender and the question in the very case it was sent in all fit. What does
not fit is passed over and the true answer still awaited: a forger can neither poison nor deny (RFC 5452).
Where one is silent the next is asked. An encrypted one is never asked in the open.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from dns_filter.attempts import Attempt, Line, is_too_old
from dns_filter.dice import Dice
from dns_filter.flights import DEADLINE, HEDGE, IMPATIENT, TICK, Flight, Route, Tell, Timeline, Wanted
from dns_filter.ports import Port, Ports, Way
from dns_filter.records import Answer, read_answer
from dns_filter.servers import Server
from dns_filter.upstream_tcp import OneQuestion, ask_once
from dns_filter.upstream_tls import Channel
from dns_filter.wire import IN, NOERROR, NXDOMAIN, TC, Malformed

PENDING = 2048
"""Datagrams one upstream may owe us. A dead one is asked no more by a flood, and the others have all the room."""
PATIENT = 0.3
"""Seconds in which no newer question takes the place of one that was asked."""
FLIGHTS = 8192
"""Questions under way at once; each client has a share of its own long before this."""
_SILENT, _SET_BACK = 5, 5.0
_DOUBTS = _COMPLAINTS = 3
_PLAIN_FOR = 900.0
_CLASS = IN.to_bytes(2)
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Upstreams:
    loop: asyncio.AbstractEventLoop
    dice: Dice = field(default_factory=Dice)
    counts: Counter[str] = field(default_factory=Counter)
    """asked, answered, ignored (forged or malformed), failed."""
    authorities: Path | None = None
    """Whom encrypted upstreams are believed by; None: the machine's own authorities."""
    _flights: dict[bytes, Flight] = field(default_factory=dict)
    _lines: dict[Server, Line] = field(default_factory=dict)
    _routes: dict[bytes, tuple[tuple[Server, ...], list[Line]]] = field(default_factory=dict)
    _timeline: Timeline = field(init=False)
    _ticking: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._timeline = Timeline(self._reached)

    def ask(self, wanted: Wanted, tell: Tell, *, patient: bool = True) -> None:
        """`tell` hears once, within 3.5 s, the answer or None; who holds a stale answer is not `patient`: 1.8 s."""
        key = wanted.key
        flight = self._flights.get(key)
        if flight is None and (len(self._flights) >= FLIGHTS or not wanted.route.servers):
            tell(None)
            return
        new = flight or Flight(wanted, key, self.loop.time())
        # Who joins after the impatient were told has waited for nothing yet, and hears the end like everybody.
        (new.waiters if patient else new.impatient).append(tell)
        if flight is None:
            self._flights[key] = new
            self._timeline.add(new)
            self._launch(new)
            self._keep_ticking()

    def close(self) -> None:
        if self._ticking:
            self._ticking.cancel()
        for flight in list(self._flights.values()):
            self._land(flight, None)
        for line in self._lines.values():
            line.ports.close()

    def _keep_ticking(self) -> None:
        if self._ticking is None:
            self._ticking = self.loop.call_later(TICK, self._tick)

    def _tick(self) -> None:
        self._ticking = None
        self._timeline.tick(self.loop.time())
        if self._timeline:
            self._keep_ticking()

    def _reached(self, flight: Flight, stage: float) -> None:
        if stage == DEADLINE:
            self._land(flight, None)
        elif stage == IMPATIENT:
            flight.tell_impatient()
        elif stage != HEDGE or self._untried(flight):
            self._launch(flight)

    def _line(self, server: Server) -> Line:
        if server not in self._lines:
            # The case of a question tells forgers from servers; inside TLS there are none.
            self._lines[server] = Line(server, self._way(server), keeps_case=not server.encrypted)
        return self._lines[server]

    def _way(self, server: Server) -> Way:
        if server.encrypted:
            return Channel(server, self.authorities, self.loop, self.dice, self._told, self.counts)
        return Ports((server.host, server.port), self.loop, self.dice, self._received, self._refused)

    def _lines_of(self, route: Route) -> list[Line]:
        """The upstreams of a route. A zone may get other ones by a push, and keeps its tag."""
        servers, lines = self._routes.get(route.tag, ((), []))
        if servers is not route.servers:
            lines = [self._line(server) for server in route.servers]
            self._routes[route.tag] = route.servers, lines
        return lines

    def _untried(self, flight: Flight) -> list[Line]:
        """Upstreams this flight has not asked, those that lately kept silent last."""
        lines = self._lines_of(flight.wanted.route)
        if flight.attempts:
            tried = {attempt.line for attempt in flight.attempts}
            lines = [line for line in lines if line not in tried]
        if len(lines) > 1:
            now = self.loop.time()
            return sorted(lines, key=lambda line: line.set_back_until > now)
        return lines

    def _launch(self, flight: Flight) -> None:
        """Ask an upstream that was not asked yet, or where all were, one of them again."""
        untried = self._untried(flight)
        lines = untried or self._lines_of(flight.wanted.route)
        line = lines[0] if untried else lines[flight.stage % len(lines)]
        self._ask(flight, line, edns=line.plain_until <= self.loop.time())

    def _ask(self, flight: Flight, line: Line, *, edns: bool) -> None:
        wanted = flight.wanted
        name = self.dice.cased(wanted.name) if line.keeps_case else wanted.name
        attempt = Attempt(flight, line, name + wanted.qtype.to_bytes(2) + _CLASS, edns)
        flight.attempts.append(attempt)
        if len(line.owed) >= PENDING and not self._made_room(line):
            self.counts["crowded"] += 1
            self._fail(attempt)
            return
        self.counts["asked"] += 1
        try:
            attempt.port, attempt.identity = line.ports.send(attempt.packet(), attempt)
            attempt.sent, line.owed[attempt] = self.loop.time(), None
        except OSError as error:
            log.debug("%s: %s", line.server, error)
            self._fail(attempt)

    def _made_room(self, line: Line) -> bool:
        """Wait no more for the oldest, where it has waited long enough: a flood of dead names must not shut out all.

        Its flight goes on and asks again at its next stage.
        """
        oldest = next(iter(line.owed))
        if self.loop.time() - oldest.sent < PATIENT:
            return False
        self._end(oldest)
        return True

    def _received(self, port: Port, packet: bytes) -> None:
        attempt = port.waiting.get(packet[:2])
        if isinstance(attempt, Attempt) and attempt.edns and is_too_old(packet):
            self._ask_without_edns(attempt, packet)
            return
        if not isinstance(attempt, Attempt) or not attempt.is_about(packet):
            self.counts["ignored"] += 1
            return
        if not attempt.is_exactly_about(packet):
            # Either a forger, or a server that loses the case of the question. TCP tells them apart.
            self.counts["ignored"] += 1
            self._ask_over_tcp(attempt)
        elif int.from_bytes(packet[2:4]) & TC:
            self._ask_over_tcp(attempt)
        else:
            self._take(attempt, packet)

    def _told(self, attempt: object, packet: bytes | None) -> None:
        """What an encrypted upstream says; None where it could not be asked.

        Nobody forges here: what does not fit is the server's own failure, and a cut-off answer has no other way.
        """
        if not isinstance(attempt, Attempt):
            return
        if packet and attempt.edns and is_too_old(packet):
            self._ask_without_edns(attempt, packet)
        elif packet and attempt.is_about(packet) and not int.from_bytes(packet[2:4]) & TC:
            self._take(attempt, packet)
        else:
            attempt.said_no = packet is not None
            self._fail(attempt)

    def _ask_without_edns(self, attempt: Attempt, packet: bytes) -> None:
        """It does not understand the OPT, or a forger says so: a bare header leaves the first question waited for."""
        flight, line = attempt.flight, attempt.line
        if attempt.is_exactly_about(packet):
            attempt.said_no = True
            self._end(attempt)
        if all(each.edns or each.line is not line for each in flight.attempts):
            self._ask(flight, line, edns=False)

    def _take(self, attempt: Attempt, packet: bytes) -> None:
        line = attempt.line
        line.silent = 0
        line.complaints = 0 if attempt.edns else line.complaints + 1
        if line.complaints == _COMPLAINTS:
            line.plain_until = self.loop.time() + _PLAIN_FOR
        if packet[3] & 0xF not in (NOERROR, NXDOMAIN):
            attempt.said_no = True
            self._fail(attempt)
            return
        try:
            answer = read_answer(packet, attempt.flight.wanted.name)
        except Malformed:
            self.counts["ignored"] += 1
            if line.server.encrypted:
                attempt.said_no = True
                self._fail(attempt)
            return
        self.counts["answered"] += 1
        self._land(attempt.flight, answer, attempt)

    def _ask_over_tcp(self, attempt: Attempt) -> None:
        if attempt.stream is not None:
            return
        server, packet = attempt.line.server, attempt.packet()
        attempt.stream = OneQuestion(self.dice.octets(2) + packet, lambda heard: self._took(attempt, heard))
        attempt.connecting = self.loop.create_task(ask_once(server.host, server.port, attempt.stream))

    def _took(self, attempt: Attempt, heard: bytes | None) -> None:
        if attempt.over or attempt.flight.landed:
            return
        if heard is None or not attempt.is_about(heard) or int.from_bytes(heard[2:4]) & TC:
            self._fail(attempt)
            return
        if not attempt.is_exactly_about(heard):
            attempt.line.doubts += 1
            attempt.line.keeps_case = attempt.line.doubts < _DOUBTS
        self._take(attempt, heard)

    def _refused(self, port: Port) -> None:
        """The host says that nobody listens; another upstream may, and this one may be starting."""
        for attempt in list(port.waiting.values()):
            if isinstance(attempt, Attempt):
                self._fail(attempt)

    def _fail(self, attempt: Attempt) -> None:
        flight = attempt.flight
        if attempt.over or flight.landed:
            return
        self._end(attempt)
        self.counts["failed"] += 1
        if self._untried(flight):
            self._launch(flight)
        elif all(each.over for each in flight.attempts) and any(each.said_no for each in flight.attempts):
            self._land(flight, None)

    def _land(self, flight: Flight, answer: Answer | None, by: Attempt | None = None) -> None:
        flight.landed = True
        self._flights.pop(flight.key, None)
        for attempt in flight.attempts:
            if not attempt.over and attempt is not by:
                self._note_silence(attempt.line)
            self._end(attempt)
        flight.attempts.clear()
        flight.tell(answer)

    def _note_silence(self, line: Line) -> None:
        line.silent += 1
        if line.silent >= _SILENT:
            line.set_back_until = self.loop.time() + _SET_BACK

    def _end(self, attempt: Attempt) -> None:
        attempt.over = True
        if attempt.identity:
            attempt.line.owed.pop(attempt, None)
            attempt.line.ports.forget(attempt.port, attempt.identity)
            attempt.port, attempt.identity = None, b""
        if attempt.connecting is not None and not attempt.connecting.done():
            attempt.connecting.cancel()
        if attempt.stream is not None:
            attempt.stream.end(None)
