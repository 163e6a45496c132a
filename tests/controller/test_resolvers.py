"""The machine's own resolvers: read from resolv.conf, and asked whether they know the internet."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dnslib import QTYPE, RR, A, DNSRecord

from controller.addresses import Endpoint
from controller.resolvers import answers, of_machine


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", []),
        ("nameserver 192.0.2.1\nnameserver 2001:db8::1\n", ["192.0.2.1", "2001:db8::1"]),
        ("# nameserver 192.0.2.9\nsearch school.example\nnameserver\nnameserver nonsense\n", []),
        ("nameserver 192.0.2.1 # the router\n", ["192.0.2.1"]),
        ("\x00\xff nameserver\n", []),
    ],
)
def test_nameserver_lines_are_read_and_others_passed_over(tmp_path: Path, text: str, hosts: list[str]) -> None:
    file = tmp_path / "resolv.conf"
    file.write_bytes(text.encode("latin-1"))
    assert [(place.host, place.port) for place in of_machine(file)] == [(host, 53) for host in hosts]


def test_a_machine_without_resolv_conf_has_none(tmp_path: Path) -> None:
    assert of_machine(tmp_path / "missing") == ()


Reply = Callable[[bytes], bytes]


@contextmanager
def resolver(reply: Reply) -> Iterator[Endpoint]:
    """Answers every datagram by `reply` until the block ends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    query, client = sock.recvfrom(4096)
                except TimeoutError:
                    continue
                sock.sendto(reply(query), client)

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield Endpoint(*sock.getsockname())
        finally:
            stop.set()
            serving.join()


def address(query: bytes) -> bytes:
    asked = DNSRecord.parse(query)
    reply = asked.reply()
    reply.add_answer(RR(asked.q.qname, QTYPE.A, rdata=A("192.0.2.7")))
    return bytes(reply.pack())


def test_a_resolver_that_gives_an_address_knows_the_internet() -> None:
    with resolver(address) as place:
        assert answers(place, 60.0)


@pytest.mark.parametrize(
    "reply",
    [
        lambda query: bytes(DNSRecord.parse(query).reply().pack()),
        lambda query: address(b"\x00\x00" + query[2:]) if query[:2] != b"\x00\x00" else b"",
        lambda _: b"",
        lambda _: b"\xff" * 12,
        lambda query: query[:12] + b"\xc0\x0c" * 40,
    ],
)
def test_nothing_an_alien_or_garbage_is_no_answer(reply: Reply) -> None:
    with resolver(reply) as place:
        assert not answers(place, 0.5)


def test_nobody_there_is_no_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        place = Endpoint(*sock.getsockname())
    assert not answers(place, 0.2)
