"""A DHCP server calls at each lease: Kea, ISC dhcpd and dnsmasq, and a real dnsmasq."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.discovery.frames import Heard
from inventory.discovery.lease_words import SERVERS, UnreadableWords, read_words
from inventory.model import Mac
from tests.device_drivers.namespaces import namespace
from tests.inventory.discovery.test_for_real import ANSWERER
from tests.shared_data import PROJECT

IPAD = Mac("3c:22:fb:05:00:11")
TOLD = Heard(IPAD, "lease", "10.20.0.23", "ipad-5-11")
KEA = {
    "LEASES4_SIZE": "1",
    "LEASES4_AT0_ADDRESS": "10.20.0.23",
    "LEASES4_AT0_HWADDR": "3c:22:fb:05:00:11",
    "LEASES4_AT0_HOSTNAME": "ipad-5-11.",
}
DNSMASQ = ["add", "3c:22:fb:05:00:11", "10.20.0.23", "ipad-5-11"]


@pytest.mark.parametrize(
    ("kind", "words", "environment"),
    [
        ("kea", ["leases4_committed"], KEA),
        (
            "kea",
            ["lease4_renew"],
            {"LEASE4_ADDRESS": "10.20.0.23", "LEASE4_HWADDR": "3c:22:fb:05:00:11", "LEASE4_HOSTNAME": "ipad-5-11"},
        ),
        ("isc", ["commit", "10.20.0.23", "3c:22:fb:5:0:11", "ipad-5-11"], {}),
        ("dnsmasq", DNSMASQ, {}),
        ("dnsmasq", ["old", *DNSMASQ[1:3]], {"DNSMASQ_SUPPLIED_HOSTNAME": "ipad-5-11"}),
    ],
)
def test_each_server_is_understood(kind: str, words: list[str], environment: dict[str, str]) -> None:
    assert read_words(kind, words, environment) == (TOLD,)


def test_dnsmasq_also_says_what_the_device_looks_like() -> None:
    shown = {"DNSMASQ_REQUESTED_OPTIONS": "1,121,3,6", "DNSMASQ_VENDOR_CLASS": "MSFT 5.0"}
    (heard,) = read_words("dnsmasq", DNSMASQ, shown)
    assert (heard.fingerprint, heard.vendor_class) == ("1,121,3,6", "MSFT 5.0")


def test_an_address_over_ipv6_is_told_with_the_mac_beside_the_duid() -> None:
    words = ["add", "00:03:00:01:3c:22:fb:05:00:11", "fd00:20::23"]
    (heard,) = read_words("dnsmasq", words, {"DNSMASQ_MAC": IPAD})
    assert (heard.mac, heard.address) == (IPAD, "fd00:20::23")


@pytest.mark.parametrize(
    ("kind", "words"),
    [("kea", ["lease4_expire"]), ("kea", ["lease4_release"]), ("isc", ["expiry", "10.20.0.23"]), ("dnsmasq", ["del"])],
)
def test_the_end_of_a_lease_is_nobodys_arrival(kind: str, words: list[str]) -> None:
    assert read_words(kind, words, {}) == ()


@given(
    kind=st.sampled_from(sorted(SERVERS)),
    words=st.lists(st.sampled_from(["add", "commit", "leases4_committed", IPAD, "10.20.0.23"]) | st.text(), max_size=5),
    environment=st.dictionaries(st.sampled_from([*KEA, "DNSMASQ_MAC", "DNSMASQ_VENDOR_CLASS"]), st.text()),
)
def test_whatever_is_said_it_is_understood_or_refused(kind: str, words: list[str], environment: dict[str, str]) -> None:
    try:
        heard = read_words(kind, words, environment)
    except UnreadableWords:
        return
    assert all((one.hostname or "x").isprintable() for one in heard)


@pytest.mark.needs("dnsmasq", "ip", root=True, namespaces=True)
def test_a_real_dnsmasq_tells_a_lease_as_it_gives_it(tmp_path: Path) -> None:
    script, token = tmp_path / "hook", tmp_path / "token"
    token.write_text("ct_of-a-test\n")
    with namespace() as server:
        server.must("ip link set lo up", "ip link add dev near type veth peer name far")
        server.must("ip address add 10.20.0.1/24 dev near", "ip link set near up", "ip link set far up")
        api = server.start(sys.executable, "-c", ANSWERER)
        assert api.stdout is not None
        port = int(api.stdout.readline())
        words = f"{sys.executable} -m inventory.discovery.lease_hook --kind dnsmasq --api http://127.0.0.1:{port}"
        script.write_text(f'#!/bin/sh\ncd {PROJECT}\nexec {words} --token-file {token} -- "$@" 2>>{tmp_path}/said\n')
        script.chmod(0o755)
        words = f"dnsmasq -d -p 0 -C /dev/null -i near --dhcp-authoritative -u root --no-ping --dhcp-script={script}"
        words += f" --dhcp-range=10.20.0.20,10.20.0.30,1h --dhcp-leasefile={tmp_path}/leases --pid-file={tmp_path}/pid"
        dnsmasq = subprocess.Popen(server.words(*words.split()), stderr=subprocess.PIPE, text=True)
        try:
            assert dnsmasq.stderr is not None
            while "DHCP, IP range" not in (line := dnsmasq.stderr.readline()):
                assert line, (tmp_path / "said").read_text()
            sent = subprocess.run(server.words(sys.executable, "-c", SENDER.format(frame=request().hex())), check=False)
            assert sent.returncode == 0
            told = api.stdout.readline()
        finally:
            for process in (dnsmasq, api):
                process.terminate()
                process.wait(30)
            dnsmasq.stderr.close()
            api.stdout.close()
    assert '"mac": "3c:22:fb:05:00:11"' in told
    assert '"address": "10.20.0.23"' in told
    assert '"fingerprint": "1,3,6,15"' in told


SENDER = """
import socket
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
    wire.bind(("far", 0))
    wire.send(bytes.fromhex("{frame}"))
"""


def request() -> bytes:
    """A DHCPREQUEST of a device that comes back with the address it had (RFC 2131 §4.3.2, INIT-REBOOT)."""
    mac = bytes.fromhex(IPAD.replace(":", ""))
    options = bytes.fromhex("63825363 350103 3204") + socket.inet_aton("10.20.0.23")
    options += b"\x0c\x09ipad-5-11" + bytes.fromhex("3704 0103060f ff")
    body = bytes.fromhex("01010600 12345678 00000000") + bytes(16) + mac + bytes(10) + bytes(192) + options
    udp = struct.pack("!HHHH", 68, 67, 8 + len(body), 0) + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:]
    return b"\xff" * 6 + mac + bytes.fromhex("0800") + head + udp
