"""`caretaker rpz` as the provider types it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.name
import dns.query
import dns.tsig
import pytest
from click.testing import Result
from typer.testing import CliRunner

from controller.cli import app
from dns_filter import table_file
from tests.dns_filter import school
from tests.dns_filter.rpz_resolvers import free_place
from tests.dns_filter.rpz_service import compile_school_lists


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("home")
    filter_ = root / "state" / "filter"
    filter_.mkdir(parents=True)
    compile_school_lists(filter_)
    table_file.write(filter_ / "table.json", school.table())
    return root


def caretaker(*words: str) -> Result:
    return CliRunner().invoke(app, ["rpz", *words])


def test_the_zone_of_a_profile_is_printed(home: Path) -> None:
    said = caretaker("show", "key-stage-2", "--home", str(home))
    assert said.exit_code == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == "$ORIGIN key-stage-2.profile.rpz.invalid."
    assert "*.roblox.com 10 CNAME *." in lines
    assert "www.google.co.uk 30 CNAME forcesafesearch.google.com." in lines


def test_without_a_profile_the_zones_are_listed(home: Path) -> None:
    said = caretaker("show", "--origin", "ash-lane.rpz.invalid", "--home", str(home)).stdout.split()
    assert "year-5.cohort.ash-lane.rpz.invalid" in said
    assert "key-stage-2.profile.ash-lane.rpz.invalid" in said


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("show", "key-stage-9"), 2, "there is no profile 'key-stage-9'"),
        (("serve", "--notify", "resolver.example"), 2, "expected an address"),
        (("serve", "--notify", "127.0.0.1:53@nobody"), 2, "there is no key 'nobody'"),
        (("serve", "--keys", "/nowhere/keys"), 1, "/nowhere/keys: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(home: Path, words: tuple[str, ...], status: int, complaint: str) -> None:
    caretaker("key", "first", "--home", str(home))
    said = caretaker(*words, "--home", str(home))
    assert said.exit_code == status
    assert complaint in said.stderr


@pytest.fixture
def served(home: Path) -> Iterator[tuple[str, int, str]]:
    """Where a server answers, and a secret that it knows."""
    keys = home / "provider.keys"
    made = caretaker("key", "provider", "--keys", str(keys))
    place = free_place()
    command = [sys.executable, "-m", "controller", "rpz", "serve", "--home", str(home), "--keys", str(keys)]
    server = subprocess.Popen([*command, "--listen", str(place)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        assert f"14 response policy zones on {place}" in server.stdout.readline()
        yield place.host, place.port, made.stdout.split('"')[3]
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
        server.stdout.close()


def test_a_served_zone_is_had_with_the_key_that_was_made(served: tuple[str, int, str]) -> None:
    host, port, secret = served
    query = dns.message.make_query("year-5.cohort.rpz.invalid", "AXFR")
    query.use_tsig({dns.name.from_text("provider"): dns.tsig.Key("provider", secret, dns.tsig.HMAC_SHA256)})
    heard = dns.query.tcp(query, host, port=port, timeout=60)
    assert heard.had_tsig
    assert heard.answer[0][0].serial > 0
