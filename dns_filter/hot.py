"""The hot loop: take a datagram, find the client's seat, look the answer up, send it. ●

Everything rarer leaves it by one door, `Desk.take`. A compiled loop would replace this file and nothing else: it
reads `Clients.known` and `Memo.entries` and obeys the same rules (`dns.md` §10).
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from dns_filter.desk import Desk
from dns_filter.recall import make_recall

BATCH = 64
_LARGEST = 65_535
_FOREVER = float("inf")


def make_drain(sock: socket.socket, desk: Desk) -> Callable[[], None]:  # noqa: C901 (here a call costs more than it tidies)
    """A function that answers what waits in the socket, at most `BATCH` datagrams, and returns."""
    receive, send, clock, batch = sock.recvfrom, sock.sendto, desk.clock, range(BATCH)
    memo, log, known, admit = desk.memo, desk.log, desk.clients.known, desk.clients.admit
    find, recall = memo.entries.get, make_recall(desk)
    step, room = desk.rate_limit.pouring if desk.rate_limit else (0.0, _FOREVER)

    def drain() -> None:
        now = clock()
        era, note, full = memo.era_at(now), log.sink(), now + room
        for _ in batch:
            try:
                data, sender = receive(_LARGEST)
            except BlockingIOError:
                return
            client = known.get(sender[0])
            if client is None or not client.since <= now < client.until:
                client = admit(sender[0], now)
            if step:
                # `Quota.ask` for the usual case: the question fits, and the level it leaves is written back.
                quota = client.quota
                level = (quota.answered if quota.answered > now else now) + step
                if level <= full:
                    quota.answered = level
                elif not desk.may_pass(data, client, sock, sender, now):
                    continue
            # Nothing is looked up for who is unwelcome: no answer of theirs is ever remembered.
            entry = find(client.tag + data[2:]) if client.welcome else None
            if entry is not None and entry.era == era and now < entry.steady_until:
                reply: bytes | None = data[:2] + entry.reply
                note(client.who)
                note(entry.told)
            else:
                reply = recall(data, client, now, note)
            if reply is None:
                desk.take(data, client, sock, sender, now)
                continue
            try:
                send(reply, sender)
            except OSError:
                desk.unsent += 1

    return drain
