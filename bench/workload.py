"""What the DNS servers are asked, and by whom: the same for all of them, made up the same way each time.

200,000 listed names. The file of queries has 20,000 lines: 6,000 different names of the list, and 14,000 drawn from
6,000 that are on none, in one random order: 11,400 different names, about what a school asks in a day. Every sender
asks all of them, from an address with a profile of its own, so that ours has each of its answers once for each.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import ask
from bench.children import PYTHON, free_port, running, two_cores
from bench.dnsperf import Generator
from bench.names import made_up, write_lines
from bench.school_table import CLIENTS
from bench.servers import Server, Setting
from bench.upstream import ADDRESS

LISTED, ALLOWED, QUERIES, BLOCKED_SHARE = 200_000, 6_000, 20_000, 0.3
SENDERS = CLIENTS[:4]


@dataclass(frozen=True, slots=True)
class Names:
    listed: Sequence[str]
    allowed: Sequence[str]

    def queries(self) -> list[str]:
        """In one random order, for everybody."""
        dice = random.Random(3)
        blocked = int(QUERIES * BLOCKED_SHARE)
        asked = [*dice.sample(self.listed, blocked), *dice.choices(self.allowed, k=QUERIES - blocked)]
        dice.shuffle(asked)
        return asked


@dataclass(frozen=True, slots=True)
class Workload:
    names: Names
    setting: Setting
    generator: Generator
    queries: Path

    @property
    def place(self) -> Path:
        return self.setting.folder


@contextmanager
def workload(place: Path, listed: int = LISTED) -> Iterator[Workload]:
    """The names, the files of them, and the upstream, which runs until the block ends."""
    core, other = two_cores()
    on_list = made_up(listed, seed=1)
    names = Names(on_list, made_up(ALLOWED, seed=2, besides=on_list))
    queries = write_lines(place / "queries.txt", (f"{name} A" for name in names.queries()))
    block_list, upstream = write_lines(place / "block-list.txt", names.listed), free_port()
    with ExitStack() as stack:
        stack.enter_context(running((*PYTHON, "bench.upstream", str(upstream)), place / "upstream.log", other))
        setting = Setting(place, core, upstream, names.listed, block_list)
        yield Workload(names, setting, Generator(other, SENDERS), queries)


def check(server: Server, names: Names) -> None:
    """Raises RuntimeError: what answers wrongly is not worth measuring."""
    if not server.filters:
        return
    for client in (CLIENTS[0], CLIENTS[-1]):
        with ask.connected(client, ("127.0.0.1", server.port)) as sock:
            for name in (*names.listed[:20], f"below.{names.listed[-1]}"):
                heard = ask.heard(ask.ask(sock, ask.query(name)))
                if heard.answers or heard.address:
                    raise RuntimeError(f"{server.name} answers {name}, which is listed, with {heard}")
            for name in names.allowed[:20]:
                heard = ask.heard(ask.ask(sock, ask.query(name)))
                if heard.address != ADDRESS:
                    raise RuntimeError(f"{server.name} answers {name}, which is not listed, with {heard}")
            if ask.is_spoken_to(sock):
                raise RuntimeError(f"{server.name} answers a query twice")
