"""A certificate grows old in the sight of everybody, and plain DNS outlives it."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.message
import pytest
from cryptography.hazmat.primitives import serialization

from dns_filter.clock import FixedClock
from dns_filter.encrypted.tls_certificate import Certificate, covers
from tests.dns_filter.ask import running
from tests.dns_filter.encrypted import NAME, encrypted, write_pair
from tests.dns_filter.test_answers import sections

ENDS = datetime(2026, 12, 25, tzinfo=UTC)
DAY = 86_400.0


def certificate(home: Path, clock: FixedClock) -> Certificate:
    held = Certificate(home / "fullchain.pem", home / "privkey.pem", [("dot",)], clock)
    held.look()
    return held


@pytest.mark.fault
def test_the_log_warns_once_at_30_14_7_and_1_days_and_says_when_it_has_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_pair(tmp_path, ends=ENDS)
    clock = FixedClock(ENDS.timestamp() - 40 * DAY)
    held = certificate(tmp_path, clock)
    heard: dict[int, list[str]] = {}
    for day in range(40, -3, -1):
        clock.at = ENDS.timestamp() - day * DAY
        caplog.clear()
        for _ in range(3):
            held.look()
        if caplog.records:
            heard[day] = [record.levelname for record in caplog.records]
    assert heard == {30: ["WARNING"], 14: ["WARNING"], 7: ["WARNING"], 1: ["WARNING"], 0: ["ERROR"]}
    assert held.days_left() == -2


def test_a_renewed_certificate_is_warned_of_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_pair(tmp_path, ends=ENDS)
    clock = FixedClock(ENDS.timestamp() - 5 * DAY)
    held = certificate(tmp_path, clock)
    assert "ends in 5.0 days" in caplog.text
    write_pair(tmp_path, ends=ENDS + timedelta(days=90))
    caplog.clear()
    held.look()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    clock.at = (ENDS + timedelta(days=89)).timestamp()
    held.look()
    assert "ends in 1.0 days" in caplog.text


def test_a_link_that_leads_elsewhere_is_a_new_certificate(tmp_path: Path) -> None:
    """As those who renew certificates do it: the link is replaced, the old file stays."""
    for year in (2027, 2028):
        (tmp_path / str(year)).mkdir()
        write_pair(tmp_path / str(year), ends=datetime(year, 1, 1, tzinfo=UTC))

    def lead_to(year: int) -> None:
        for name in ("fullchain.pem", "privkey.pem"):
            link = tmp_path / f"{name}.new"
            link.symlink_to(tmp_path / str(year) / name)
            link.replace(tmp_path / name)

    lead_to(2027)
    held = certificate(tmp_path, FixedClock(0.0))
    first = held.pair
    lead_to(2028)
    held.look()
    assert first is not None
    assert held.pair is not None
    assert (first.ends, held.pair.ends) == tuple(datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2027, 2028))


def test_a_key_behind_a_password_is_refused_and_nobody_is_asked_for_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, path = write_pair(tmp_path)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"caretaker"),
        )
    )
    assert certificate(tmp_path, FixedClock(0.0)).pair is None
    assert "encrypted DNS is not answered" in caplog.text


@pytest.mark.fault
def test_plain_dns_outlives_the_certificate(tmp_path: Path) -> None:
    async def walk() -> None:
        write_pair(tmp_path, ends=ENDS)
        async with encrypted(tmp_path, at=ENDS.timestamp() + DAY) as here:
            assert sections(await here.plain.ask("www.roblox.com")) == ("NOERROR", [], [6])
            days = here.plain.worker._encrypted.counts()["certificate_days_left"]
            assert isinstance(days, float)
            assert days < 0

    asyncio.run(walk())


@pytest.mark.parametrize(
    ("names", "asked", "covered"),
    [
        ((NAME,), NAME.upper(), True),
        ((NAME,), f"{NAME}.", True),
        ((NAME,), "ashlane.example", False),
        (("*.ashlane.example",), NAME, True),
        (("*.ashlane.example",), "a.b.ashlane.example", False),
        (("*.ashlane.example",), "ashlane.example", False),
        ((), NAME, False),
    ],
)
def test_a_certificate_is_for_the_names_in_it(names: tuple[str, ...], asked: str, covered: bool) -> None:
    assert covers(names, asked) is covered


def test_a_worker_for_plain_dns_loads_nothing_for_the_encrypted_kind() -> None:
    code = "import sys, dns_filter.worker; print([n for n in ('cryptography', 'h2', 'h11') if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_counters_tell_of_the_encrypted_listeners_where_there_are_any(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            await here.ask_dot([dns.message.make_query("www.roblox.com", "A")])
            here.plain.worker._log.flush()
        told = json.loads((tmp_path / "counters/0.json").read_text())["encrypted"]
        assert told["dot"] == {"connections": 1}
        assert told["certificate_loads"] == 1
        assert told["certificate_days_left"] > 30_000
        async with running(tmp_path) as plain:
            plain.worker._log.flush()
        assert "encrypted" not in json.loads((tmp_path / "counters/0.json").read_text())

    asyncio.run(walk())
