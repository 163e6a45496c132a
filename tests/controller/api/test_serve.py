"""The web server: it says where it listens, stops cleanly, and sends slow and greedy clients away."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket

import pytest
from fastapi import FastAPI

from controller.api import serve
from controller.api.serve import PortTaken, run_api
from tests.fakes.site import FakeSite


def get(port: int, path: str = "/api/v1/health") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_it_answers_on_a_port_of_its_own_and_stops(app: FastAPI) -> None:
    with run_api(app, "127.0.0.1", 0) as where:
        assert where.url == f"http://127.0.0.1:{where.port}"
        status, body = get(where.port)
        assert (status, json.loads(body)) == (200, {"status": "degraded"})
    with pytest.raises(ConnectionRefusedError):
        get(where.port)


def test_a_taken_port_is_said_so_before_anything_starts(app: FastAPI) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"cannot listen on 127.0.0.1 port {port}"), run_api(app, "127.0.0.1", port):
            pass


def read_to_end(client: socket.socket) -> bytes:
    client.settimeout(60)
    told = b""
    try:
        while part := client.recv(4096):
            told += part
    except ConnectionResetError:
        pass
    return told


@pytest.mark.parametrize("sent", [b"", b"GET /api/v1/health HTT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_head_that_does_not_come_is_not_waited_for(
    sent: bytes, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "HEADER_DEADLINE", 0.1)
    with run_api(app, "127.0.0.1", 0) as where, socket.create_connection(("127.0.0.1", where.port)) as slow:
        slow.sendall(sent)
        assert read_to_end(slow) == b""
        monkeypatch.setattr(serve, "HEADER_DEADLINE", 60.0)  # the next one may be slow, as this machine is
        assert get(where.port)[0] == 200


def test_a_head_of_endless_length_is_refused(app: FastAPI) -> None:
    with run_api(app, "127.0.0.1", 0) as where, socket.create_connection(("127.0.0.1", where.port)) as greedy:
        greedy.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * (serve.LARGEST_HEAD + 1024))
        assert read_to_end(greedy).startswith(b"HTTP/1.1 400 ")


def test_one_address_cannot_take_all_places(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "MOST_PER_ADDRESS", 3)
    with run_api(app, "127.0.0.1", 0) as where:
        idle = [socket.create_connection(("127.0.0.1", where.port)) for _ in range(3)]
        with socket.create_connection(("127.0.0.1", where.port)) as fourth:
            assert read_to_end(fourth) == b""
        with socket.create_connection(("127.0.0.1", where.port), source_address=("127.5.0.11", 0)) as other:
            other.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert read_to_end(other).startswith(b"HTTP/1.1 200 ")
        for client in idle:
            client.close()


def test_a_large_body_is_refused_while_it_is_still_being_sent(app: FastAPI) -> None:
    with run_api(app, "127.0.0.1", 0) as where, socket.create_connection(("127.0.0.1", where.port)) as greedy:
        head = b"POST /api/v1/windows HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n"
        greedy.sendall(head + b"x" * 1000)
        assert read_to_end(greedy).startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_without_end_is_cut_off_after_a_megabyte(app: FastAPI) -> None:
    with run_api(app, "127.0.0.1", 0) as where, socket.create_connection(("127.0.0.1", where.port)) as greedy:
        greedy.sendall(b"POST /api/v1/windows HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent = 0
        try:
            while sent < 32 * 1024 * 1024:
                greedy.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                sent += 65_536
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 16 * 1024 * 1024


@pytest.mark.parametrize(("proxies", "believed"), [((), "127.0.0.1"), (("127.0.0.1",), "10.30.0.77")])
def test_only_a_trusted_proxy_says_who_asked(
    proxies: tuple[str, ...], believed: str, app: FastAPI, site: FakeSite
) -> None:
    with run_api(app, "127.0.0.1", 0, proxies) as where:
        connection = http.client.HTTPConnection("127.0.0.1", where.port, timeout=60)
        connection.request("GET", "/api/v1/plan", headers={"X-Forwarded-For": "10.30.0.77"})
        assert connection.getresponse().status == 401
        connection.close()
    assert site.store.latest_audit(1)[0].detail["address"] == believed


def test_no_half_of_an_answer_waits_for_the_caller_on_a_connection_that_is_kept(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = list[int]()

    class Looking(serve.CarefulProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            own = transport.get_extra_info("socket")
            at_once.append(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(serve, "CarefulProtocol", Looking)
    with run_api(app, "127.0.0.1", 0) as where:
        get(where.port)
    assert at_once == [1]
