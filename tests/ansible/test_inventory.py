"""The inventory plugin shows Ansible the school as Caretaker knows it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from controller.api.device_shapes import DeviceOut, Devices
from tests.ansible.commands import ANSIBLE, run

TOKEN = "ct_for-this-test-alone"
EXAMPLE: dict[str, Any] = Devices.model_json_schema()["$defs"]["DeviceOut"]["examples"][0]


@dataclass
class School:
    """A Caretaker that answers with what the API's own examples say."""

    url: str = ""
    devices: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    move_to: str = ""

    def page(self, query: dict[str, list[str]]) -> bytes:
        """One device to a page, so that following pages is seen."""
        self.asked.append(query)
        after = query.get("after", [""])[0]
        rest = [device for device in self.devices if device["mac"] > after]
        page = {"items": rest[:1], "next": rest[0]["mac"] if len(rest) > 1 else None, "total": len(self.devices)}
        return json.dumps(page).encode()


@pytest.fixture
def school() -> Iterator[School]:
    answers = School(devices=[EXAMPLE])

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["Authorization"] == f"Bearer {TOKEN}"
            place = urlsplit(self.path)
            status = 302 if answers.move_to else 200 if known and place.path == "/api/v1/devices" else 401
            self.send_response(status)
            if answers.move_to:
                self.send_header("Location", answers.move_to)
            self.end_headers()
            if status == 200:
                self.wfile.write(answers.page(parse_qs(place.query)))

        def log_message(self, *args: object) -> None:
            """Said nowhere: a test's output is its own."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        answers.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield answers
        server.shutdown()
        thread.join()


def listed(folder: Path, source: dict[str, Any]) -> dict[str, Any]:
    done = ask(folder, source)
    assert done.returncode == 0, done.stderr
    # Ansible marks what came from outside: it will not be read as a template.
    found: dict[str, Any] = json.loads(done.stdout, object_hook=lambda node: node.get("__ansible_unsafe", node))
    return found


def refused(folder: Path, source: dict[str, Any]) -> str:
    done = ask(folder, source)
    assert done.returncode != 0, done.stdout
    return " ".join(done.stderr.split())


def ask(folder: Path, source: dict[str, Any]) -> Any:
    (folder / "token").write_text(f"{TOKEN}\n")
    (folder / "ash-lane.caretaker.yml").write_text(json.dumps({"plugin": "caretaker"} | source))
    return run("ansible-inventory", "--list", "-i", folder / "ash-lane.caretaker.yml", home=folder)


def device(mac: str, name: str, **said: object) -> dict[str, Any]:
    made = EXAMPLE | {"mac": mac, "name": name} | said
    DeviceOut.model_validate(made)
    return made


def test_switches_stand_in_groups_by_purpose_platform_and_room(tmp_path: Path) -> None:
    found = listed(tmp_path, {"home": str(Path(__file__).parent / "data")})
    assert found["purpose_access"]["hosts"] == ["sw-ict", "sw-hall"]
    assert found["platform_linux_gateway"]["hosts"] == ["gw"]
    assert found["room_ICT_suite"]["hosts"] == ["sw-ict"]
    switches = found["_meta"]["hostvars"]
    assert switches["sw-ict"]["ansible_host"] == "10.10.1.2"
    assert switches["sw-ict"]["ansible_network_os"] == "cisco.ios.ios"
    assert switches["gw"]["ansible_port"] == 2222
    assert "credentials" not in json.dumps(found)


def test_devices_stand_in_groups_by_what_they_are_and_where(tmp_path: Path, school: School) -> None:
    school.devices += [device("3c:22:fb:05:00:12", "ipad-5-12", place=None, decision=None)]
    found = listed(tmp_path, {"api": school.url, "token_file": str(tmp_path / "token")})
    assert found["kind_school_ipad"]["hosts"] == ["ipad-5-11", "ipad-5-12"]
    assert found["year_group_year_5"]["hosts"] == ["ipad-5-11", "ipad-5-12"]
    assert found["segment_pupils"]["hosts"] == ["ipad-5-11"]
    ipad = found["_meta"]["hostvars"]["ipad-5-11"]
    assert ipad["ansible_host"] == "10.20.0.11"
    assert ipad["caretaker_switch"] == "sw-ict"
    assert [query["admission"] for query in school.asked] == [["registered"]] * 2


def test_two_devices_of_one_name_are_told_apart_by_their_macs(tmp_path: Path, school: School) -> None:
    school.devices = [device(f"3c:22:fb:05:00:1{n}", "ipad 1") for n in (1, 2)]
    found = listed(tmp_path, {"api": school.url, "token_file": str(tmp_path / "token")})
    assert sorted(found["_meta"]["hostvars"]) == ["ipad 1 3c:22:fb:05:00:11", "ipad 1 3c:22:fb:05:00:12"]


def test_a_school_may_make_groups_of_its_own(tmp_path: Path, school: School) -> None:
    own = {"groups": {"trolleys": "caretaker_room is match('trolley')"}}
    found = listed(tmp_path, {"api": school.url, "token_file": str(tmp_path / "token")} | own)
    assert found["trolleys"]["hosts"] == ["ipad-5-11"]


def test_a_name_that_is_a_template_is_refused(tmp_path: Path, school: School) -> None:
    school.devices = [device("3c:22:fb:05:00:11", "{{ lookup('pipe', 'id') }}")]
    said = refused(tmp_path, {"api": school.url, "token_file": str(tmp_path / "token")})
    assert "looks like a template" in said


def test_a_redirect_does_not_carry_the_token_elsewhere(tmp_path: Path, school: School) -> None:
    school.move_to = f"{school.url}/api/v1/devices?elsewhere=1"
    said = refused(tmp_path, {"api": school.url, "token_file": str(tmp_path / "token")})
    assert "answered 302" in said
    assert not school.asked


def test_a_wrong_token_is_said_so(tmp_path: Path, school: School) -> None:
    (tmp_path / "other").write_text("ct_another")
    assert "is the token right?" in refused(tmp_path, {"api": school.url, "token_file": str(tmp_path / "other")})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({}, "expected either `api` or `home`"),
        ({"api": "http://127.0.0.1:1", "home": "/nowhere"}, "expected either `api` or `home`"),
        ({"api": "http://127.0.0.1:1"}, "`api` needs `token_file`"),
        ({"home": "/nowhere"}, "/nowhere/switches.csv"),
    ],
)
def test_a_source_that_says_too_little_or_too_much_is_refused(
    tmp_path: Path, source: dict[str, Any], said: str
) -> None:
    assert said in refused(tmp_path, source)


def test_a_switches_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "switches.csv").write_text("host;name\n10.0.0.1;sw\n")
    assert "expected a first line such as name,host" in refused(tmp_path, {"home": str(tmp_path)})


def test_the_plugin_documents_itself(tmp_path: Path) -> None:
    done = run("ansible-doc", "-t", "inventory", "caretaker", home=tmp_path, cwd=ANSIBLE)
    assert done.returncode == 0, done.stderr
    assert "token_file" in done.stdout
