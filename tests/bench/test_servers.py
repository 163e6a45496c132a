"""What the DNS servers are asked is what the page says, and whoever answers wrongly is not measured."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from bench import upstream
from bench.dnsperf import Steady, read_each
from bench.names import made_up
from bench.peers import cdb_records
from bench.servers import Server
from bench.workload import ALLOWED, LISTED, QUERIES, Names, check

SAID = """> NOERROR www.bbc.co.uk A 0.000300
> NXDOMAIN poki.com A 0.000100
> T lost.example.org A
> NOERROR bbc.co.uk AAAA 0.000200
[Status] Testing complete (time limit)

  Queries sent:         4
  Queries completed:    3 (75.00%)
  Queries lost:         1 (25.00%)
"""


def test_thirty_of_a_hundred_queries_are_for_listed_names_and_hardly_any_name_comes_often() -> None:
    listed = made_up(LISTED, seed=1)
    names = Names(listed, made_up(ALLOWED, seed=2, besides=listed))
    asked, on_list = names.queries(), set(listed)
    assert len(asked) == QUERIES
    assert sum(name in on_list for name in asked) == QUERIES * 3 // 10
    assert len(set(asked)) > 11_000
    assert asked == names.queries()


def test_the_latency_of_every_answer_is_read_and_what_is_lost_is_counted() -> None:
    steady = read_each(SAID)
    assert steady == Steady([0.0001, 0.0002, 0.0003], 1)
    assert (steady.share(50), steady.share(99)) == (0.0002, 0.0003)


def test_names_for_a_constant_database_are_in_wire_form() -> None:
    assert b"".join(cdb_records(["poki.com", "x.uk"])) == b"+10,1:\x04poki\x03com\0->1\n+6,1:\x01x\x02uk\0->1\n"


@pytest.fixture
def open_server() -> Iterator[Server]:
    """It answers every name there is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        stop, thread = threading.Event(), threading.Thread(target=lambda: _answer_all(sock, stop))
        thread.start()
        try:
            yield Server("open", sock.getsockname()[1], 0)
        finally:
            stop.set()
            thread.join()


def _answer_all(sock: socket.socket, stop: threading.Event) -> None:
    sock.settimeout(0.05)
    while not stop.is_set():
        try:
            packet, client = sock.recvfrom(4096)
        except TimeoutError:
            continue
        sock.sendto(upstream.answer(packet), client)


def test_a_server_that_answers_what_is_listed_is_not_measured(open_server: Server) -> None:
    allowed = made_up(20, seed=4)
    with pytest.raises(RuntimeError, match=r"open answers .*, which is listed"):
        check(open_server, Names(made_up(20, seed=3), allowed))
