"""The internet of the field table: one resolver on loopback that answers, forges, waits or says nothing, by name.

The first label of a name says how: `dead…` never, `slow…` after a second, `class` after a while, `big…` with much,
`forged-<kind>…` a lie first and the truth later, anything else at once.
"""

from __future__ import annotations

import heapq
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dns_filter.wire import Malformed, end_of_plain_name

TRUE, FORGED = b"\xc0\x00\x02\x01", b"\xc6\x33\x64\x42"
SLOW, LATER = 1.0, 0.15
FORGERIES = ("id", "question", "source", "empty", "query")
_TXT, _AAAA, _DNSKEY = 16, 28, 48


class World:
    def __init__(self) -> None:
        self.asked: Counter[bytes] = Counter()
        """Wire names in lower case -> how often."""
        self.ports: list[int] = []
        self._sock, self._elsewhere = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._sock.bind(("127.0.0.1", 0))
        self._elsewhere.bind(("127.0.0.77", 0))
        self._due: list[tuple[float, int, bytes, tuple[str, int], socket.socket]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="world")

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._sock.getsockname()[1]}"

    @contextmanager
    def there(self) -> Iterator[World]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()
            self._sock.close()
            self._elsewhere.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            wait = min(0.1, max(0.0, self._due[0][0] - time.monotonic())) if self._due else 0.1
            if select.select([self._sock], [], [], wait)[0]:
                packet, sender = self._sock.recvfrom(65_535)
                with suppress(Malformed, IndexError):
                    self._hear(packet, sender)
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, reply, to, by = heapq.heappop(self._due)
                with suppress(OSError):  # who has an answer closes the port
                    by.sendto(reply, to)

    def _hear(self, packet: bytes, sender: tuple[str, int]) -> None:
        end = end_of_plain_name(packet, 12)
        name = packet[12:end].lower()
        self.asked[name] += 1
        self.ports.append(sender[1])
        label = name[1 : 1 + name[0]]
        true = answer(packet, end, TRUE)
        if label.startswith(b"dead"):
            return
        if label.startswith(b"slow"):
            self._later(SLOW, true, sender, self._sock)
        elif label == b"class":
            self._later(LATER, true, sender, self._sock)
        elif label.startswith(b"forged-"):
            by = self._elsewhere if label == b"forged-source" else self._sock
            self._later(0, forged(label[7:].decode(), packet, end), sender, by)
            self._later(LATER, true, sender, self._sock)
        else:
            self._later(0, true, sender, self._sock)

    def _later(self, seconds: float, reply: bytes, to: tuple[str, int], by: socket.socket) -> None:
        heapq.heappush(self._due, (time.monotonic() + seconds, len(self.ports), reply, to, by))


def answer(packet: bytes, end: int, address: bytes) -> bytes:
    """An address, for `big<octets>` also much text, a key or many addresses, and an SOA for whatever else is asked."""
    qtype, label = int.from_bytes(packet[end : end + 2]), packet[13 : 13 + packet[12]].lower()
    head, owner = packet[:2] + b"\x81\x80\0\1", packet[12 : end + 4]
    if label.startswith(b"big") and qtype in (_TXT, _AAAA, _DNSKEY):
        records = [b"\xc0\x0c" + record(qtype, rdata) for rdata in _much(qtype, int(label[3:] or b"900"))]
        return head + len(records).to_bytes(2) + b"\0\0\0\0" + owner + b"".join(records)
    if qtype == 1:
        return head + b"\0\1\0\0\0\0" + owner + b"\xc0\x0c" + record(1, address)
    soa = b"\0\0" + b"".join(number.to_bytes(4) for number in (1, 60, 60, 60, 60))
    return head + b"\0\0\0\1\0\0" + owner + b"\0" + record(6, soa)


def record(rtype: int, rdata: bytes) -> bytes:
    return rtype.to_bytes(2) + b"\0\1\0\0\1\x2c" + len(rdata).to_bytes(2) + rdata


def forged(kind: str, packet: bytes, end: int) -> bytes:
    lie = bytearray(answer(packet, end, FORGED))
    match kind:
        case "id":
            lie[0] ^= 0x5A
        case "question":
            lie[13] = ord("x")
        case "empty":
            return bytes(lie[:4]) + b"\0\0" + bytes(lie[6:12] + lie[end + 4 :])
        case "query":
            lie[2] &= 0x7F
    return bytes(lie)


def _much(qtype: int, octets: int) -> Iterator[bytes]:
    """RDATAs of about so many octets together."""
    if qtype == _AAAA:
        yield from (b"\x20\x01\x0d\xb8" + number.to_bytes(12) for number in range(octets // 28 + 1))
    elif qtype == _DNSKEY:
        yield b"\x01\x00\x03\x0d" + b"x" * octets
    else:
        yield b"".join(b"\xc8" + b"x" * 200 for _ in range(octets // 201)) + b"\x01x"
