"""The school's zones served in a thread of the test: real lists compiled, a table published, a clock that is moved."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from dns_filter import clock, table_file
from dns_filter.compile_lists import compile_lists
from dns_filter.generations import open_current
from dns_filter.lists.sources import Source
from dns_filter.model import FilterTable
from dns_filter.names import to_wire
from dns_filter.rpz.keeper import ZoneKeeper, ZoneSettings
from dns_filter.rpz.keys import make_key, read_keys
from dns_filter.rpz.notify import Subscriber
from dns_filter.rpz.server import Access, ZoneServer
from dns_filter.servers import Server
from dns_filter.snapshot import Snapshot
from dns_filter.sockets import bind
from tests.dns_filter import school

CATEGORIES = ("games", "social", "adult", "iwf-illegal")
KEY = "provider"


def compile_school_lists(home: Path, **more: Sequence[str]) -> None:
    """The tests' lists as files in four formats, the last good ones kept as live."""
    (home / "lists").mkdir(exist_ok=True)
    shapes = {"games": "||{}^", "social": "0.0.0.0 {}", "adult": "{}", "iwf-illegal": "address=/{}/"}
    for category in CATEGORIES:
        lines = [shapes[category].format(name) for name in (*school.LISTS[category], *more.get(category, ()))]
        (home / "lists" / category).write_text("\n".join([*lines, *(["@@||wiki.poki.com^"] * (category == "games"))]))
    sources = [Source(name=each, path=home / "lists" / each, category=each) for each in CATEGORIES]
    report = compile_lists(sources, home / "names")
    assert not [each.name for each in report.lists if each.reasons]


@dataclass
class Service:
    """`clock` is the school's: the bell rings where it is moved. Signatures are made by the real one."""

    home: Path
    place: Server
    clock: clock.FixedClock
    server: ZoneServer
    loop: asyncio.AbstractEventLoop

    def push(self, table: FilterTable) -> None:
        table_file.write(self.home / "table.json", table)

    def snapshot(self) -> Snapshot:
        """What the filter itself decides by at this moment."""
        return Snapshot(table_file.read(self.home / "table.json"), open_current(self.home / "names"))

    def serial(self, zone: str) -> int:
        return self.server.keeper.zones[to_wire(zone)].history.current.serial

    @property
    def statement(self) -> str:
        """The key as BIND reads it."""
        return (self.home / "keys").read_text()

    @property
    def secret(self) -> str:
        return self.statement.split('"')[3]


@contextlib.contextmanager
def serving(
    home: Path,
    notify: Sequence[tuple[Server, str]] = (),
    unsigned: Sequence[str] = (),
    table: FilterTable | None = None,
    *,
    complete: bool = False,
    files: bool = False,
    at: float = school.NINE,
) -> Iterator[Service]:
    """`notify`: who is told, signed with the key of that name where it has one."""
    for name in dict.fromkeys([KEY, *(name for _, name in notify if name)]):
        if not (home / "keys").exists() or to_wire(name) not in read_keys(home / "keys"):
            make_key(home / "keys", name)
    keys = read_keys(home / "keys")
    subscribers = [Subscriber(each, keys[to_wire(name)] if name else None) for each, name in notify]
    if not (home / "names").exists():
        compile_school_lists(home)
    table_file.write(home / "table.json", table or school.table())
    fixed = clock.FixedClock(at)
    settings = ZoneSettings(home / "table.json", home / "names", home / "serials.json", complete=complete)
    access = Access(keys, tuple(map(ip_network, unsigned)))
    (place,), (bound,) = bind([Server("127.0.0.1", 0)], 1)
    started: list[Service] = []
    ready, stop = threading.Event(), asyncio.Event()

    async def live() -> None:
        server = ZoneServer(
            ZoneKeeper(settings, fixed), access, clock.now, subscribers, home / "files" if files else None
        )
        await server.start(bound.udp, bound.tcp)
        started.append(Service(home, place, fixed, server, asyncio.get_running_loop()))
        ready.set()
        try:
            await server.serve(stop)
        finally:
            await server.close()

    thread = threading.Thread(target=asyncio.run, args=(live(),), name="zone-server")
    thread.start()
    assert ready.wait(60), "the zones were not made"
    try:
        yield started[0]
    finally:
        started[0].loop.call_soon_threadsafe(stop.set)
        thread.join(60)
