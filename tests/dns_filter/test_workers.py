"""The filter as processes: several workers under a parent, pushes, lessons, deaths, and everything thrown at them."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.edns
import dns.message
import dns.rcode
import pytest

from dns_filter import clock, table_file
from dns_filter.model import Cohort, FilterProfile, FilterTable, Grant, Rule, State
from dns_filter.parent import FilterSettings, run
from dns_filter.servers import Server
from dns_filter.sockets import PortTaken, bind
from tests.dns_filter import engines, school
from tests.dns_filter.engines import both_engines
from tests.fakes.upstream import FakeUpstream
from tests.shared_data import shared_data

IPAD = school.YEAR_5_CLOSED
WEB = {"wikipedia.org": ["300 A 192.0.2.1"], "poki.com": ["300 A 192.0.2.66"]}
WITHIN = 60.0


def table(epoch: int, grants: tuple[Grant, ...] = ()) -> FilterTable:
    """Year 5 is closed but in `grants`; games are blocked by hand, so that no list is needed."""
    games = Rule(name="poki.com", allow=False, rule="access_levels.key-stage-2.block[poki.com]")
    lesson = FilterProfile(name="key-stage-2", access_level="key-stage-2", rules=(games,))
    closed = lesson.model_copy(update={"name": "closed", "state": State.CLOSED})
    cohort = Cohort(id="year-5", resting="closed", grants=grants)
    return school.table(
        epoch,
        mandatory=(),
        profiles={"key-stage-2": lesson, "closed": closed},
        cohorts={"year-5": cohort},
        bindings={},
        unknown="year-5",
    )


ALWAYS = (Grant(profile="key-stage-2", opens_at=0.0, closes_at=4e9, why="a long lesson"),)


@dataclass
class Filter:
    home: Path
    process: subprocess.Popen[str]
    place: tuple[str, int]

    def ask(self, name: str = "wikipedia.org", client: str = IPAD) -> dns.message.Message | None:
        query = dns.message.make_query(name, "A", use_edns=0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(WITHIN)
            sock.bind((client, 0))
            sock.sendto(query.to_wire(), self.place)
            with contextlib.suppress(TimeoutError):
                return dns.message.from_wire(sock.recv(65_535))
        return None

    def state(self) -> str:
        """`open`, `closed` or `silent`, as ten clients see it on whichever worker they meet."""
        seen = set()
        for _ in range(10):
            said = self.ask()
            seen.add("silent" if said is None else "open" if said.answer else "closed")
        return " and ".join(sorted(seen))

    def acks(self) -> list[Mapping[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted((self.home / "acks").glob("*.json"))]

    def counted(self) -> Mapping[str, Any]:
        counts: Mapping[str, Any] = json.loads((self.home / "counters" / "0.json").read_text())
        return counts

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]


def until(true: Callable[[], bool]) -> None:
    """Wait for something that must come; the test fails where it does not."""
    end = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < end, "it never came"
        threading.Event().wait(0.02)


@contextlib.contextmanager
def filter_process(
    home: Path, upstream: str, workers: int = 2, more: Mapping[str, Any] | None = None
) -> Iterator[Filter]:
    code = (
        "import sys, json, pathlib; from dns_filter.parent import FilterSettings, run;"
        "told = json.loads(sys.argv[1]);"
        "paths = {key: pathlib.Path(told.pop(key)) for key in ('table', 'names', 'acks', 'counters', 'run', 'log')};"
        "told = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()};"
        "sys.exit(run(FilterSettings(**paths, **told)))"
    )
    settings = {
        "table": str(home / "table.json"),
        "names": str(home / "names"),
        "acks": str(home / "acks"),
        "counters": str(home / "counters"),
        "run": str(home / "run"),
        "log": str(home / "log"),
        "listen": ["127.0.0.1:0"],
        "upstreams": [upstream],
        "workers": workers,
        "rate_limit": False,
        "key": "00" * 16,
        "engine": engines.current(),
        "more": dict(more or {}),
    }
    with subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(settings)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            assert told["ready"] is True
            host, _, port = told["listen"][0].rpartition(":")
            yield Filter(home, process, (host, int(port)))
        finally:
            process.terminate()
            process.wait(WITHIN)


@both_engines
def test_a_lesson_opens_and_closes_by_itself_on_every_worker(tmp_path: Path) -> None:
    with FakeUpstream(WEB) as upstream:
        table_file.write(tmp_path / "table.json", table(1))
        with filter_process(tmp_path, upstream.address) as filter_:
            assert filter_.state() == "closed"
            now = clock.now()
            lesson = Grant(profile="key-stage-2", opens_at=now + 2, closes_at=now + 4, why="timetable[0]")
            table_file.write(tmp_path / "table.json", table(2, (lesson,)))
            until(lambda: filter_.state() == "open")
            assert clock.now() >= lesson.opens_at
            until(lambda: filter_.state() == "closed")
            assert clock.now() >= lesson.closes_at


@both_engines
def test_a_push_is_acknowledged_by_every_worker_and_in_force(tmp_path: Path) -> None:
    with FakeUpstream(WEB) as upstream:
        table_file.write(tmp_path / "table.json", table(1))
        with filter_process(tmp_path, upstream.address) as filter_:
            assert [(ack["worker"], ack["epoch"], ack["names"]) for ack in filter_.acks()] == [(0, 1, ""), (1, 1, "")]
            assert sorted(ack["pid"] for ack in filter_.acks()) == sorted(filter_.workers())
            table_file.write(tmp_path / "table.json", table(2, ALWAYS))
            until(lambda: [ack["epoch"] for ack in filter_.acks()] == [2, 2])
            assert filter_.state() == "open"
            (tmp_path / "table.json").write_bytes(b"damaged")
            table_file.write(tmp_path / "table.json", table(1))
            threading.Event().wait(0.3)
            assert filter_.state() == "open", "an older table is refused"
            table_file.write(tmp_path / "table.json", table(3))
            until(lambda: [ack["epoch"] for ack in filter_.acks()] == [3, 3])
            assert filter_.state() == "closed"


@both_engines
@pytest.mark.fault
def test_a_worker_that_is_killed_is_started_again_and_knows_the_table(tmp_path: Path) -> None:
    with FakeUpstream(WEB) as upstream:
        table_file.write(tmp_path / "table.json", table(5, ALWAYS))
        with filter_process(tmp_path, upstream.address) as filter_:
            before = filter_.workers()
            os.kill(before[0], signal.SIGKILL)
            until(lambda: len(filter_.workers()) == 2 and before[0] not in filter_.workers())
            until(lambda: {ack["pid"] for ack in filter_.acks()} == set(filter_.workers()))
            assert filter_.state() == "open"
            # Its socket was kept open by the parent: what came meanwhile waited instead of being refused.
            killed = filter_.workers()[0]
            os.kill(killed, signal.SIGKILL)
            until(lambda: killed not in filter_.workers())  # else it may take a question with it into its grave
            assert "silent" not in filter_.state()


@both_engines
@pytest.mark.fault
def test_workers_do_not_outlive_their_parent_and_free_the_port(tmp_path: Path) -> None:
    table_file.write(tmp_path / "table.json", table(1))
    with filter_process(tmp_path, "127.0.0.1:9") as filter_:
        workers = filter_.workers()
        filter_.process.kill()
        filter_.process.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
        _, bound = bind([Server(*filter_.place)], 1)
        bound[0].close()


@both_engines
def test_the_filter_ends_on_sigterm_with_its_log_written(tmp_path: Path) -> None:
    table_file.write(tmp_path / "table.json", table(1))
    with filter_process(tmp_path, "127.0.0.1:9", workers=1) as filter_:
        assert filter_.ask("poki.com") is not None
        filter_.process.terminate()
        assert filter_.process.wait(WITHIN) == 0
    counted = json.loads((tmp_path / "counters" / "0.json").read_text())
    assert (counted["codes"], counted["epoch"], counted["queries"]) == ({"closed": 1}, 1, 1)
    assert list((tmp_path / "log").glob("queries-*.sqlite"))
    assert list((tmp_path / "run").iterdir()) == []


def test_a_hangup_of_whoever_started_it_leaves_the_filter_answering(tmp_path: Path) -> None:
    table_file.write(tmp_path / "table.json", table(1))
    with filter_process(tmp_path, "127.0.0.1:9", workers=1) as filter_:
        for pid in (filter_.process.pid, *filter_.workers()):
            os.kill(pid, signal.SIGHUP)
        for pid in filter_.workers():
            os.kill(pid, signal.SIGINT)
        assert filter_.state() == "closed"


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
@pytest.mark.parametrize("shares", [False, True])
def test_a_port_that_somebody_holds_is_a_clear_message_even_where_he_would_share_it(
    kind: socket.SocketKind, shares: bool
) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        if shares:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PortTaken, match=f"cannot listen on 127.0.0.1:{port} .*another program listens there"):
            bind([Server("127.0.0.1", port)], 2)


def test_the_parent_says_so_and_returns_one_where_a_port_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        listen = (f"127.0.0.1:{holder.getsockname()[1]}",)
        places = {each: tmp_path / each for each in ("table", "names", "acks", "counters", "run")}
        status = run(FilterSettings(**places, listen=listen), stop=threading.Event())
    assert status == 1
    assert "another program listens there" in capsys.readouterr().err


def _threw(packets: list[bytes], place: tuple[str, int]) -> int:
    """Send everything as datagrams, fifty at a time; how many replies came, each checked to be a response."""
    replies = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((IPAD, 0))
        sock.settimeout(0.05)
        for start in range(0, len(packets), 50):
            for packet in packets[start : start + 50]:
                sock.sendto(packet, place)
            with contextlib.suppress(TimeoutError):
                while True:
                    reply = sock.recv(65_535)
                    assert len(reply) >= 12
                    assert reply[2] & 0x80
                    replies += 1
    return replies


@both_engines
@pytest.mark.slow
def test_a_worker_outlives_every_known_crasher_as_question_and_as_answer(tmp_path: Path) -> None:
    folder = shared_data("dns-wire")
    crashers = [path.read_bytes()[:65_000] for path in sorted(folder.glob("bind9-fuzz/*/*")) if path.is_file()]
    at = iter(crashers * 3)

    def change(query: dns.message.Message, answer: dns.message.Message) -> list[bytes]:
        # As it is, and made to fit the question as far as a forger on the path could.
        noise, asked = next(at, b""), query.to_wire()
        return [noise, asked[:2] + noise[2:], asked[:2] + b"\x81\x80" + asked[4:-11] + noise[12:], answer.to_wire()]

    with FakeUpstream({}, change) as upstream:
        table_file.write(tmp_path / "table.json", table(1, ALWAYS))
        with filter_process(tmp_path, upstream.address, workers=1) as filter_:
            before = filter_.workers()
            generator = random.Random(7)
            mutated = [_mutated(each, generator) for each in crashers for _ in range(5)]
            assert _threw(crashers + mutated, filter_.place) > 0
            _over_tcp(crashers, filter_.place)
            for number in range(len(crashers)):
                said = filter_.ask(f"page-{number}.example.org")
                assert said is not None
                assert said.rcode() in (dns.rcode.NXDOMAIN, dns.rcode.NOERROR)
            assert filter_.workers() == before
            until(lambda: filter_.counted()["queries"] >= len(crashers))
            assert "bug" not in filter_.counted()["without_verdict"]


def _mutated(packet: bytes, generator: random.Random) -> bytes:
    octets = bytearray(packet or b"\0")
    for _ in range(generator.randint(1, 8)):
        octets[generator.randrange(len(octets))] = generator.randrange(256)
    return bytes(octets[: generator.randint(1, len(octets))] if generator.random() < 0.2 else octets)


def _over_tcp(packets: list[bytes], place: tuple[str, int]) -> None:
    for start in range(0, len(packets), 100):
        with (
            socket.create_connection(place, source_address=(IPAD, 0), timeout=WITHIN) as connection,
            contextlib.suppress(TimeoutError, ConnectionError),  # it may hang up before it has heard all
        ):
            connection.sendall(b"".join(len(each).to_bytes(2) + each for each in packets[start : start + 100]))
            connection.settimeout(0.3)
            while connection.recv(65_536):
                continue
