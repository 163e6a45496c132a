"""The servers of others that ours is measured beside: each blocks the same names and asks the same upstream.

Each as its own documentation would have it set up, with one thread, room in its cache for every name asked, and no
log of queries.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bench.children import free_port
from bench.names import write_lines
from bench.packages import needed
from bench.servers import Server, Setting, started

_CACHED = 50_000
_ZONE = "rpz.bench.invalid"


@contextmanager
def dnsmasq(setting: Setting) -> Iterator[Server]:
    command = needed("dnsmasq", "dnsmasq-base")
    listed = write_lines(setting.folder / "dnsmasq.conf", (f"address=/{name}/" for name in setting.listed))
    port = free_port()
    words = (
        command, "--keep-in-foreground", "--no-resolv", "--no-hosts", f"--conf-file={listed}", f"--port={port}",
        "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=", "--user=", f"--cache-size={_CACHED}",
        f"--server=127.0.0.1#{setting.upstream}",
    )  # fmt: skip
    with started("dnsmasq", words, port, setting) as server:
        yield server


@contextmanager
def unbound(setting: Setting) -> Iterator[Server]:
    zones = (f'local-zone: "{name}." always_nxdomain' for name in setting.listed)
    included = write_lines(setting.folder / "unbound-zones.conf", ("server:", *zones))
    with _unbound("unbound", setting, "iterator", f'include: "{included}"') as server:
        yield server


@contextmanager
def unbound_rpz(setting: Setting) -> Iterator[Server]:
    zone = f'rpz:\n  name: {_ZONE}\n  zonefile: "{_rpz(setting)}"'
    with _unbound("Unbound RPZ", setting, "respip iterator", zone) as server:
        yield server


@contextmanager
def bind_rpz(setting: Setting) -> Iterator[Server]:
    port, config = free_port(), setting.folder / "named.conf"
    config.write_text(
        _BIND.format(port=port, upstream=setting.upstream, zone=_ZONE, file=_rpz(setting), folder=setting.folder)
    )
    words = (needed("named", "bind9"), "-g", "-n", "1", "-c", str(config))
    with started("BIND RPZ", words, port, setting) as server:
        yield server


@contextmanager
def powerdns_rpz(setting: Setting) -> Iterator[Server]:
    port, lua = free_port(), setting.folder / "powerdns.lua"
    lua.write_text(f'rpzFile("{_rpz(setting)}", {{policyName = "bench"}})\n')
    told = {
        "daemon": "no", "write-pid": "no", "socket-dir": setting.folder, "config-dir": setting.folder,
        "local-address": "127.0.0.1", "local-port": port, "allow-from": "127.0.0.0/8", "dont-query": "",
        "forward-zones-recurse": f".=127.0.0.1:{setting.upstream}", "lua-config-file": lua, "dnssec": "off",
        "threads": 1, "pdns-distributes-queries": "no", "setuid": "", "setgid": "",
    }  # fmt: skip
    words = (needed("pdns_recursor", "pdns-recursor"), *(f"--{name}={value}" for name, value in told.items()))
    with started("PowerDNS RPZ", words, port, setting) as server:
        yield server


@contextmanager
def dnsdist_cdb(setting: Setting) -> Iterator[Server]:
    port, config = free_port(), setting.folder / "dnsdist.conf"
    config.write_text(_DNSDIST.format(port=port, upstream=setting.upstream, cached=4 * _CACHED, names=_cdb(setting)))
    words = (needed("dnsdist", "dnsdist"), "--supervised", "-C", str(config))
    with started("dnsdist CDB", words, port, setting) as server:
        yield server


@contextmanager
def echo(setting: Setting) -> Iterator[Server]:
    """No DNS server: the limit that the kernel and this machine set to any."""
    compiler = needed("gcc", "gcc")
    program, port = setting.folder / "echo", free_port()
    subprocess.run((compiler, "-O2", "-o", program, Path(__file__).parent / "echo.c"), check=True)
    with started("C echo", (str(program), str(port)), port, setting, filters=False) as server:
        yield server


PEERS: tuple[Callable[[Setting], AbstractContextManager[Server]], ...] = (
    dnsmasq, unbound, unbound_rpz, bind_rpz, powerdns_rpz, dnsdist_cdb, echo,
)  # fmt: skip


@contextmanager
def _unbound(name: str, setting: Setting, modules: str, names: str) -> Iterator[Server]:
    command = needed("unbound", "unbound")
    port, config = free_port(), setting.folder / f"{name.replace(' ', '-')}.conf"
    config.write_text(_UNBOUND.format(port=port, upstream=setting.upstream, modules=modules, names=names))
    with started(name, (command, "-d", "-p", "-c", str(config)), port, setting) as server:
        yield server


def _rpz(setting: Setting) -> Path:
    """The list as a response policy zone: the name and everything below it do not exist."""
    head = ("$TTL 300", f"$ORIGIN {_ZONE}.", "@ SOA localhost. localhost. 1 3600 600 86400 300", "@ NS localhost.")
    rows = (row for name in setting.listed for row in (f"{name} CNAME .", f"*.{name} CNAME ."))
    return write_lines(setting.folder / "list.rpz", (*head, *rows))


def _cdb(setting: Setting) -> Path:
    """The list as a constant database of names in wire form, as dnsdist looks them up."""
    path = setting.folder / "list.cdb"
    records = b"".join(cdb_records(setting.listed)) + b"\n"
    subprocess.run((needed("cdb", "tinycdb"), "-c", str(path)), input=records, check=True)
    return path


def cdb_records(names: Iterable[str]) -> Iterator[bytes]:
    """Lines for `cdb -c`: length of key and value, then both; the key is the name in wire form."""
    for name in names:
        wire = b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0"
        yield b"+%d,1:%b->1\n" % (len(wire), wire)


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
  module-config: "{modules}"
  msg-cache-size: 64m
  rrset-cache-size: 128m
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
remote-control:
  control-enable: no
{names}
"""

_BIND = """
options {{
  directory "{folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion yes; allow-query {{ 127.0.0.0/8; }}; allow-recursion {{ 127.0.0.0/8; }};
  forward only; forwarders {{ 127.0.0.1 port {upstream}; }};
  dnssec-validation no; empty-zones-enable no; minimal-responses yes; notify no;
  response-policy {{ zone "{zone}"; }} qname-wait-recurse no;
}};
controls {{ }};
zone "{zone}" {{ type primary; file "{file}"; allow-query {{ none; }}; }};
"""

_DNSDIST = """
setLocal("127.0.0.1:{port}")
setACL({{"127.0.0.0/8"}})
newServer({{address="127.0.0.1:{upstream}"}})
getPool(""):setCache(newPacketCache({cached}, {{maxTTL=86400}}))
names = newCDBKVStore("{names}", 3600)
addAction(KeyValueStoreLookupRule(names, KeyValueLookupKeySuffix(0, true)), RCodeAction(DNSRCode.NXDOMAIN))
"""
