"""The program itself on a wire of its own, in a network namespace, with a client at the other end."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.device_drivers.namespaces import Namespace, namespace
from tests.shared_data import PROJECT
from tests.waiting import until

pytestmark = pytest.mark.needs("ip", "ping", root=True, namespaces=True)

ANSWERER = """
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Controller(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print(json.dumps([self.path, self.headers["Authorization"], json.loads(body)]), flush=True)
        self.send_response(202)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *words):
        pass

server = HTTPServer(("127.0.0.1", 0), Controller)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@contextmanager
def school() -> Iterator[tuple[Namespace, Namespace]]:
    """Where discovery listens (10.40.0.1), and a printer at 10.40.0.9 and fd00:40::9."""
    with namespace() as desk, namespace() as printer:
        desk.must(
            f"ip link add dev wire address 3c:22:fb:00:00:01 type veth peer name eth0 "
            f"address 3c:22:fb:05:00:11 netns {printer.pid}",
            "ip link set lo up",
            "ip address add 10.40.0.1/24 dev wire",
            "ip link set wire up",
        )
        printer.must("ip address add 10.40.0.9/24 dev eth0", "ip address add fd00:40::9/64 dev eth0 nodad")
        printer.must("ip link set eth0 up")
        yield desk, printer


@contextmanager
def listening(desk: Namespace, folder: Path, *words: str) -> Iterator[list[dict[str, Any]]]:
    """Discovery in that namespace; what it told so far."""
    (folder / "token").write_text("ct_of-a-test\n")
    told: list[dict[str, Any]] = []
    api = desk.start(sys.executable, "-c", ANSWERER)
    assert api.stdout is not None
    port = int(api.stdout.readline())
    command = (
        sys.executable,
        "-m",
        "inventory.discovery",
        "--interface",
        "wire",
        "--token-file",
        str(folder / "token"),
    )
    program = subprocess.Popen(
        desk.words(*command, "--api", f"http://127.0.0.1:{port}", *words),
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )

    def collect() -> None:
        assert api.stdout is not None
        for line in api.stdout:
            path, authorization, body = json.loads(line)
            assert (path, authorization) == ("/api/v1/sightings", "Bearer ct_of-a-test")
            told.extend(body["sightings"])

    collecting = threading.Thread(target=collect)
    collecting.start()
    try:
        assert program.stderr is not None
        assert program.stderr.readline() == "discovery: listening on wire\n"
        yield told
        program.terminate()
        assert program.wait(60) == 0
    finally:
        program.kill()
        program.wait()
        program.stderr.close()
        api.kill()
        collecting.join()
        api.stdout.close()
        api.wait()


def test_a_printer_that_says_nothing_is_found_by_the_sweep(tmp_path: Path) -> None:
    with school() as (desk, _), listening(desk, tmp_path, "--sweep", "10.40.0.0/24") as told:
        until(lambda: any(one.get("address") == "10.40.0.9" for one in told), 60)
    found = next(one for one in told if one.get("address") == "10.40.0.9")
    assert (found["mac"], found["source"]) == ("3c:22:fb:05:00:11", "arp")
    assert "3c:22:fb:00:00:01" not in {one["mac"] for one in told}  # ourselves


def test_a_device_is_heard_when_it_speaks_also_over_ipv6(tmp_path: Path) -> None:
    with school() as (desk, printer), listening(desk, tmp_path) as told:
        printer.run("ping -c 1 -W 1 10.40.0.77")
        printer.run("ping -c 1 -W 1 fd00:40::77")
        until(lambda: {one["source"] for one in told} >= {"arp", "nd"}, 60)
    assert {one["mac"] for one in told} == {"3c:22:fb:05:00:11"}
    assert "fd00:40::9" in {one.get("address") for one in told}
    assert all(one["at"].endswith("+00:00") for one in told)


TAGGED = """
import socket
source = bytes.fromhex("3c22fb050022")
arp = bytes.fromhex("0001 0800 06 04 0001") + source + bytes((10, 20, 0, 22)) + bytes(6) + bytes((10, 20, 0, 1))
frame = b"\\xff" * 6 + source + bytes.fromhex("8100 0014 0806") + arp + bytes(18)
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
    wire.bind(("eth0", 0))
    wire.send(frame)
"""


def test_a_mirror_port_tells_the_vlan_though_the_kernel_takes_the_tag_off(tmp_path: Path) -> None:
    with school() as (desk, printer), listening(desk, tmp_path) as told:
        sent = subprocess.run(printer.words(sys.executable, "-c", TAGGED), capture_output=True, text=True, check=False)
        assert sent.returncode == 0, sent.stderr
        until(lambda: "3c:22:fb:05:00:22" in {one["mac"] for one in told}, 60)
    (heard,) = (one for one in told if one["mac"] == "3c:22:fb:05:00:22")
    assert (heard["vlan"], heard["address"]) == (20, "10.20.0.22")


def test_without_the_right_to_listen_it_says_what_is_missing(tmp_path: Path) -> None:
    with school() as (desk, _):
        word = ("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw")
        command = (*word, sys.executable, "-m", "inventory.discovery", "--interface", "wire")
        words = desk.words(*command, "--token-file", str(tmp_path / "token"), "--api", "http://127.0.0.1:1")
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=PROJECT)
    assert done.returncode == 1
    assert "CAP_NET_RAW" in done.stderr
