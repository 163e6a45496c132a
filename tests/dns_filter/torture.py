"""Torture for a running filter: mutated packets and known crashers without end; it must live, answer and not grow.

`python -m tests.dns_filter.torture --packets 1000000 --seeds 10 --replays 10000` is the whole of it (ten minutes);
the suite runs a little of the same. Cache and memo are bounded to little, so that they are full before anything is
measured: what grows after that is a leak.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import select
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dns.edns
import dns.message

from dns_filter import table_file
from dns_filter.wire import Malformed, end_of_plain_name
from tests.dns_filter.test_workers import ALWAYS, Filter, filter_process, table
from tests.shared_data import PROJECT

_BURST = 100
_SIGN_OF_LIFE = 5_000
_OVER_TCP = 50
WARM_UP = 3
"""Seeds before the first that counts."""
SMALL = 1 << 20
NAMES = ("wikipedia.org", "poki.com", "a.b.poki.com", "www.google.co.uk", "captive.apple.com", "1.8.8.8.in-addr.arpa")


class Dead(AssertionError):
    """It does not answer any more, or it answers with something that is no answer."""


@dataclass
class Found:
    sent: int = 0
    replies: int = 0
    over_tcp: int = 0
    megabytes: tuple[float, ...] = ()
    """RSS of the worker at the beginning of every seed, and at the end."""


def seeds_of_packets() -> list[bytes]:
    """Questions as clients send them, in every form that is worth breaking."""
    forms: Sequence[dict[str, object]] = (
        {}, {"use_edns": 0}, {"want_dnssec": True}, {"payload": 4096}, {"use_edns": 0, "options": [_cookie()]},
    )  # fmt: skip
    return [
        dns.message.make_query(name, qtype, **form).to_wire()  # type: ignore[arg-type]
        for name in NAMES
        for qtype in ("A", "AAAA", "HTTPS", "TXT", "ANY", "PTR")
        for form in forms
    ]


def crashers(folder: Path) -> list[bytes]:
    """What has broken other servers, as it is kept in the shared data."""
    return [path.read_bytes()[:65_000] for path in sorted(folder.glob("bind9-fuzz/*/*")) if path.is_file()]


def mutated(packet: bytes, dice: random.Random) -> bytes:
    octets = bytearray(packet or b"\0")
    match dice.randrange(6):
        case 0:
            del octets[dice.randrange(len(octets)) :]
        case 1:
            at = dice.randrange(len(octets))
            octets[at:at] = dice.randbytes(dice.randint(1, 40))
        case 2:
            at = dice.randrange(len(octets))
            octets[at : at + dice.randint(1, 12)] = b""
        case _:
            for _ in range(dice.randint(1, 8)):
                octets[dice.randrange(len(octets))] = dice.choice((0, 0xC0, 0xFF, 12, 63, 64, dice.randrange(256)))
    return bytes(octets[:65_000])


def megabytes(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


class Tormentor:
    """One client that sends as fast as it is answered, and looks at what comes back."""

    def __init__(self, filter_: Filter, client: str) -> None:
        self.filter, self.client, self.found = filter_, client, Found()
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._sock.bind((client, 0))
        self._sock.connect(filter_.place)

    def throw(self, packets: Iterator[bytes]) -> None:
        """Send all of them, in bursts; every few thousand an ordinary question must be answered."""
        for number, packet in enumerate(packets, 1):
            with contextlib.suppress(ConnectionError):
                self._sock.send(packet)
            self.found.sent += 1
            if number % _BURST == 0:
                self._hear()
            if number % _SIGN_OF_LIFE == 0:
                self.ask_for_a_sign()
        self.ask_for_a_sign()

    def throw_over_tcp(self, packets: Sequence[bytes]) -> None:
        for start in range(0, len(packets), _OVER_TCP):
            some = packets[start : start + _OVER_TCP]
            with (
                contextlib.suppress(OSError),
                socket.create_connection(self.filter.place, source_address=(self.client, 0), timeout=5) as connection,
            ):
                connection.sendall(b"".join(len(each).to_bytes(2) + each for each in some))
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(0.05)
                with contextlib.suppress(TimeoutError):
                    while connection.recv(65_536):
                        continue
            self.found.over_tcp += len(some)
        self.ask_for_a_sign()

    def ask_for_a_sign(self) -> None:
        for _ in range(5):
            if self.filter.ask("poki.com") is not None:
                self._hear()
                return
        raise Dead(f"no answer after {self.found.sent} packets")

    def _hear(self) -> None:
        """Wait until it has gone through the burst: a full buffer would lose what was to be the torture."""
        wait = 0.02
        while select.select([self._sock], [], [], wait)[0]:
            reply = self._sock.recv(65_535)
            if len(reply) < 12 or not reply[2] & 0x80 or len(reply) > 1232:
                raise Dead(f"{reply.hex()} is no answer")
            self.found.replies += 1
            wait = 0.0005

    def close(self) -> None:
        self._sock.close()


def torment(filter_: Filter, client: str, packets: int, seeds: int, sources: Sequence[bytes]) -> Found:
    """`packets` mutations in so many seeds; raises Dead. The worker that answers at the end is the first one."""
    (worker,) = filter_.workers()
    sizes = []
    with contextlib.closing(Tormentor(filter_, client)) as tormentor:
        dice = random.Random("warm")
        tormentor.throw(mutated(dice.choice(sources), dice) for _ in range(WARM_UP * packets // seeds))
        tormentor.found.sent = 0
        for seed in range(seeds):
            dice = random.Random(seed)
            sizes.append(megabytes(worker))
            tormentor.throw(mutated(dice.choice(sources), dice) for _ in range(packets // seeds))
            tormentor.throw_over_tcp([mutated(dice.choice(sources), dice) for _ in range(packets // seeds // 100)])
            print(f"seed {seed}: {tormentor.found.sent} sent, {sizes[-1]:.1f} MB before", file=sys.stderr)
        sizes.append(megabytes(worker))
        if filter_.workers() != [worker]:
            raise Dead("the worker was replaced")
        tormentor.found.megabytes = tuple(sizes)
        return tormentor.found


def replay(filter_: Filter, client: str, packets: Sequence[bytes], times: int) -> Found:
    """Every packet so often over UDP, one in a hundred times over TCP too; raises Dead."""
    (worker,) = filter_.workers()
    with contextlib.closing(Tormentor(filter_, client)) as tormentor:
        sizes = []
        for turn in range(10):
            tormentor.throw(each for _ in range(times // 10) for each in packets)
            for _ in range(times // 1000):
                tormentor.throw_over_tcp(packets)
            sizes.append(megabytes(worker))
            print(f"replay {turn}: {tormentor.found.sent} sent, {sizes[-1]:.1f} MB", file=sys.stderr)
        if filter_.workers() != [worker]:
            raise Dead("the worker was replaced")
        tormentor.found.megabytes = tuple(sizes)
        return tormentor.found


@contextlib.contextmanager
def serving(home: Path, upstream: str, *, log: bool = True) -> Iterator[Filter]:
    """A filter of one worker in processes of its own. `log`: with its query log, which keeps 50,000 spellings."""
    more: dict[str, object] = {"cache_limit": SMALL, "memo_limit": SMALL}
    table_file.write(home / "table.json", table(1, ALWAYS))
    with filter_process(home, upstream, workers=1, more=more if log else {**more, "log": None}) as filter_:
        yield filter_


@contextlib.contextmanager
def hostile_upstream(spoil: Callable[[bytes], Sequence[bytes]]) -> Iterator[str]:
    """An upstream that says for every question what `spoil` makes of it, and then that there is no such name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_answer, args=(sock, spoil), name="hostile-upstream")
        thread.start()
        try:
            yield f"127.0.0.1:{sock.getsockname()[1]}"
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", sock.getsockname())
            thread.join()


def spoiling(known: Sequence[bytes], dice: random.Random) -> Callable[[bytes], Sequence[bytes]]:
    """For every question, before the truth: its own mutation as an answer, and a known crasher with its id, or with its
    id and question."""

    def spoil(packet: bytes) -> Sequence[bytes]:
        spoiled = [packet[:2] + mutated(packet, dice)[2:]]
        if known:
            crasher = dice.choice(known)
            question = packet[12 : end_of_plain_name(packet, 12) + 4]
            spoiled.append(packet[:2] + crasher[2:])
            spoiled.append(packet[:2] + b"\x81\x80\0\1" + crasher[6:12].ljust(6, b"\0") + question + crasher[12:])
        return [each[:60_000] for each in spoiled]

    return spoil


def _answer(sock: socket.socket, spoil: Callable[[bytes], Sequence[bytes]]) -> None:
    soa = b"\0\0\6\0\1\0\0\0\x3c\0\x16\0\0" + b"".join(number.to_bytes(4) for number in (1, 60, 60, 60, 60))
    while True:
        packet, sender = sock.recvfrom(65_535)
        if not packet:
            return
        with contextlib.suppress(Malformed, OSError):
            question = packet[12 : end_of_plain_name(packet, 12) + 4]
            for spoiled in spoil(packet):
                sock.sendto(spoiled, sender)
            sock.sendto(packet[:2] + b"\x81\x83\0\1\0\0\0\1\0\0" + question + soa, sender)


def _cookie() -> object:
    return dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"\x01\x02\x03\x04\x05\x06\x07\x08")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.dns_filter.torture", description=__doc__)
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--replays", type=int, default=0, help="of every packet of the shared data")
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data" / "dns-wire")
    parser.add_argument("--log", action="store_true", help="with the query log, which remembers 10,000 spellings")
    asked = parser.parse_args(arguments)
    known = crashers(asked.data)
    with (
        tempfile.TemporaryDirectory() as home,
        hostile_upstream(spoiling(known, random.Random(0))) as upstream,
        serving(Path(home), upstream, log=asked.log) as filter_,
    ):
        client = "127.5.0.12"
        if asked.packets:
            print(torment(filter_, client, asked.packets, asked.seeds, [*seeds_of_packets() * 4, *known]))
        if asked.replays:
            print(replay(filter_, client, known, asked.replays))
        print(filter_.counted())
    return 0


if __name__ == "__main__":
    sys.exit(main())
