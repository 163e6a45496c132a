"""Both kinds of HTTP, without a socket: whatever comes, whole requests come out of it or the end of the connection."""

from __future__ import annotations

import random
from collections.abc import Callable

import h2.connection
import h2.events
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_filter.encrypted.doh import Speech
from dns_filter.encrypted.doh_http1 import Http1
from dns_filter.encrypted.doh_http2 import Http2
from dns_filter.encrypted.doh_request import Answer, Ask, Refusal, Wanted, freshness, read_request
from tests.dns_filter.encrypted import get

OK = Answer(200, {"content-type": "application/dns-message"}, b"answer")


def http1_octets() -> bytes:
    one = b"GET /dns-query?dns=AAAA HTTP/1.1\r\nHost: x\r\n\r\n"
    two = (
        b"POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: application/dns-message\r\nContent-Length: 4\r\n\r\nabcd"
    )
    return one + two + one


def http2_octets() -> bytes:
    speech = h2.connection.H2Connection()
    speech.initiate_connection()
    for stream in (1, 3, 5):
        speech.send_headers(stream, get(f"/dns-query?dns=AA{stream}A"), end_stream=True)
    speech.send_headers(7, [*get("/dns-query", "POST"), ("content-type", "application/dns-message")])
    speech.send_data(7, b"abcd", end_stream=True)
    speech.ping(b"12345678")
    return speech.data_to_send()


KINDS: list[tuple[Callable[[], Speech], Callable[[], bytes]]] = [(Http1, http1_octets), (Http2, http2_octets)]


def asked(speech: Speech, octets: bytes, cuts: random.Random) -> list[Ask]:
    """Every request that comes out when the octets come in pieces, each answered at once."""
    found = []
    while octets and not speech.done:
        size = cuts.randint(1, 60)
        speech.heard(octets[:size])
        octets = octets[size:]
        while (ask := speech.next_ask()) is not None:
            found.append(ask)
            speech.answer(ask.stream, OK)
        assert isinstance(speech.to_send(), bytes)
    return found


@pytest.mark.parametrize(("make", "octets"), KINDS, ids=["HTTP/1.1", "HTTP/2"])
@given(seed=st.integers(0, 2**32))
def test_requests_are_the_same_however_they_are_cut(
    make: Callable[[], Speech], octets: Callable[[], bytes], seed: int
) -> None:
    found = asked(make(), octets(), random.Random(seed))
    assert [each.method for each in found].count("POST") == 1
    assert [each.body for each in found if each.method == "POST"] == [b"abcd"]
    assert len(found) == (3 if make is Http1 else 4)


@pytest.mark.parametrize(("make", "octets"), KINDS, ids=["HTTP/1.1", "HTTP/2"])
@given(seed=st.integers(0, 2**32))
def test_mutated_octets_raise_nothing(make: Callable[[], Speech], octets: Callable[[], bytes], seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        mutated = bytearray(octets())
        for _ in range(chance.randint(1, 10)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        speech = make()
        for ask in asked(speech, bytes(mutated), chance):
            assert isinstance(read_request(ask), Wanted | Refusal)
        assert speech.waiting <= 2 * len(mutated)


def test_a_request_that_was_reset_gets_no_answer() -> None:
    client, server = h2.connection.H2Connection(), Http2()
    client.initiate_connection()
    client.send_headers(1, get("/dns-query?dns=AAAA"), end_stream=True)
    server.heard(client.data_to_send())
    assert server.next_ask() is not None
    client.reset_stream(1)
    server.heard(client.data_to_send())
    server.to_send()
    server.answer(1, OK)
    assert server.to_send() == b""


def test_a_body_without_end_is_refused_before_it_fills_the_memory() -> None:
    client, server = h2.connection.H2Connection(), Http2()
    client.initiate_connection()
    client.send_headers(1, get("/dns-query", "POST"))
    said: list[h2.events.Event] = []
    for _ in range(10):
        client.send_data(1, bytes(8_000))
        server.heard(client.data_to_send())
        said += client.receive_data(server.to_send())
        if any(isinstance(event, h2.events.StreamReset) for event in said):
            break
    (answer,) = (event for event in said if isinstance(event, h2.events.ResponseReceived))
    assert dict(answer.headers or ())[b":status"] == b"413"
    assert server.waiting == 0
    assert not server.done


def test_the_second_request_waits_for_the_answer_to_the_first() -> None:
    speech = Http1()
    speech.heard(http1_octets())
    first = speech.next_ask()
    assert first is not None
    assert speech.next_ask() is None
    speech.answer(first.stream, OK)
    second = speech.next_ask()
    assert second is not None
    assert (first.method, second.method) == ("GET", "POST")


def test_who_says_no_more_is_still_answered() -> None:
    speech = Http1()
    speech.heard(b"GET /dns-query?dns=AAAA HTTP/1.1\r\nHost: x\r\n\r\n")
    assert speech.next_ask() is not None
    speech.ended()
    assert not speech.done
    speech.answer(0, OK)
    assert b"200" in speech.to_send()
    assert speech.done


def test_a_client_that_asks_before_it_sends_a_body_is_told_to_go_on() -> None:
    speech = Http1()
    head = b"POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: application/dns-message\r\nContent-Length: 4\r\n"
    speech.heard(head + b"Expect: 100-continue\r\n\r\n")
    assert speech.next_ask() is None
    assert speech.to_send().startswith(b"HTTP/1.1 100 ")
    speech.heard(b"abcd")
    ask = speech.next_ask()
    assert ask is not None
    assert ask.body == b"abcd"


@given(st.binary(max_size=300))
def test_no_octets_break_the_reading_of_how_long_they_are_fresh(octets: bytes) -> None:
    assert freshness(octets) >= 0
