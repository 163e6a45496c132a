"""Telling subscribers that a zone changed (NOTIFY, RFC 1996), again and again until they say that they heard. ●"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass

from dns_filter.clock import Clock
from dns_filter.model import Name
from dns_filter.names import to_text
from dns_filter.rpz.edition import Edition
from dns_filter.rpz.tsig import Key, Signer
from dns_filter.servers import Server
from dns_filter.wire import HEADER, IN, SOA

WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds for an answer before the next try. One that is never answered is no harm: subscribers also ask unasked."""
_NOTIFY, _AA = 4 << 11, 0x0400


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is told. With a key the message is signed: a resolver with views finds the right one by it."""

    place: Server
    key: Key | None = None


def message(zone: Name, edition: Edition, identity: bytes) -> bytes:
    question = zone + SOA.to_bytes(2) + IN.to_bytes(2)
    return HEADER.pack(identity, _NOTIFY | _AA, 1, 1, 0, 0) + question + edition.soa_record()


class Notifier(asyncio.DatagramProtocol):
    """Knows for each subscriber and zone whether it is waiting for an answer. Made and used in the server's loop."""

    def __init__(self, subscribers: Iterable[Subscriber], clock: Clock) -> None:
        self._subscribers, self._clock = tuple(subscribers), clock
        self._transports: dict[int, asyncio.DatagramTransport] = {}
        self._waiting: dict[tuple[Subscriber, Name], tuple[bytes, asyncio.Task[None]]] = {}

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        for version, anywhere in ((4, "0.0.0.0"), (6, "::")):  # noqa: S104 - only to send from, and to hear answers
            if any((":" in each.place.host) == (version == 6) for each in self._subscribers):
                transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(anywhere, 0))
                self._transports[version] = transport

    def tell(self, zone: Name, edition: Edition) -> None:
        """Start telling every subscriber; what was being told about the same zone is dropped."""
        for subscriber in self._subscribers:
            if old := self._waiting.pop((subscriber, zone), None):
                old[1].cancel()
            identity = os.urandom(2)
            octets = message(zone, edition, identity)
            task = asyncio.get_running_loop().create_task(self._repeat(subscriber, zone, octets))
            self._waiting[subscriber, zone] = identity, task

    async def _repeat(self, subscriber: Subscriber, zone: Name, octets: bytes) -> None:
        place = subscriber.place
        for wait in WAITS:
            signed = Signer(subscriber.key, b"", int(self._clock()))(octets) if subscriber.key else octets
            self._transports[6 if ":" in place.host else 4].sendto(signed, (place.host, place.port))
            await asyncio.sleep(wait)
        self._waiting.pop((subscriber, zone), None)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for (subscriber, zone), (identity, task) in list(self._waiting.items()):
            heard = data[:2] == identity and len(data) >= 12 and data[2] & 0xF8 == 0xA0
            if (
                heard
                and (subscriber.place.host, subscriber.place.port) == addr[:2]
                and data[12:].lower().startswith(zone)
            ):
                task.cancel()
                self._waiting.pop((subscriber, zone), None)

    @property
    def unheard(self) -> list[str]:
        """Who has not answered about which zone, for people."""
        return [f"{subscriber.place} {to_text(zone)}" for subscriber, zone in self._waiting]

    async def close(self) -> None:
        tasks = [task for _, task in self._waiting.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in self._transports.values():
            transport.close()
