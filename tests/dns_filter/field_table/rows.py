"""The rows of the table: each asks a running filter what other servers fell over, and says what it measured."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dns.message

from tests.dns_filter.field_table import malformed, probes
from tests.dns_filter.field_table.world import FORGED, FORGERIES, SLOW, TRUE, World
from tests.dns_filter.test_workers import Filter

CLIENT = "127.5.0.12"
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Measured:
    """`figure` may be at most (or, `at_least`, at the least) `goal`. `timed`: a loaded machine makes it larger."""

    figure: float
    goal: float
    said: str
    at_least: bool = False
    timed: bool = False

    def reached(self, slack: float = 1.0) -> bool:
        """`slack` is for seconds alone, where others use the machine too."""
        goal = self.goal * (slack if self.timed else 1.0)
        return self.figure >= goal if self.at_least else self.figure <= goal


Row = Callable[[Filter, World], Measured]


def query(name: str, qtype: str = "A", number: int = 0, **options: object) -> bytes:
    message = dns.message.make_query(name, qtype, **{"use_edns": 0, **options})  # type: ignore[arg-type]
    return number.to_bytes(2) + message.to_wire()[2:]


@contextlib.contextmanager
def client(filter_: Filter, address: str = CLIENT) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind((address, 0))
        sock.connect(filter_.place)
        yield sock


def udp(filter_: Filter, packet: bytes, wait: float = PATIENCE, address: str = CLIENT) -> bytes | None:
    with client(filter_, address) as sock:
        sock.send(packet)
        return sock.recv(65_535) if select.select([sock], [], [], wait)[0] else None


def stream(filter_: Filter, address: str = CLIENT) -> socket.socket:
    return socket.create_connection(filter_.place, PATIENCE, source_address=(address, 0))


def frame(packet: bytes) -> bytes:
    return len(packet).to_bytes(2) + packet


def next_frame(connection: socket.socket) -> bytes | None:
    """The next answer, None where the other side has ended."""
    heard = b""
    with contextlib.suppress(ConnectionError):
        while len(heard) < 2 or len(heard) < 2 + int.from_bytes(heard[:2]):
            if not (more := connection.recv(65_535)):
                return None
            heard += more
        return heard[2 : 2 + int.from_bytes(heard[:2])]
    return None


def tcp(filter_: Filter, packet: bytes, wait: float = PATIENCE) -> bytes | None:
    with stream(filter_) as connection:
        connection.settimeout(wait)
        connection.sendall(frame(packet))
        with contextlib.suppress(TimeoutError):
            return next_frame(connection)
    return None


def _patience(odd: malformed.Odd) -> float:
    return 0.1 if odd.expected == malformed.SILENCE else PATIENCE


def malformed_queries(filter_: Filter, _: World) -> Measured:
    faults = [
        fault
        for odd in malformed.QUERIES
        for ask in (udp, tcp)
        if (fault := malformed.wrong_with(odd, ask(filter_, odd.packet, _patience(odd))))
    ]
    said = f"{len(malformed.QUERIES)} queries over UDP and TCP, {len(faults)} replies wrong {faults[:3] or ''}"
    return Measured(len(faults), 0, said)


def edns_probes(filter_: Filter, _: World) -> Measured:
    faults = [
        fault
        for probe in probes.PROBES
        if (fault := probes.wrong_with(probe, (tcp if probe.tcp else udp)(filter_, probe.query())))
    ]
    right = len(probes.PROBES) - len(faults)
    return Measured(right, 32, f"{right} of {len(probes.PROBES)} {faults or ''}", at_least=True)


def answer_size(filter_: Filter, _: World) -> Measured:
    """Octets beyond what the client takes, at worst."""
    worst, asked = 0, 0
    for octets in (10, 400, 480, 600, 1100, 1180, 1400, 3000):
        for payload in (None, 0, 511, 512, 513, 700, 1231, 1232, 1233, 4096, 65_535):
            more = {"use_edns": False} if payload is None else {"payload": payload}
            for name in (f"big{octets}.example.org", "poki.com"):
                for said in _often(filter_, query(name, "TXT", **more)):
                    asked += 1
                    worst = max(worst, len(said) - min(max(512, payload or 0), 1232))
    return Measured(worst, 0, f"{asked} answers, {worst} octets too many at worst")


def _often(filter_: Filter, packet: bytes) -> Iterator[bytes]:
    """The answer from upstream, from the cache, and from what is remembered in two forms."""
    for _ in range(4):
        said = udp(filter_, packet)
        assert said is not None, "no answer"
        yield said


def _worst_factor(filter_: Filter, names: Iterable[str]) -> float:
    worst = 0.0
    for name in names:
        for qtype in ("A", "AAAA", "TXT", "ANY", "HTTPS", "DNSKEY", "NS", "SOA"):
            for more in ({"use_edns": False}, {"payload": 65_535}, {"payload": 4096, "want_dnssec": True}):
                packet = query(name, qtype, **more)
                worst = max(worst, *(len(said) / len(packet) for said in _often(filter_, packet)))
    return worst


def amplification(filter_: Filter, _: World) -> Measured:
    names = [f"big{octets}.{rest}" for octets in (100, 250, 400, 500, 900, 1100) for rest in ("a", "example.org")]
    worst = _worst_factor(filter_, [*names, "b.c", "wikipedia.org"])
    return Measured(worst, 15, f"an answer of {worst:.1f} × its query at worst")


def amplification_of_blocks(filter_: Filter, _: World) -> Measured:
    worst = _worst_factor(filter_, ["poki.com", "a.poki.com", "t.co", "mask.icloud.com", "x.onion"])
    return Measured(worst, 6, f"a blocked name's answer of {worst:.1f} × its query at worst")


def upstream_ports(filter_: Filter, world: World) -> Measured:
    before = len(world.ports)
    for number in range(300):
        udp(filter_, query(f"port{number}.example.org"))
    ports = world.ports[before:]
    different = len(set(ports[:300]))
    return Measured(different, 290, f"{different} ports in {len(ports)} queries", at_least=True)


def forged_answers(filter_: Filter, _: World) -> Measured:
    wrong = []
    for kind in FORGERIES:
        said = udp(filter_, query(f"forged-{kind}.example.org")) or b""
        if TRUE not in said or FORGED in said:
            wrong.append(kind)
    return Measured(len(wrong), 0, f"{len(FORGERIES)} kinds refused and the truth told, but {wrong or 'none'}")


def one_question_for_a_class(filter_: Filter, world: World) -> Measured:
    with client(filter_) as sock:
        for number in range(200):
            sock.send(query("class.example.org", number=number))
        heard = _hear(sock, 200)
    questions = world.asked[b"\x05class\x07example\x03org\x00"]
    assert len(heard) == 200, f"{len(heard)} of 200 answered"
    said = f"{questions} question upstream for 200 of clients, all answered"
    # An upstream that is silent for half a second is asked again: so much a loaded machine may add.
    return Measured(questions, 1, said, timed=True)


def dead_name(filter_: Filter, _: World) -> Measured:
    began = time.monotonic()
    said = udp(filter_, query("dead.example.org"))
    took = time.monotonic() - began
    reply = dns.message.from_wire(said or b"")
    codes = [int(option.code) for option in reply.options]
    assert (reply.rcode(), codes) == (2, [22]), f"{reply.rcode()} {codes}"
    return Measured(took, 4, f"SERVFAIL with EDE 22 after {took:.1f} s", timed=True)


def _flooded(filter_: Filter, zones: Sequence[str], clients: int, each: int) -> float:
    """Seconds until a fresh name is answered by address, asked as a stub does: again after a failure."""
    with contextlib.ExitStack() as open_:
        for number in range(clients):
            sock = open_.enter_context(client(filter_, f"127.5.1.{number + 1}"))
            for count in range(each):
                sock.send(query(f"dead{number}-{count}.{zones[count % len(zones)]}", number=count))
        began = time.monotonic()
        while time.monotonic() < began + 30:
            said = udp(filter_, query(f"fresh{clients}.example.org"), 1.0, "127.5.1.1")
            if said is not None and TRUE in said:
                return time.monotonic() - began
    return 30.0


def after_a_flood(filter_: Filter, _: World) -> Measured:
    took = _flooded(filter_, ("example.net",), 1, 3000)
    return Measured(took, 3, f"a fresh name after 3,000 dead ones of the same client: {took:.2f} s", timed=True)


def after_a_flood_of_many(filter_: Filter, _: World) -> Measured:
    took = _flooded(filter_, tuple(f"z{number}.example" for number in range(50)), 30, 250)
    return Measured(took, 3, f"a fresh name after 7,500 dead ones of 30 clients in 50 zones: {took:.2f} s", timed=True)


def newcomer(filter_: Filter, _: World) -> Measured:
    with contextlib.ExitStack() as idle:
        for number in range(200):
            idle.enter_context(stream(filter_, f"127.5.2.{1 + number // 20}"))
        began = time.monotonic()
        assert tcp(filter_, query("poki.com")) is not None
        took = time.monotonic() - began
    return Measured(took, 1, f"answered {took * 1000:.0f} ms after it connected, beside 200 idle ones", timed=True)


def descriptors(filter_: Filter, _: World) -> Measured:
    """What 1,000 idle connections of 50 clients cost a worker: its 400, and those that are just being closed."""
    (worker,) = filter_.workers()
    fds = Path(f"/proc/{worker}/fd")
    before, highest = len(list(fds.iterdir())), 0
    with contextlib.ExitStack() as idle:
        for number in range(1000):
            with contextlib.suppress(OSError):
                idle.enter_context(stream(filter_, f"127.5.3.{1 + number // 20}"))
            if number % 100 == 99:
                highest = max(highest, len(list(fds.iterdir())))
        assert tcp(filter_, query("poki.com")) is not None
    return Measured(highest - before, 512, f"{highest - before} descriptors for 1,000 connections")


def slow_beside_fast(filter_: Filter, _: World) -> Measured:
    with stream(filter_) as connection:
        connection.sendall(frame(query("slow-tcp.example.org", number=1)) + frame(query("poki.com", number=2)))
        began = time.monotonic()
        first = next_frame(connection)
        took = time.monotonic() - began
    assert first is not None
    assert first[:2] == b"\0\2", "the slow one came first"
    said_how = f"the question behind a slow one of {SLOW} s answered after {took * 1000:.0f} ms"
    return Measured(took, SLOW, said_how, timed=True)


def idle_connection(filter_: Filter, _: World) -> Measured:
    async def closed(first: bytes) -> float:
        reader, writer = await asyncio.open_connection(*filter_.place, local_addr=(CLIENT, 0))
        began = time.monotonic()
        writer.write(first)
        with contextlib.suppress(ConnectionError):
            while await reader.read(65_535):
                continue
        writer.close()
        return time.monotonic() - began

    async def all_of_them() -> tuple[float, float, float]:
        return await asyncio.gather(closed(b""), closed(b"\0"), closed(frame(query("poki.com"))))

    took = max(asyncio.run(all_of_them()))
    return Measured(took, 10, f"closed after {took:.1f} s: silent, half a frame, one answered question", timed=True)


def _hear(sock: socket.socket, count: int) -> set[bytes]:
    heard: set[bytes] = set()
    while len(heard) < count and select.select([sock], [], [], PATIENCE)[0]:
        heard.add(sock.recv(65_535)[:2])
    return heard


ROWS: dict[str, Row] = {
    "malformed queries": malformed_queries,
    "EDNS and flag probes": edns_probes,
    "answer within the size asked for": answer_size,
    "amplification": amplification,
    "amplification of blocked names": amplification_of_blocks,
    "random upstream ports": upstream_ports,
    "forged answers": forged_answers,
    "same name 200 times": one_question_for_a_class,
    "dead upstream name": dead_name,
    "fresh name after a flood": after_a_flood,
    "fresh name after a flood of many": after_a_flood_of_many,
    "newcomer over TCP": newcomer,
    "descriptors": descriptors,
    "slow query on a connection": slow_beside_fast,
    "idle connection": idle_connection,
}
