"""The DNS servers that are measured side by side: each blocks the same names and asks the same upstream."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import ask
from bench.children import PYTHON, free_port, running, until
from bench.packages import needed
from bench.school_table import CLIENTS, lay_out

_CACHED = 50_000
_START = 60.0


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
def caretaker(setting: Setting, name: str = "caretaker", *, query_log: bool = True) -> Iterator[Server]:
    """One worker, 100 profiles, no limit for each client: dnsperf is one client and asks like a school."""
    home = setting.folder / name
    pid_of = lay_out(home, setting.block_list)
    port, log = free_port(), setting.folder / f"{name}.log"
    words = (
        *PYTHON, "controller", "dns", "--home", str(home), "--listen", f"127.0.0.1:{port}", "--workers", "1",
        "--upstream", f"127.0.0.1:{setting.upstream}", "--no-rate-limit",
        "--query-log" if query_log else "--no-query-log",
    )  # fmt: skip
    with running(words, log, setting.core) as child:
        until(lambda: '"ready": true' in log.read_text(), _START, child, log)
        yield Server(name, port, pid_of())


@contextmanager
def dnsmasq(setting: Setting) -> Iterator[Server]:
    command = needed("dnsmasq", "dnsmasq-base")
    listed = setting.folder / "dnsmasq.conf"
    listed.write_text("".join(f"address=/{name}/\n" for name in setting.listed))
    port = free_port()
    words = (
        command, "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=" + str(listed), f"--port={port}",
        "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=", "--user=", f"--cache-size={_CACHED}",
        f"--server=127.0.0.1#{setting.upstream}",
    )  # fmt: skip
    with _started("dnsmasq", words, port, setting) as server:
        yield server


@contextmanager
def unbound(setting: Setting) -> Iterator[Server]:
    command = needed("unbound", "unbound")
    port, config = free_port(), setting.folder / "unbound.conf"
    config.write_text(_UNBOUND.format(port=port, upstream=setting.upstream, zones=_zones(setting)))
    with _started("unbound", (command, "-d", "-p", "-c", str(config)), port, setting) as server:
        yield server


@contextmanager
def echo(setting: Setting) -> Iterator[Server]:
    """No DNS server: the limit that the kernel and this machine set to any."""
    compiler = needed("gcc", "gcc")
    program, port = setting.folder / "echo", free_port()
    subprocess.run((compiler, "-O2", "-o", program, Path(__file__).parent / "echo.c"), check=True)
    with _started("C echo", (str(program), str(port)), port, setting) as server:
        yield Server(server.name, server.port, server.pid, filters=False)


PEERS: tuple[Callable[[Setting], AbstractContextManager[Server]], ...] = (dnsmasq, unbound, echo)


@contextmanager
def _started(name: str, words: Sequence[str], port: int, setting: Setting) -> Iterator[Server]:
    log = setting.folder / f"{name}.log"
    with running(words, log, setting.core) as child:
        until(lambda: _answers(port), _START, child, log)
        yield Server(name, port, child.pid)


def _answers(port: int) -> bool:
    with ask.connected(CLIENTS[0], ("127.0.0.1", port), 0.2) as sock:
        try:
            return len(ask.ask(sock, ask.query("sign-of-life.com"))) > 12
        except OSError:
            return False


def _zones(setting: Setting) -> Path:
    path = setting.folder / "unbound-zones.conf"
    path.write_text("server:\n" + "".join(f'local-zone: "{name}." always_nxdomain\n' for name in setting.listed))
    return path


_UNBOUND = """
server:
  interface: 127.0.0.1@{port}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: ""
  pidfile: ""
  use-syslog: no
  num-threads: 1
  module-config: "iterator"
  msg-cache-size: 64m
  rrset-cache-size: 128m
  include: "{zones}"
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
remote-control:
  control-enable: no
"""
