"""The hot loop: take a datagram, find the client's seat, look the answer up, send it. ●

Everything rarer leaves it by one door, `Desk.take`. A compiled loop would replace this file and nothing else: it
reads `Clients.known` and `Memo.entries` and obeys the same rules (`dns.md` §10).
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from dns_filter.clients import Client
from dns_filter.desk import Desk
from dns_filter.limits import Pass
from dns_filter.memo import shape
from dns_filter.wire import HEADER, PLAIN_SIZE, SIZE, Malformed, check_options

BATCH = 64
_LARGEST = 65_535
_OPTS = 256
# Flags and counts of the queries that all stubs send -> (is there an OPT, CD, RD). AD asks for nothing we have.
PLAIN = {
    HEADER.pack(b"", rd << 8 | ad << 5 | cd << 4, 1, 0, 0, opt)[2:]: (opt, cd, rd)
    for rd in (0, 1)
    for ad in (0, 1)
    for cd in (0, 1)
    for opt in (0, 1)
}
NO_OPT = (shape(edns=False, do=False, cd=False), shape(edns=False, do=False, cd=True)), PLAIN_SIZE
Said = tuple[tuple[bytes, bytes], int]
"""What an OPT asks for: the shape of the answer without and with CD, and the largest answer."""


def read_opt(octets: bytes) -> Said | None:
    """Where these octets are one OPT of version 0 and nothing else. Its options are ignored (cookies, padding)."""
    if len(octets) < 11 or octets[:3] != b"\0\0\x29" or octets[6]:
        return None
    if int.from_bytes(octets[9:11]) != len(octets) - 11:
        return None
    try:
        check_options(octets[11:])
    except Malformed:
        return None
    do = octets[7] >= 0x80
    looks = shape(edns=True, do=do, cd=False), shape(edns=True, do=do, cd=True)
    return looks, min(max(int.from_bytes(octets[3:5]), PLAIN_SIZE), SIZE)


Ready = Callable[[bytes, Client, float], bytes | None]


def make_ready(desk: Desk) -> Ready:
    """A function that gives the remembered answer to a datagram, or None where the pipeline must be asked."""
    entries = desk.memo.entries
    opts: dict[bytes, Said] = {}

    def look_of(octets: bytes) -> Said | None:
        said = opts.get(octets)
        if said is None and (said := read_opt(octets)) is not None and len(octets) == 11 and len(opts) < _OPTS:
            opts[octets] = said
        return said

    def ready(data: bytes, client: Client, now: float) -> bytes | None:
        plain = PLAIN.get(data[2:12])
        if plain is None or not client.welcome:
            return None
        opt, cd, rd = plain
        # The name ends at the first zero: a remembered name has none inside its labels, so no other name fits its key.
        end = data.find(b"\0", 12) + 5
        said = look_of(data[end:]) if opt else NO_OPT if len(data) == end else None
        if said is None:
            return None
        # Type and class keep their octets: HTTPS is 65, an upper-case A.
        entry = entries.get(client.tag + data[12 : end - 4].lower() + data[end - 4 : end] + said[0][cd])
        if entry is None or entry.generation != desk.generation or entry.length > said[1]:
            return None
        if not entry.since <= now < entry.steady_until:
            if not entry.since <= now < entry.until:
                return None
            entry.age(now)
        desk.noted((client.who, entry.told))
        return data[:2] + entry.head[rd] + data[12:end] + entry.tail

    return ready


def make_drain(sock: socket.socket, desk: Desk) -> Callable[[], None]:
    """A function that answers what waits in the socket, at most `BATCH` datagrams, and returns."""
    receive, send, clock = sock.recvfrom, sock.sendto, desk.clock
    known, admit, ready = desk.clients.known, desk.clients.admit, make_ready(desk)
    rate_limit = desk.rate_limit

    def drain() -> None:
        now = clock()
        desk.open_sink()
        for _ in range(BATCH):
            try:
                data, sender = receive(_LARGEST)
            except BlockingIOError:
                return
            client = known.get(sender[0])
            if client is None or not client.since <= now < client.until:
                client = admit(sender[0], now)
            if rate_limit is not None and (passed := client.quota.ask(now, rate_limit)) is not Pass.ANSWER:
                desk.over_the_limit(data, passed, sock, sender)
            elif (reply := ready(data, client, now)) is None:
                desk.take(data, client, sock, sender, now)
            else:
                try:
                    send(reply, sender)
                except OSError:
                    desk.unsent += 1

    return drain
