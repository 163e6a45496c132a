"""The four resolvers of Debian, started on loopback as subscribers: one table row of configuration each."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from dns_filter.servers import Server
from tests.dns_filter import school
from tests.dns_filter.rpz_service import Service
from tests.ports import free_ports
from tests.waiting import until

ORIGIN = "cohort.rpz.invalid"
CLIENTS: Mapping[str, str] = {
    "year-5": school.YEAR_5_CLOSED,
    "year-5-open": school.YEAR_5,
    "year-1": school.YEAR_1,
    "staff": school.TEACHER,
    "quarantine": school.SICK_LAPTOP,
    "unknown": school.STRANGER,
    "things": school.PRINTER,
}
"""Cohort -> an address of it."""
ADDRESS = "192.0.2.1"
OPEN = f"A {ADDRESS}"
"""What the world outside says of every name."""
ZONES = {cohort: f"{cohort}.{ORIGIN}" for cohort in CLIENTS}


@dataclass(frozen=True)
class Setting:
    """Where a resolver lives, what it forwards to, and the service it subscribes to."""

    home: Path
    place: Server
    upstream: str
    service: Service

    @property
    def zones(self) -> Server:
        return self.service.place


def free_place() -> Server:
    return Server("127.0.0.1", free_ports())


@contextlib.contextmanager
def started(command: list[str], setting: Setting, zones: Mapping[str, str] = ZONES) -> Iterator[None]:
    """The daemon, until the end of the test; ready when every client is answered and every zone has been loaded."""
    with (setting.home / "resolver.log").open("wb") as log:
        daemon = subprocess.Popen(command, cwd=setting.home, stdin=subprocess.PIPE, stdout=log, stderr=log)
    try:
        until(lambda: daemon.poll() is not None or ready(setting))
        assert daemon.poll() is None, (setting.home / "resolver.log").read_text()[-2000:]
        yield
    except BaseException as error:
        error.add_note((setting.home / "resolver.log").read_text()[-2000:])
        raise
    finally:
        daemon.terminate()
        try:
            daemon.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.communicate()


def ready(setting: Setting) -> bool:
    """Every zone is in force: each client that something is blocked for is refused it."""
    with contextlib.suppress(dns.exception.Timeout, OSError):
        return all(
            OPEN not in shown(answer(setting.place, client, "www.wicked.example.org", wait=0.5))[1]
            for client in CLIENTS.values()
        )
    return False


def answer(
    place: Server, client: str, name: str, qtype: str = "A", wait: float = 20.0, *, dnssec: bool = False
) -> dns.message.Message:
    query = dns.message.make_query(name, qtype, want_dnssec=dnssec)
    return dns.query.udp(query, place.host, port=place.port, source=client, timeout=wait)


def shown(message: dns.message.Message) -> tuple[str, list[str]]:
    """The code and the answer's records, without owners and TTLs."""
    records = [f"{dns.rdatatype.to_text(r.rdtype)} {rdata.to_text()}" for r in message.answer for rdata in r]
    return dns.rcode.to_text(message.rcode()), sorted(records)


def bind_(setting: Setting, *, floor: bool = False) -> list[str]:
    """`floor`: below each zone stands one of the provider's own that closes everything."""
    (setting.home / "floor").write_text(
        "$TTL 10\n@ SOA localhost. localhost. 1 60 60 60 10\n@ NS localhost.\n* CNAME .\n"
    )
    # A policy zone must live in the view that uses it, and a NOTIFY finds its view by its key.
    views = [_bind_view(cohort, client, setting.zones, floor=floor) for cohort, client in CLIENTS.items()]
    host, port = setting.upstream.split(":")
    (setting.home / "named.conf").write_text(f"""
        {setting.service.statement}
        options {{
            directory "{setting.home}"; pid-file none; session-keyfile none; lock-file none;
            listen-on port {setting.place.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
            recursion yes; forward only; forwarders {{ {host} port {port}; }}; dnssec-validation no;
            empty-zones-enable no; notify no; minimal-responses yes;
        }};
        controls {{ }};
        {"".join(views)}
    """)
    return ["named", "-g", "-c", str(setting.home / "named.conf"), "-n", "1"]


def _bind_view(cohort: str, client: str, zones: Server, *, floor: bool) -> str:
    zone = ZONES[cohort]
    own = f'zone "floor.{cohort}" {{ type primary; file "floor"; allow-query {{ none; }}; }};' if floor else ""
    below = f'zone "floor.{cohort}";' if floor else ""
    return f"""
        view "{cohort}" {{
            match-clients {{ key {cohort}; {client}; }};
            zone "{zone}" {{
                type secondary; file "{zone}"; masterfile-format text; allow-query {{ none; }};
                primaries {{ {zones.host} port {zones.port} key {cohort}; }};
                min-refresh-time 1; min-retry-time 1;
            }};
            {own}
            response-policy {{ zone "{zone}"; {below} }} break-dnssec yes qname-wait-recurse no min-update-interval 0;
        }};
    """


def unbound(setting: Setting) -> list[str]:
    tags = " ".join(CLIENTS)
    acl = "\n".join(
        f"access-control: {client}/32 allow\naccess-control-tag: {client}/32 {cohort}"
        for cohort, client in CLIENTS.items()
    )
    zones = "\n".join(
        f"rpz:\n name: {zone}\n primary: {setting.zones.host}@{setting.zones.port}\n allow-notify: 127.0.0.1\n"
        f' zonefile: "{zone}"\n tags: {cohort}'
        for cohort, zone in ZONES.items()
    )
    (setting.home / "unbound.conf").write_text(f"""
server:
 interface: 127.0.0.1@{setting.place.port}
 directory: "{setting.home}"
 chroot: ""
 username: ""
 pidfile: ""
 use-syslog: no
 do-daemonize: no
 do-not-query-localhost: no
 num-threads: 1
 module-config: "respip iterator"
 access-control: 127.0.0.1/32 allow
 define-tag: "{tags}"
 local-zone: "10.in-addr.arpa." transparent
{acl}
{zones}
forward-zone:
 name: "."
 forward-addr: {setting.upstream.replace(":", "@")}
remote-control:
 control-enable: no
""")
    return ["unbound", "-d", "-c", str(setting.home / "unbound.conf")]


def powerdns(setting: Setting) -> list[str]:
    zones = "\n".join(
        f'rpzPrimary("{setting.zones}", "{zone}", {{tsigname="provider", tsigalgo="hmac-sha256", '
        f'tsigsecret="{setting.service.secret}", refresh=1, policyName="{cohort}"}})'
        for cohort, zone in ZONES.items()
    )
    (setting.home / "zones.lua").write_text(zones)
    cohorts = ", ".join(f'["{client}"] = "{cohort}"' for cohort, client in CLIENTS.items())
    (setting.home / "clients.lua").write_text(f"""
        cohorts = {{ {cohorts} }}
        -- Answers of one cohort must not be given to another from the packet cache: each has a tag.
        tags, number = {{}}, 0
        for client in pairs(cohorts) do number = number + 1; tags[client] = number end
        function gettag(remote)
            return tags[remote:toString()] or 0
        end
        function prerpz(dq)
            local own = cohorts[dq.remoteaddr:toString()]
            for _, cohort in pairs(cohorts) do
                if cohort ~= own then dq:discardPolicy(cohort) end
            end
            return false
        end
    """)
    (setting.home / "recursor.conf").write_text(f"""
local-address=127.0.0.1
local-port={setting.place.port}
forward-zones-recurse=.={setting.upstream}
allow-from=127.0.0.0/8
dnssec=off
lua-config-file={setting.home}/zones.lua
lua-dns-script={setting.home}/clients.lua
socket-dir=.
security-poll-suffix=
dont-query=
serve-rfc1918=no
packetcache-ttl=1
setuid=
setgid=
threads=1
loglevel=6
""")
    return ["pdns_recursor", f"--config-dir={setting.home}", "--daemon=no"]


def knot(setting: Setting) -> list[str]:
    # Its RPZ support reads files; it follows them by looking at the serial, so that lua-cqueues is not needed.
    views = "\n".join(
        f"view:addr('{client}/32', following('{setting.service.home}/files/{ZONES[cohort]}.zone'))"
        for cohort, client in CLIENTS.items()
    )
    (setting.home / "kresd.conf").write_text(f"""
        net.listen('127.0.0.1', {setting.place.port}, {{ kind = 'dns' }})
        modules = {{ 'view', 'policy' }}
        modules.unload('ta_update')
        trust_anchors.remove('.')
        cache.size = 10 * MB
        local function serial(path)
            local file = io.open(path)
            if not file then return nil end
            file:read('*l'); file:read('*l')
            local soa = file:read('*l')
            file:close()
            return soa
        end
        function following(path)
            local seen, rules = serial(path), policy.rpz(policy.DENY, path, false)
            event.recurrent(1 * sec, function ()
                local now = serial(path)
                if now ~= nil and now ~= seen then
                    seen, rules = now, policy.rpz(policy.DENY, path, false)
                end
            end)
            return function (req, query) return rules(req, query) end
        end
        {views}
        policy.add(policy.all(policy.STUB('{setting.upstream.replace(":", "@")}')))
    """)
    return ["kresd", "-n", "-c", str(setting.home / "kresd.conf"), str(setting.home)]


RESOLVERS: Mapping[str, Callable[[Setting], list[str]]] = {
    "named": bind_,
    "unbound": unbound,
    "pdns_recursor": powerdns,
    "kresd": knot,
}
