"""`caretaker radius`: a configuration FreeRADIUS itself accepts, and what each client has taken up."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from controller.clock import SystemClock
from controller.health_radius import LOOKS
from controller.home import Home
from controller.model import Actor
from controller.radius.answer import Limits
from tests.controller.commands.conftest import Run
from tests.controller.radius.servers import certificates
from tests.fakes.site import IPAD, FakeSite

SECRET = "b2b3c1d0e9f84a5f9c1d"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.radius.certificates.make_certificates", lambda *_: certificates())


@pytest.fixture
def asked(school: Path) -> Path:
    """A school that has asked for RADIUS, with one client."""
    (school / "secrets.toml").write_text(f'[radius.wifi]\naddress = "10.10.0.0/24"\nsecret = "{SECRET}"\n')
    (school / "settings.toml").write_text("[radius]\nenabled = true\n")
    return school


@pytest.mark.needs("freeradius")
def test_what_is_written_freeradius_reads(asked: Path, run: Run, tmp_path: Path) -> None:
    made = run(
        "radius", "init", tmp_path / "fr", "--home", asked, "--user", "none", "--api", "https://caretaker.example"
    )
    assert made.status == 0, made.err
    assert SECRET not in made.out + made.err
    said = subprocess.run(
        ["freeradius", "-C", "-X", "-d", str(tmp_path / "fr")], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout[-2000:]
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "fr").rglob("*") if path.is_file()}
    assert set(modes.values()) == {0o600}
    assert "ipaddr = 10.10.0.0/24" in (tmp_path / "fr" / "clients.conf").read_text()


def test_again_it_renews_the_token_and_leaves_what_is_the_schools(asked: Path, run: Run, tmp_path: Path) -> None:
    words = ("radius", "init", tmp_path / "fr", "--home", asked, "--user", "none")
    assert run(*words).status == 0
    first = (tmp_path / "fr" / "token.conf").read_text()
    (tmp_path / "fr" / "people").write_text("child-5-01 NT-Password := 0x00\n")
    key = (tmp_path / "fr" / "certs" / "server.key").read_bytes()
    assert run(*words).status == 0
    assert (tmp_path / "fr" / "token.conf").read_text() != first
    assert (tmp_path / "fr" / "people").read_text().startswith("child-5-01")
    assert (tmp_path / "fr" / "certs" / "server.key").read_bytes() == key
    found = [finding for look in LOOKS for finding in look(Home(asked), SystemClock().now())]
    assert [finding.state for finding in found] == ["good", "good"]  # one token, not two


def test_doctor_says_what_is_missing(asked: Path) -> None:
    found = [finding for look in LOOKS for finding in look(Home(asked), SystemClock().now())]
    assert any("no FreeRADIUS has a token" in finding.text for finding in found)
    (asked / "secrets.toml").write_text(
        f'[radius.wifi]\naddress = "10.10.0.9"\nsecret = "{SECRET}"\nmessage_authenticator = false\n'
    )
    found = [finding for look in LOOKS for finding in look(Home(asked), SystemClock().now())]
    assert any("CVE-2024-3596" in finding.text for finding in found)
    (asked / "settings.toml").write_text("")
    assert [finding for look in LOOKS for finding in look(Home(asked), SystemClock().now())] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--listen", "here; evil"), "an address"),
        (("--name", "a b"), "a host name"),
        (("--api", "file:///etc"), "such as https"),
        (("--ca-file", 'a"b'), "a PEM file"),
        (("--user", "nobody-of-this-name"), "there is no user"),
    ],
)
def test_what_could_say_more_than_itself_is_refused(
    asked: Path, run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    made = run("radius", "init", tmp_path / "fr", "--home", asked, *words)
    assert made.status == 2
    assert said in made.err


def test_status_says_who_is_signed_on(controller: FakeSite, run: Run) -> None:
    from controller.radius.ask import Ask

    actor = controller.account("api_client", name="freeradius")
    controller.radius.answer(Ask(IPAD, "sw-ict", "Gi1/0/7"), _as(actor.name), controller.clock.now())
    said = run("radius", "status", "--json")
    assert said.status == 0
    (session,) = said.json["items"]
    assert (session["client"], session["port"], session["vlan"], session["belongs"]) == ("sw-ict", "Gi1/0/7", 20, 20)
    assert "ipad-5-11" in run("radius", "status").out


def test_status_says_when_it_is_off(controller: FakeSite, run: Run) -> None:
    controller.limits = None
    assert "RADIUS is off" in run("radius", "status").out
    controller.limits = Limits()


def _as(name: str) -> Actor:

    return Actor(name, "api_client")
