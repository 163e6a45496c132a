"""`caretaker up` for a school whose settings ask for encrypted DNS and response zones: both run, and are seen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.zone
import pytest

from controller.home import Home
from controller.new_school import write_new_school
from controller.supervisor import leftover
from dns_filter.rpz.keys import make_key
from tests.demo.running import CARETAKER, LAST_LINE, Ports, demo_ports, kill
from tests.dns_filter.encrypted import NAME, write_pair
from tests.shared_data import PROJECT
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("everything on")]
CHILDREN = ("response-zones", "dns-filter", "controller")


@pytest.fixture
def ports() -> Ports:
    return demo_ports()


@pytest.fixture
def home(tmp_path: Path, ports: Ports) -> Iterator[Home]:
    """A new school with both in its settings; whatever runs for it is dead in the end."""
    made = Home(tmp_path / "school")
    write_new_school(made.root)
    made.make()
    # Strangers get no handshake: whoever asks here sits in the guests' network.
    made.policy.write_text(made.policy.read_text().replace("10.50.0.0/24", "127.0.0.0/8"))
    made.switches.write_text("name,host,ssh_port,platform,purpose,mode,credentials,room\n")
    write_pair(made.root)
    made.settings.write_text(
        f'[dns]\nlisten = "127.0.0.1:{ports.dns}"\nworkers = 1\nupstreams = "127.0.0.1:9"\n'
        f'dot = "127.0.0.1:{ports.ssh}"\ncertificate = "fullchain.pem"\ncertificate_key = "privkey.pem"\n'
        f'[api]\nlisten = "127.0.0.1:{ports.api}"\n'
        f'[rpz]\nlisten = "127.0.0.1:{ports.ssh + 1}"\norigin = "rpz.ashlane.example"\n'
    )
    make_key(made.filter / "rpz.keys", "subscriber")
    try:
        yield made
    finally:
        for name in CHILDREN:
            if pid := leftover(made.run, name):
                kill(pid)
        until(lambda: all(leftover(made.run, name) is None for name in CHILDREN))


@contextmanager
def up(home: Home, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CARETAKER_")}
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen(
            (*CARETAKER, "up", "--home", str(home.root)), cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            env={**kept, "HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}"},
        )  # fmt: skip
    try:
        until(lambda: process.poll() is not None or LAST_LINE in (tmp_path / "out").read_text(), 60)
        assert process.poll() is None, (tmp_path / "err").read_text()
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def the_zone(home: Home, port: int) -> dns.zone.Zone:
    statement = (home.filter / "rpz.keys").read_text()
    secret = statement.split('secret "')[1].split('"')[0]
    ring = dns.tsigkeyring.from_text({"subscriber": ("hmac-sha256", secret)})
    names = subprocess.run(
        (*CARETAKER, "rpz", "show", "--origin", "rpz.ashlane.example", "--home", str(home.root)),
        capture_output=True, text=True, check=True, cwd=PROJECT,
    ).stdout.split()  # fmt: skip
    zone = dns.zone.Zone(names[0])
    query = dns.message.make_query(names[0], "AXFR")
    query.use_tsig(ring, keyname="subscriber.")
    dns.query.inbound_xfr("127.0.0.1", zone, query, port=port, lifetime=60)
    return zone


def test_what_the_settings_ask_for_is_started_seen_by_the_doctor_and_found_again(
    home: Home, ports: Ports, tmp_path: Path
) -> None:
    with up(home, tmp_path) as process:
        health = dns.message.make_query("health.filter.invalid", "TXT")
        said = dns.query.tls(
            health,
            "127.0.0.1",
            port=ports.ssh,
            server_hostname=NAME,
            verify=str(home.root / "fullchain.pem"),
            timeout=60,
        )
        assert said.rcode() == dns.rcode.NOERROR
        assert the_zone(home, ports.ssh + 1).nodes
        doctor = subprocess.run(
            (*CARETAKER, "doctor", "--json", "--home", str(home.root)), capture_output=True, text=True, cwd=PROJECT,
            check=False,
        )  # fmt: skip
        states = {each["about"]: each["state"] for each in json.loads(doctor.stdout)}
        assert (states["encrypted DNS"], states["response zones"]) == ("good", "good"), doctor.stdout
        until(lambda: any(home.backups.glob("caretaker-*.db")))

        # The filter and the zones outlive whoever started them, and are taken over by the next start.
        before = {name: leftover(home.run, name) for name in ("response-zones", "dns-filter")}
        assert None not in before.values()
        process.kill()
        process.wait()
        until(lambda: leftover(home.run, "controller") is None)
        assert {name: leftover(home.run, name) for name in before} == before
        assert the_zone(home, ports.ssh + 1).nodes
    with up(home, tmp_path):
        after = {name: leftover(home.run, name) for name in before}
        assert None not in after.values()
        assert not set(after.values()) & set(before.values())
    assert all(leftover(home.run, name) is None for name in CHILDREN), "Ctrl-C ends all of it"
