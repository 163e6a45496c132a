"""Devices and switches of NetBox and of an Ansible inventory; a token goes to the NetBox that was named, only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from inventory.model import Mode, Purpose
from inventory.roster import read_switches
from tests.controller.commands.conftest import Run
from tests.fakes.site import FakeSite

DEVICES: list[dict[str, Any]] = [
    {
        "id": 1,
        "name": "sw-hall",
        "role": {"slug": "access-switch"},
        "platform": {"slug": "cisco-ios"},
        "primary_ip": {"address": "10.10.0.7/24"},
    },
    {"id": 2, "name": "printer-office", "role": {"slug": "printer"}, "platform": None},
    {"id": 3, "name": "printer-hall", "role": {"slug": "printer"}},
    {"id": 4, "name": "sw-odd", "role": {"slug": "switch"}, "platform": None, "primary_ip": None},
]
INTERFACES: list[dict[str, Any]] = [
    {"device": {"id": 2}, "mac_address": "00:80:77:00:00:01"},
    {"device": {"id": 2}, "mac_address": "00:80:77:00:00:02"},
    {"device": {"id": 3}, "mac_address": None, "primary_mac_address": {"mac_address": "00:80:77:00:00:03"}},
    {"device": {"id": 1}, "mac_address": "00:11:22:33:44:55"},
]


def files(folder: Path, devices: object = None, interfaces: object = None) -> tuple[Path, Path]:
    one, two = folder / "devices.json", folder / "interfaces.json"
    one.write_text(json.dumps(devices or {"results": DEVICES}))
    two.write_text(json.dumps(interfaces or {"results": INTERFACES}))
    return one, two


def test_devices_of_netbox_are_imported_and_its_switches_written_down(
    run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    out = tmp_path / "found.csv"
    words = ("--kind", "printer", "--switches-out", out, "--json", "--only-good", "--apply")
    run("import", "netbox", *files(tmp_path), *words)
    names = {device.name for device in controller.inventory().devices.values()}
    assert names >= {"printer-office", "printer-hall"}
    (switch,) = read_switches(out.read_bytes()).values
    assert (switch.name, switch.host, switch.platform) == ("sw-hall", "10.10.0.7", "cisco_ios")
    assert (switch.purpose, switch.mode) == (Purpose.ACCESS, Mode.OBSERVE)
    before = controller.inventory()
    run("import", "netbox", *files(tmp_path), *words)
    assert controller.inventory() is before


def test_what_netbox_leaves_out_is_named(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    said = run("import", "netbox", *files(tmp_path), "--kind", "printer")
    assert (said.status, "expected a platform for sw-odd" in said.err) == (1, True)


def test_an_ansible_inventory_gives_switches_and_devices(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    hosts = {
        "sw-ict": {"ansible_host": "10.10.0.2", "ansible_network_os": "cisco.ios.ios"},
        "board-1": {"mac": "00:11:22:00:00:01"},
        "server": {"ansible_host": "10.10.0.9"},
    }
    path, out = tmp_path / "network.json", tmp_path / "found.csv"
    path.write_text(json.dumps({"_meta": {"hostvars": hosts}, "all": {"children": []}}))
    run("import", "ansible", path, "--kind", "printer", "--switches-out", out, "--apply")
    assert "board-1" in {device.name for device in controller.inventory().devices.values()}
    assert [switch.platform for switch in read_switches(out.read_bytes()).values] == ["cisco_ios"]


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '{"results": 1}', '{"_meta": []}', "[" * 10_000])
@pytest.mark.parametrize("system", ["ansible", "netbox"])
def test_what_is_no_such_document_is_a_sentence(
    run: Run, controller: FakeSite, tmp_path: Path, system: str, text: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    said = run("import", system, *([path] if system == "ansible" else [path, path]))
    assert (said.status, said.err.startswith("caretaker: ")) == (1, True)


@contextmanager
def a_netbox(elsewhere: str = "") -> Iterator[tuple[str, list[str]]]:
    """One device a page; `elsewhere` is where it says its next page lies. What tokens it was shown."""
    tokens: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("Authorization", ""))
            asked = urlsplit(self.path)
            rows = DEVICES if "devices" in asked.path else INTERFACES
            at = int(parse_qs(asked.query).get("offset", ["0"])[0])
            following = f"{elsewhere or url}{asked.path}?limit=1&offset={at + 1}" if at + 1 < len(rows) else None
            body = json.dumps({"results": rows[at : at + 1], "next": following}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = False
        url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield url, tokens
        finally:
            server.shutdown()
            serving.join()


def test_netbox_is_asked_page_by_page(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("abc\n")
    with a_netbox() as (url, tokens):
        words = ("--url", url, "--token-file", token, "--kind", "printer", "--json")
        assert run("import", "netbox", *words).json["new"] == 2
    assert set(tokens) == {"Token abc"}
    assert len(tokens) == len(DEVICES) + len(INTERFACES)


def test_a_next_page_elsewhere_gets_no_token(run: Run, controller: FakeSite) -> None:
    with a_netbox() as (other, shown), a_netbox(other) as (url, _):
        said = run("import", "netbox", "--url", url)
    assert (said.status, "lies elsewhere" in said.err, shown) == (1, True, [])
