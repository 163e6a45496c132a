"""The demo school: its roster hangs together, and its upstream answers with documentation addresses only."""

import socket
import socketserver
from contextlib import suppress
from ipaddress import ip_address, ip_network
from itertools import chain, repeat
from pathlib import Path

import pytest
from dnslib import QTYPE, DNSRecord

from controller.demo import roster, upstream
from controller.demo.prepare import LOCK, prepare
from controller.demo.upstream import answer
from controller.home import Home

DOCUMENTATION = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))


def test_no_two_devices_share_a_mac_an_address_or_a_port() -> None:
    placed = roster.placed()
    ports = [p.port for p in placed if p.port is not None]
    assert len({p.device.mac for p in placed}) == len({p.address for p in placed}) == len(placed)
    assert len(set(ports)) == len(ports)
    assert 100 <= len(placed) <= 130


def test_everybody_who_owns_a_device_is_a_person_of_the_school() -> None:
    known = {person.id for person in roster.people()}
    assert {p.device.person for p in roster.placed() if p.device.person} <= known


def test_nothing_is_plugged_into_an_uplink() -> None:
    assert roster.UPLINK not in {p.port.port for p in roster.placed() if p.port}


@pytest.mark.parametrize("qtype", ["A", "AAAA"])
def test_every_name_has_the_same_documentation_address_each_time(qtype: str) -> None:
    query = DNSRecord.question("bbc.co.uk", qtype).pack()
    first, second = (DNSRecord.parse(answer(query) or b"") for _ in range(2))
    address = ip_address(str(first.rr[0].rdata))
    assert any(address in network for network in DOCUMENTATION)
    assert first.rr[0].rdata == second.rr[0].rdata


@pytest.mark.parametrize("qtype", ["MX", "TXT", "HTTPS"])
def test_other_types_have_no_records_and_a_soa(qtype: str) -> None:
    reply = DNSRecord.parse(answer(DNSRecord.question("bbc.co.uk", qtype).pack()) or b"")
    assert not reply.rr
    assert QTYPE[reply.auth[0].rtype] == "SOA"


@pytest.mark.parametrize("packet", [b"", b"\x00" * 5, b"\xff" * 40, DNSRecord.question("a.example").reply().pack()])
def test_what_is_no_query_gets_no_answer(packet: bytes) -> None:
    assert answer(packet) is None


def _taken_for_tcp_alone() -> socket.socket:
    """A server whose port nobody has for UDP."""
    while True:
        server = socket.create_server(("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial, suppress(OSError):
            trial.bind(server.getsockname())
            return server
        server.close()


def test_the_upstream_takes_another_port_where_somebody_has_the_first_for_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    with _taken_for_tcp_alone() as somebody:
        offered = chain([somebody.getsockname()], repeat(("127.0.0.1", 0)))
        real = socketserver.ThreadingUDPServer
        monkeypatch.setattr(socketserver, "ThreadingUDPServer", lambda _, handler: real(next(offered), handler))
        udp, tcp = upstream.servers()
    with udp, tcp:
        assert udp.server_address == tcp.server_address


def test_beginning_anew_forgets_everything_but_that_the_school_is_running(tmp_path: Path) -> None:
    home = Home(tmp_path / "demo")
    prepare(home, 2201, fresh=True)
    (home.run / LOCK).write_text("1")
    for lost in (home.database, home.run / "connection.json", home.names / "current.json"):
        lost.write_text("{}")
    prepare(home, 2201, fresh=True)
    left = {str(path.relative_to(home.root)) for path in home.root.rglob("*") if path.is_file()}
    assert "state/run/up.lock" in left
    assert {"school.yaml", "switches.csv", "lists/games.txt"} <= left
    assert {each for each in left if each.startswith("state/")} == {"state/run/up.lock"}


def test_a_folder_that_the_demo_did_not_make_is_never_emptied(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "homework.txt").write_text("mine")
    prepare(home, 2201, fresh=True)
    assert (tmp_path / "homework.txt").read_text() == "mine"
