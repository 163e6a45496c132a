"""Letters leave by apprise, to a server of the test's own: what arrives, and what is said where nothing does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from controller.reports.model import Stage
from controller.reports.notices import Notice
from controller.reports.send import Sender

# apprise itself reads a module that Python 3.13 has no more, and has a way round it there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
NOTICE = Notice(Stage.HEAD, "head@ashlane.example", "Caretaker: 1 reported site waits for you", "c1: poki.com", (1,))


@pytest.fixture(autouse=True)
def apprise_lets_its_threads_go(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It keeps some for the whole life of a process; each test gets its own."""
    with ThreadPoolExecutor(2) as pool:
        monkeypatch.setattr("apprise.apprise._shared_executor", pool)
        yield


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """Its address as apprise spells it, and what came: path and body."""
    came: list[tuple[str, Any]] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Takes) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"json://127.0.0.1:{server.server_port}/caretaker", came
        finally:
            server.shutdown()
            thread.join()


def test_a_webhook_gets_our_words_and_whom_they_are_for() -> None:
    with webhook() as (address, came):
        assert Sender((f"{address}/{{to}}",)).send(NOTICE)
    ((path, body),) = came
    assert path.rstrip("/") == "/caretaker/head@ashlane.example"
    assert (body["title"], body["message"]) == (NOTICE.title, NOTICE.body)


def test_it_counts_as_sent_only_where_every_way_took_it() -> None:
    with webhook() as (good, came), webhook(503) as (bad, _):
        assert not Sender((good, bad)).send(NOTICE)
    assert len(came) == 1


@pytest.mark.parametrize("address", ["nothing://of-the-kind", "json://127.0.0.1:1/"])
def test_what_cannot_be_sent_is_logged_without_the_address(address: str) -> None:
    with capture_logs() as logged:
        assert not Sender((address.replace("//", "//caretaker:pass-word-9@"),)).send(NOTICE)
    assert [each["event"] for each in logged] == ["notice not sent"]
    assert "pass-word-9" not in str(logged)


def test_without_addresses_there_is_nobody_to_write_to() -> None:
    assert not Sender(())
