"""One worker's sockets, its desk and its watch over the published files, in one thread. ●"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from dns_filter import counters, watch
from dns_filter.clock import Clock
from dns_filter.desk import Desk, DeskSettings
from dns_filter.identity import forwarders_of
from dns_filter.keeper import Keeper
from dns_filter.limits import RateLimit
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.servers import parse_upstream
from dns_filter.snapshot import Snapshot
from dns_filter.tcp import Conversations
from dns_filter.tidying import Tidying
from dns_filter.worker_settings import WorkerSettings

if TYPE_CHECKING:
    from dns_filter.encrypted.tls_listeners import Encrypted

_CLOCK_STEP = 2.0
log = logging.getLogger(__name__)


class Server:
    """Answers on its sockets from `start` to `close`. It owns the sockets it is given."""

    def __init__(
        self,
        settings: WorkerSettings,
        udp: Sequence[socket.socket],
        tcp: Sequence[socket.socket],
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        poller: int | None = None,
        steady: Clock | None = None,
    ) -> None:
        """`poller`: the descriptor of the loop's epoll, where it is known; `steady`: what `clock` is held against, by
        nature the loop's own counter, which nobody sets."""
        self.settings, self._udp, self._tcp, self._loop, self._clock = settings, udp, tcp, loop, clock
        self._poller, self._steady = poller, steady or loop.time
        self._encrypted = _encrypted(settings, clock)
        designated = self._encrypted.designated if self._encrypted else ()
        self._keeper = Keeper(settings.table, settings.names, clock, designated)
        self._log = QueryLog(_log_settings(settings), clock, self._count)
        self._streams: list[asyncio.Server] = []
        self._conversations: Conversations | None = None
        self._reading: asyncio.Future[Snapshot | None] | None = None
        self._reader = ThreadPoolExecutor(1, "table-reader")
        self._looking: asyncio.TimerHandle | None = None
        self._tidying = Tidying()
        self._offset = 0.0
        self.steps_of_the_clock = 0

    async def start(self) -> None:
        """Returns when every socket answers by the table in force."""
        self._keeper.look()
        first = self._keeper.load(table=True, names=True)
        assert first is not None  # the first always stands, if only on no table at all
        self.desk = Desk(_desk_settings(self.settings), first, self._log, self._loop, self._clock)
        self._log.obey(first.table.log)
        self._log.start()
        self._offset = self._clock() - self._steady()
        for sock in self._udp:
            sock.setblocking(False)
            self._loop.add_reader(sock, self.desk.engine.drain(sock, self.desk, self._poller))
        self._conversations = Conversations(self.desk, self._loop)
        for sock in self._tcp:
            self._streams.append(await self._loop.create_server(self._conversations.make, sock=sock))
        if self._encrypted is not None:
            await self._encrypted.start(self._conversations)
        self._acknowledge()
        self._look()

    async def close(self) -> None:
        if self._looking:
            self._looking.cancel()
        for sock in self._udp:
            self._loop.remove_reader(sock)
            sock.close()
        for stream in self._streams:
            stream.close()
        if self._encrypted is not None:
            self._encrypted.close()
        if self._conversations is not None:
            self._conversations.close()
        self.desk.close()
        if self._reading is not None:
            await asyncio.wait([self._reading])
        self._reader.shutdown()
        self._log.stop()
        await asyncio.sleep(0)  # lets the transports that were aborted close their sockets

    def _look(self) -> None:
        self._looking = self._loop.call_later(watch.EVERY, self._look)
        self._watch_the_clock()
        if self._encrypted is not None:
            self._encrypted.look()
        if self._reading is not None:
            return
        table, names = self._keeper.look()
        if table or names:
            # In a thread: a large table takes longer to read than a query may wait.
            self._reading = self._loop.run_in_executor(self._reader, self._keeper.load, table, names)
            self._reading.add_done_callback(self._loaded)

    def _loaded(self, reading: asyncio.Future[Snapshot | None]) -> None:
        self._reading = None
        if (snapshot := reading.result()) is not None:
            self.desk.adopt(snapshot)
            self._log.obey(snapshot.table.log)
            self._acknowledge()

    def _watch_the_clock(self) -> None:
        """Every moment is compared anew, so that a step needs nothing; but one back must not open what was over."""
        offset = self._clock() - self._steady()
        if abs(offset - self._offset) > _CLOCK_STEP:
            self.steps_of_the_clock += 1
            log.warning("the clock was moved by %.1f s", offset - self._offset)
            if offset < self._offset:
                self._keeper.set_back(self._clock(), self._steady() + self._offset)
            self._offset = offset

    def _acknowledge(self) -> None:
        snapshot = self.desk.snapshot
        self._write_note(self.settings.acks, {"epoch": snapshot.table.epoch, "names": snapshot.names_version})

    def _count(self, queries: QueryLog) -> None:
        """Called by the log's thread, once a second."""
        counts = counters.read(self.desk, queries)
        if self._encrypted is not None:
            counts["encrypted"] = self._encrypted.counts()
        counts["tcp_connections"] = self._conversations.count if self._conversations else 0
        self._write_note(self.settings.counters, {**counts, "clock_steps": self.steps_of_the_clock})
        self._tidying.look(queries.codes.total())

    def _write_note(self, directory: Path, note: dict[str, object]) -> None:
        """No fsync: a note is about a running process and worth nothing after a crash."""
        path = directory / f"{self.settings.worker}.json"
        unfinished = path.with_suffix(".tmp")
        signed = {"worker": self.settings.worker, "pid": os.getpid(), "at": self._clock(), **note}
        with contextlib.suppress(OSError):  # a full disk must stop no answer; the old note tells its age
            directory.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(signed))
            unfinished.replace(path)


def _encrypted(settings: WorkerSettings, clock: Clock) -> Encrypted | None:
    if settings.encrypted is None:
        return None
    from dns_filter.encrypted.tls_listeners import Encrypted  # 12 MB that a worker for plain DNS does without

    return Encrypted(settings.encrypted, clock)


def _log_settings(settings: WorkerSettings) -> LogSettings:
    key = bytes.fromhex(settings.key)
    return LogSettings(
        settings.log,
        key,
        settings.worker,
        settings.log_level,
        settings.keep_days,
        settings.pseudonym_keys,
        settings.counts,
        settings.events,
        settings.log_limit,
    )


def _desk_settings(settings: WorkerSettings) -> DeskSettings:
    return DeskSettings(
        upstreams=tuple(map(parse_upstream, settings.upstreams)),
        authorities=settings.upstream_ca,
        rate_limit=RateLimit(settings.per_second, settings.burst) if settings.rate_limit else None,
        cache_limit=settings.cache_limit,
        memo_limit=settings.memo_limit,
        why_key=bytes.fromhex(settings.key),
        forwarders=forwarders_of(settings.forwarders),
        engine=settings.engine,
    )
