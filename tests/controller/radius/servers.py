"""A school with its API, a real FreeRADIUS in front of it, and a switch's end of RADIUS."""

from __future__ import annotations

import secrets
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path

from pyrad.dictionary import Dictionary
from pyrad.packet import AccessRequest, AcctPacket, AuthPacket, Packet

from controller.api.app import make_app
from controller.api.serve import run_api
from controller.clock import SystemClock
from controller.radius.certificates import make_certificates
from controller.radius.client import Client
from controller.radius.enrolling import new_token
from controller.radius.freeradius import Wanted, render
from controller.radius.write import write
from tests.fakes.site import FakeSite, open_site
from tests.ports import free_ports
from tests.waiting import until

SECRET = "a-secret-of-this-test-only"
WORDS = Dictionary(
    StringIO("""
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 string
ATTRIBUTE NAS-Port 5 integer
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Session-Timeout 27 integer
ATTRIBUTE Termination-Action 29 integer
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE Acct-Status-Type 40 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Tunnel-Type 64 integer has_tag
ATTRIBUTE Tunnel-Medium-Type 65 integer has_tag
ATTRIBUTE Tunnel-Private-Group-Id 81 string has_tag
ATTRIBUTE NAS-Port-Id 87 string
VALUE Acct-Status-Type Start 1
VALUE Acct-Status-Type Stop 2
VALUE Acct-Status-Type Interim-Update 3
""")
)
MAB = {"User-Name": "3c22fb050011", "User-Password": "3c22fb050011", "Calling-Station-Id": "3C-22-FB-05-00-11"}
AT_PORT_7 = {"NAS-Port-Id": "GigabitEthernet1/0/7"}
_READY, _WITHIN = "Ready to process requests", 60


@dataclass(frozen=True, slots=True)
class School:
    """A running school: its facts, where FreeRADIUS answers, and the folder of its configuration."""

    site: FakeSite
    folder: Path
    auth: int
    acct: int


@cache
def certificates() -> Mapping[str, bytes]:
    """Once for all tests: making keys takes seconds."""
    return make_certificates("Ash Lane Primary School", "radius.internal", SystemClock().now())


@contextmanager
def school(folder: Path, people: str = "") -> Iterator[School]:
    """`people` are those who sign on with a name and a password, as FreeRADIUS's file has them."""
    site = open_site(folder)
    try:
        with run_api(make_app(site), "127.0.0.1", 0) as api, freeradius(site, folder, api.url, people=people) as found:
            yield found
    finally:
        site.store.close()


@contextmanager
def freeradius(site: FakeSite, folder: Path, url: str, people: str = "") -> Iterator[School]:
    auth = free_ports(2)
    wanted = Wanted(
        folder / "radius",
        url,
        new_token(site.store, folder, site.clock.now()),
        999,
        (Client("sw-ict", "127.0.0.1", SECRET), Client("wifi", "127.0.0.2", SECRET)),
        listen="127.0.0.1",
        auth_port=auth,
        acct_port=auth + 1,
    )
    write(wanted.folder, render(wanted), certificates)
    if people:
        (wanted.folder / "people").write_text(people)
    with running(wanted.folder):
        yield School(site, wanted.folder, auth, auth + 1)


@contextmanager
def running(folder: Path, words: Sequence[str] = ()) -> Iterator[None]:
    """`freeradius` with that configuration, from its being ready to its end."""
    said = folder / "said.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [*words, "freeradius", "-f", "-l", "stdout", "-d", str(folder)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until(lambda: _READY in said.read_text() or process.poll() is not None, _WITHIN)
        assert process.poll() is None, said.read_text()
        yield
    finally:
        process.terminate()
        process.wait(30)


def ask(found: School, told: Mapping[str, str], source: str = "127.0.0.1", *, signed: bool = True) -> Packet | None:
    """The answer to an Access-Request; None where there is none within some tries."""
    packet = AuthPacket(AccessRequest, secret=SECRET.encode(), dict=WORDS, authenticator=secrets.token_bytes(16))
    for name, value in told.items():
        packet[name] = packet.PwCrypt(value) if name == "User-Password" else value
    if signed:
        packet.add_message_authenticator()
    return _exchange(packet, packet.RequestPacket(), (source, found.auth), tries=3 if signed else 1)


def account(found: School, told: Mapping[str, str | int]) -> Packet | None:
    packet = AcctPacket(secret=SECRET.encode(), dict=WORDS)
    for name, value in told.items():
        packet[name] = value
    return _exchange(packet, packet.RequestPacket(), ("127.0.0.1", found.acct), tries=3)


def vlan(answer: Packet | None) -> str:
    assert answer is not None
    assert answer.code == 2, answer.code
    assert answer["Tunnel-Type"] == [13]
    assert answer["Tunnel-Medium-Type"] == [6]
    (found,) = answer["Tunnel-Private-Group-Id"]
    return str(found)


def _exchange(packet: Packet, octets: bytes, to: tuple[str, int], tries: int) -> Packet | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((to[0], 0))
        wire.settimeout(20 if tries > 1 else 2)
        for _ in range(tries):
            wire.sendto(octets, ("127.0.0.1", to[1]))
            try:
                reply = wire.recv(4096)
            except TimeoutError:
                continue
            answer = packet.CreateReply(packet=reply)
            assert packet.VerifyReply(answer, reply)
            return answer
    return None
