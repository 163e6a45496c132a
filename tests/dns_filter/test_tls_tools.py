"""Clients that are not ours, several workers, and the whole way from the settings to an encrypted answer."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import socket
import ssl
import subprocess
import threading
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dns.message
import pytest

from dns_filter import table_file
from dns_filter.parent import EncryptedDns, FilterSettings
from dns_filter.parent import run as run_filter
from tests.dns_filter import school
from tests.dns_filter.ask import WITHIN
from tests.dns_filter.encrypted import NAME, Encrypted, encrypted, write_pair


async def run(*command: str, text: bytes = b"") -> str:
    """What it says. A client that fails fails the test."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(text), WITHIN)
    return said.decode()


def kdig(here: Encrypted, *how: str) -> tuple[str, ...]:
    """Asks as a pupil's device, and checks the certificate against the school's own authority."""
    trust = f"+tls-ca={here.folder / 'fullchain.pem'}"
    return ("kdig", "@127.0.0.1", "-b", school.YEAR_5, trust, f"+tls-hostname={NAME}", *how, "www.roblox.com", "A")


def test_every_worker_answers_in_every_way_and_a_restarted_one_too(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path)
    table_file.write(tmp_path / "table.json", school.table())
    places = {name: tmp_path / name for name in ("names", "acks", "counters", "run")}
    wanted = EncryptedDns(certificate, key, dot=("127.0.0.1:0",), doh=("127.0.0.1:0",))
    told: queue.Queue[Mapping[str, Any]] = queue.Queue()
    stop = threading.Event()
    more = {"listen": ("127.0.0.1:0",), "workers": 2, "encrypted": wanted}
    settings = FilterSettings(tmp_path / "table.json", **places, **more)  # type: ignore[arg-type]
    filter_ = threading.Thread(target=run_filter, args=(settings, told.put, stop))
    filter_.start()
    try:
        ready = told.get(timeout=WITHIN)
        assert set(ready) - {"engine_because"} == {"ready", "listen", "dot", "doh", "workers", "engine"}
        for number in range(24):  # the kernel deals connections out among the workers
            if number == 12:
                os.kill(ready["workers"][0], signal.SIGKILL)
            query = dns.message.make_query("www.roblox.com", "A")
            for way in ("dot", "doh"):
                host, _, port = ready[way][0].rpartition(":")
                asked = ask_until_heard(query, host, int(port), str(certificate), way)
                assert query.is_response(asked)
    finally:
        stop.set()
        filter_.join(WITHIN)
    assert not filter_.is_alive()


def ask_until_heard(query: dns.message.Message, host: str, port: int, trust: str, way: str) -> dns.message.Message:
    """A connection that a killed worker had taken is lost with it; any client asks again."""
    context = ssl.create_default_context(cafile=trust)
    last: OSError | None = None
    for _ in range(50):
        try:
            with (
                socket.create_connection((host, port), WITHIN) as plain,
                context.wrap_socket(plain, server_hostname=NAME) as sock,
            ):
                return exchange(sock, query, way)
        except OSError as error:
            last = error
            threading.Event().wait(0.1)
    raise AssertionError(f"no answer over {way}") from last


def exchange(sock: ssl.SSLSocket, query: dns.message.Message, way: str) -> dns.message.Message:
    packet = query.to_wire()
    if way == "dot":
        sock.sendall(len(packet).to_bytes(2) + packet)
        heard = sock.recv(2) + sock.recv(65_535)
        return _read(heard[2:])
    encoded = urlsafe_b64encode(packet).rstrip(b"=").decode()
    sock.sendall(f"GET /dns-query?dns={encoded} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
    heard = b""
    while part := sock.recv(65_535):
        heard += part
    return _read(heard.partition(b"\r\n\r\n")[2])


def _read(packet: bytes) -> dns.message.Message:
    if not packet:
        raise ConnectionError("it hung up, as a worker that is killed does")
    return dns.message.from_wire(packet)


@pytest.mark.needs("kdig")
def test_kdig_is_answered_over_tls_and_over_https(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            ways = [
                ("-p", str(here.dot.port), "+tls"),
                ("-p", str(here.doh.port), "+https=/dns-query"),
                ("-p", str(here.doh.port), "+https-get=/dns-query"),
            ]
            for how in ways:
                said = await run(*kdig(here, *how))
                assert "TLS session (TLS1.3)" in said, said
                assert "status: NOERROR" in said
                assert "ANSWER: 0" in said
            assert "HTTP/2" in said

    asyncio.run(walk())


@pytest.mark.needs("kdig")
def test_kdig_trusts_no_other_name(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            wrong = [each.replace(NAME, "dns.other-school.example") for each in kdig(here, "-p", str(here.dot.port))]
            assert "status: NOERROR" not in await run(*wrong, "+tls", "+retry=0")

    asyncio.run(walk())


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_agrees_on_tls_1_3_alone(version: str, tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            words = ["openssl", "s_client", "-connect", str(here.dot), "-servername", NAME, "-alpn", "dot", version]
            said = await run(*words, "-CAfile", str(here.folder / "fullchain.pem"), "-verify_return_error")
            agreed = "Protocol  : TLSv1.3" in said or "New, TLSv1.3" in said
            assert agreed == (version == "-tls1_3"), said
            assert ("ALPN protocol: dot" in said) == agreed
            assert "Verify return code: 0 (ok)" in said

    asyncio.run(walk())


@pytest.mark.needs("curl")
def test_curl_asks_over_http2_and_http1(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            query = dns.message.make_query("www.roblox.com", "A", id=7)
            encoded = urlsafe_b64encode(query.to_wire()).rstrip(b"=").decode()
            place = f"{NAME}:{here.doh.port}"
            for version, wanted in (("--http2", "2"), ("--http1.1", "1.1")):
                said = await run(
                    *("curl", "-sS", version, "--cacert", str(here.folder / "fullchain.pem")),
                    *("--interface", school.YEAR_5, "--resolve", f"{place}:127.0.0.1"),
                    *("-w", "%{http_version} %{http_code} %{content_type}", "-o", str(tmp_path / "answer")),
                    f"https://{place}/dns-query?dns={encoded}",
                )
                assert said == f"{wanted} 200 application/dns-message"
                assert query.is_response(dns.message.from_wire((tmp_path / "answer").read_bytes()))

    asyncio.run(walk())
