"""Clients that are not ours, several workers, and the whole way from the settings to an encrypted answer."""

from __future__ import annotations

import asyncio
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path

import dns.message
import pytest

from tests.dns_filter import school
from tests.dns_filter.encrypted import NAME, Encrypted, encrypted


async def run(*command: str, text: bytes = b"") -> str:
    """What it says. A client that fails fails the test."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(text), 20)
    return said.decode()


def kdig(here: Encrypted, *how: str) -> tuple[str, ...]:
    """Asks as a pupil's device, and checks the certificate against the school's own authority."""
    trust = f"+tls-ca={here.folder / 'fullchain.pem'}"
    return ("kdig", "@127.0.0.1", "-b", school.YEAR_5, trust, f"+tls-hostname={NAME}", *how, "www.roblox.com", "A")


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
