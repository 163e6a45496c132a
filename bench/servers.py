"""A DNS server that is measured: ours, and how any of them is started and found to answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import ask
from bench.children import PYTHON, free_port, running, until
from bench.measure import Unmeasurable
from bench.school_table import CLIENTS, lay_out
from dns_filter.engine import EngineName, EngineUnavailable
from dns_filter.engines import chosen

_START, _LOOKED_AT = 60.0, 500


@dataclass(frozen=True, slots=True)
class Setting:
    """What all servers of one run have in common."""

    folder: Path
    core: int
    upstream: int
    """The port of the upstream on 127.0.0.1."""
    listed: Sequence[str]
    block_list: Path


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `pid` is the process that answers."""

    name: str
    port: int
    pid: int
    filters: bool = True


@contextmanager
def caretaker(
    setting: Setting, name: str = "caretaker", *, query_log: bool = True, engine: EngineName = "reference"
) -> Iterator[Server]:
    """One worker, 100 profiles, no limit for each client: dnsperf is one client and asks like a school.

    Raises Unmeasurable where the engine is not to be had.
    """
    try:
        chosen(engine)
    except EngineUnavailable as why:
        raise Unmeasurable(str(why)) from why
    home = setting.folder / name
    pid_of = lay_out(home, setting.block_list)
    port, log = free_port(), setting.folder / f"{name}.log"
    words = (
        *PYTHON, "controller", "dns", "--home", str(home), "--listen", f"127.0.0.1:{port}", "--workers", "1",
        "--upstream", f"127.0.0.1:{setting.upstream}", "--no-rate-limit",
        "--engine", engine,
        "--query-log" if query_log else "--no-query-log",
    )  # fmt: skip
    with running(words, log, setting.core) as child:
        until(lambda: '"ready": true' in log.read_text(), _START, child, log)
        yield Server(name, port, pid_of())


@contextmanager
def started(name: str, words: Sequence[str], port: int, setting: Setting, *, filters: bool = True) -> Iterator[Server]:
    """`filters` False: it answers everybody alike. Others are ready when the list is in force."""
    log = setting.folder / f"{name}.log"
    with running(words, log, setting.core) as child:
        until(
            lambda: _is_ready(port, setting.listed[:: len(setting.listed) // _LOOKED_AT] if filters else ()),
            _START,
            child,
            log,
        )
        yield Server(name, port, child.pid, filters)


def _is_ready(port: int, listed: Sequence[str]) -> bool:
    with ask.connected(CLIENTS[0], ("127.0.0.1", port), 0.2) as sock:
        try:
            alive = len(ask.ask(sock, ask.query("sign-of-life.com"))) > 12
            # Some answer before they have read their list, and take it in in no order.
            return alive and all(ask.heard(ask.ask(sock, ask.query(name))).answers == 0 for name in listed)
        except OSError:
            return False
