"""What a greedy, slow or confused client gets: a refusal early, in words, and never our memory."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from controller.api.body_limit import LARGEST, BodyLimit
from controller.store import errors
from tests.controller.api.conftest import As
from tests.fakes.site import FakeSite


class Reached:
    """An app that remembers the body it was given."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def post(app: BodyLimit, chunks: list[bytes], declared: str | None = None, *, stalls: bool = False) -> tuple[int, int]:
    """(status, chunks taken): the chunks as a client would send them; one that stalls never sends its last."""
    taken, sent = [0], []

    async def receive() -> Message:
        if taken[0] == len(chunks):
            await asyncio.Event().wait()
        taken[0] += 1
        more = stalls or taken[0] < len(chunks)
        return {"type": "http.request", "body": chunks[taken[0] - 1], "more_body": more}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", declared.encode())] if declared is not None else []
    asyncio.run(app({"type": "http", "method": "POST", "headers": headers}, receive, send))
    return sent[0]["status"], taken[0]


@pytest.mark.parametrize(
    ("chunks", "declared", "status", "taken"),
    [
        ([b"x" * 10], "10", 200, 1),
        ([b"x" * 5, b"x" * 5], None, 200, 2),
        ([b"x" * 11], "11", 413, 0),  # said so itself: nothing is read
        ([b"x" * 11], "9" * 400, 413, 0),
        ([b"x" * 6, b"x" * 6, b"x" * 6], None, 413, 2),  # chunked: not one chunk more than needed
        ([b"x" * 6, b"x" * 6, b"x" * 6], "3", 413, 2),
        ([b""], "junk", 200, 1),
    ],
)
def test_a_body_is_read_up_to_its_limit(chunks: list[bytes], declared: str | None, status: int, taken: int) -> None:
    reached = Reached()
    assert post(BodyLimit(reached, largest=10), chunks, declared) == (status, taken)
    assert reached.bodies == ([b"".join(chunks)] if status == 200 else [])


def test_a_sender_that_stalls_is_sent_away_and_never_reaches_the_app() -> None:
    reached = Reached()
    assert post(BodyLimit(reached, deadline=0.05), [b"half"], stalls=True) == (408, 1)
    assert reached.bodies == []


def test_a_sender_that_leaves_is_not_answered() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(BodyLimit(Reached())({"type": "http", "method": "POST", "headers": []}, receive, send))
    assert sent == []


def test_a_megabyte_is_enough_for_everybody(stranger: TestClient, api: As) -> None:
    for client in (stranger, api("ict_lead")):
        answer = client.post("/api/v1/windows", content=b"x" * (LARGEST + 1))
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert answer.json()["status"] == 413
        assert answer.headers["connection"] == "close"
        assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b"\x00", b"nul", b'"', b"1" * 10_000]
)
def test_no_body_makes_it_stumble(body: bytes, api: As, stranger: TestClient) -> None:
    json_type = {"Content-Type": "application/json"}
    assert api("ict_lead").post("/api/v1/windows", content=body, headers=json_type).status_code == 422
    assert stranger.post("/api/v1/windows", content=body, headers=json_type).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v2/windows", 404),
        ("PUT", "/api/v1/windows", 405),
        ("TRACE", "/api/v1/windows", 405),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/%2e%2e/api/app.py", 404),
        ("GET", "/static/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
    ],
)
def test_what_is_not_there_is_said_in_our_own_shape(method: str, path: str, status: int, stranger: TestClient) -> None:
    answer = stranger.request(method, path)
    assert answer.status_code == status
    if path.startswith("/api/"):
        assert answer.json()["type"].startswith("urn:caretaker:")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (errors.StoreBusy("The database is in use by somebody else. (sqlite: locked)"), 503, "in use"),
        (errors.StoreGone("The database cannot be reached."), 503, "reached"),
        (errors.StoreReadOnly("The database is read-only."), 503, "read-only"),
        (errors.StoreDamaged("The database is damaged."), 503, "damaged"),
        (errors.StoreFull("The disk is full. (SQLITE_FULL)"), 507, "full"),
        (errors.NotFound("There is no window w9."), 404, "no window"),
        (errors.WindowOver("Window w1 is over already."), 409, "over"),
        (errors.Conflict("This token exists already."), 409, "exists"),
    ],
)
def test_what_the_store_says_is_answered_in_plain_words(
    error: errors.StoreError, status: int, words: str, api: As, site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = api("teacher")

    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(site.store, "open_window", fails)
    answer = teacher.post("/api/v1/windows", json={"group": "year-5", "minutes": 15})
    assert (answer.status_code, site.loop.woken) == (status, [])
    assert words in answer.json()["detail"]
    assert "sqlite" not in answer.text.lower()
    assert ("retry-after" in answer.headers) == (status == 503)


def test_a_refusal_that_cannot_be_written_down_is_still_a_refusal(
    api: As, site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = api("teacher")

    def full(*_: Any) -> None:
        raise errors.StoreFull("The disk is full.")

    monkeypatch.setattr(site.store, "record", full)
    assert teacher.get("/api/v1/plan").status_code == 507
    assert teacher.post("/api/v1/windows", content=b"{").status_code in {422, 507}


def test_a_bug_is_answered_without_its_story_and_raised_again(
    app: FastAPI, site: FakeSite, monkeypatch: pytest.MonkeyPatch, api: As
) -> None:
    token = dict(api("teacher").headers)

    def broken(*_: Any) -> None:
        raise RuntimeError("secret path /srv/school")

    monkeypatch.setattr(site.store, "windows", broken)
    answer = TestClient(app, headers=token, raise_server_exceptions=False).get("/api/v1/windows")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers
    with pytest.raises(RuntimeError, match="secret path"):
        TestClient(app, headers=token).get("/api/v1/windows")


def test_a_misspelt_filter_is_refused_and_named_by_what_exists(api: As) -> None:
    answer = api("teacher").get("/api/v1/devices", params={"yeargroup": "year-5"})
    assert answer.status_code == 422
    assert "year_group" in answer.json()["todo"]
    assert json.dumps(answer.json()).count("yeargroup") == 0
