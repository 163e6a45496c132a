"""Packets: every way a client may try, sent from its namespace by this process, all of them at once. ●

A way is open where an answer comes back. Hundreds are under way together, so that a round costs the patience with
those that never answer, once.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from controller.lab import spaces
from controller.lab.questions import Said, heard, question
from controller.lab.routes import Manner, Probe

PATIENCE = 0.25
"""Seconds without an answer after which a way counts as closed. Answers come in one or two milliseconds."""
_UNDER_WAY = (errno.EINPROGRESS, errno.EAGAIN)


@dataclass(slots=True)
class _Flight:
    probe: Probe
    sock: socket.socket
    number: int
    spoken: bool = False
    rest: bytes = field(default=b"")


def measure(probes: Iterable[Probe], patience: float = PATIENCE) -> Mapping[Probe, bool]:
    """Which of them are open now. This thread changes its namespace: it belongs to nobody else."""
    found: dict[Probe, bool] = {}
    by_client: dict[str, list[Probe]] = {}
    for probe in probes:
        by_client.setdefault(probe.client, []).append(probe)
    flights: dict[int, _Flight] = {}
    poll = select.epoll()
    try:
        for client, some in by_client.items():
            spaces.go_to(client)
            for probe in some:
                found[probe] = False
                flight = _take_off(probe)
                if flight is not None:
                    flights[flight.sock.fileno()] = flight
                    tcp = probe.manner in (Manner.TCP, Manner.NAME_TCP)
                    poll.register(flight.sock, select.EPOLLOUT if tcp else select.EPOLLIN)
        _wait(poll, flights, found, patience)
    finally:
        for flight in flights.values():
            flight.sock.close()
        poll.close()
    return found


def _wait(poll: select.epoll, flights: dict[int, _Flight], found: dict[Probe, bool], patience: float) -> None:
    last = time.monotonic() + patience
    while flights:
        events = poll.poll(max(0.0, last - time.monotonic()))
        if not events:
            return
        for number, _ in events:
            flight = flights[number]
            verdict = _hear(flight, poll)
            if verdict is not None:
                found[flight.probe] = verdict
                poll.unregister(flight.sock)
                del flights[number]
                flight.sock.close()
                # While answers come in the machine is only slow: patience counts from the last of them.
                last = time.monotonic() + patience if verdict else last


def _take_off(probe: Probe) -> _Flight | None:
    """None where the client itself knows of no way."""
    family = socket.AF_INET6 if ip_address(probe.address).version == 6 else socket.AF_INET
    number = int.from_bytes(os.urandom(2))
    sock = _socket(family, probe.manner)
    sock.setblocking(False)
    try:
        if probe.manner in (Manner.TCP, Manner.NAME_TCP):
            # Closed by a reset: thousands of finished connections would wait a minute each.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            status = sock.connect_ex((probe.address, probe.port))
            if status not in (0, *_UNDER_WAY):
                raise OSError(status, os.strerror(status))
        else:
            sock.connect((probe.address, probe.port))
            sock.send(_packet(probe, number))
    except OSError:
        sock.close()
        return None
    return _Flight(probe, sock, number)


def _socket(family: socket.AddressFamily, manner: Manner) -> socket.socket:
    if manner in (Manner.TCP, Manner.NAME_TCP):
        return socket.socket(family, socket.SOCK_STREAM)
    if manner is Manner.PING:
        return socket.socket(
            family, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
        )
    return socket.socket(family, socket.SOCK_DGRAM)


def _packet(probe: Probe, number: int) -> bytes:
    match probe.manner:
        case Manner.NAME:
            return question(number, probe.name)
        case Manner.PING:
            # The kernel fills in identifier and checksum of a ping socket.
            return struct.pack("!BBHHH", 128 if ip_address(probe.address).version == 6 else 8, 0, 0, 0, number)
        case _:
            return number.to_bytes(2)


def _hear(flight: _Flight, poll: select.epoll) -> bool | None:
    """True open, False closed, None not known yet."""
    try:
        match flight.probe.manner:
            case Manner.TCP:
                return flight.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
            case Manner.NAME_TCP:
                return _over_tcp(flight, poll)
            case Manner.NAME:
                said = heard(flight.sock.recv(4096), flight.number)
                return None if said is None else said is Said.ADDRESS
            case Manner.UDP:
                return flight.sock.recv(64) == flight.number.to_bytes(2)
            case Manner.PING:
                return flight.sock.recv(256)[6:8] == flight.number.to_bytes(2) or None
    except BlockingIOError:
        return None
    except OSError:
        return False


def _over_tcp(flight: _Flight, poll: select.epoll) -> bool | None:
    if not flight.spoken:
        if flight.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0:
            return False
        asked = question(flight.number, flight.probe.name)
        flight.sock.send(len(asked).to_bytes(2) + asked)
        flight.spoken = True
        poll.modify(flight.sock, select.EPOLLIN)
        return None
    more = flight.sock.recv(4096)
    flight.rest += more
    if len(flight.rest) >= 14:
        return heard(flight.rest[2:], flight.number) is Said.ADDRESS
    return None if more else False


class Doors:
    """What listens at clients: TCP doors that are opened and closed again for whoever comes. A thread of its own."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._doors: dict[int, socket.socket] = {}

    def open(self, client: str, ports: Sequence[int]) -> None:
        with spaces.inside(client):
            for port in ports:
                door = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=256)
                door.setblocking(False)
                self._doors[door.fileno()] = door
                self._poll.register(door, select.EPOLLIN)

    def serve(self) -> None:
        while True:
            for number, _ in self._poll.poll():
                with suppress(OSError):
                    self._doors[number].accept()[0].close()
