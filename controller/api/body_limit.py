"""No request body above 1 MiB (16 where a file is sent), none that takes longer than 20 seconds: refused unread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.api.problems import MEDIA_TYPE

LARGEST = 1024 * 1024
LARGEST_SENT = 16 * 1024 * 1024
"""Where a file is sent to be scanned."""
DEADLINE = 20.0


class TooLarge(Exception):
    """The body is longer than allowed. Never leaves this file."""


class SenderLeft(Exception):
    """The connection was closed before the body was whole. Never leaves this file."""


class BodyLimit:
    """ASGI middleware: reads the body itself, within its limits, and calls the app only with a whole one.

    So no route, form parser or JSON reader behind it ever waits for a sender or holds more than `largest` bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        largest: int = LARGEST,
        deadline: float = DEADLINE,
        larger: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """`larger`: paths that take more, and how much. One such body is held at a time, whoever sends it."""
        self._app, self._largest, self._deadline, self._larger = app, largest, deadline, larger
        self._turn = asyncio.Semaphore(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._larger.get(scope.get("path", ""), self._largest)
        if largest > self._largest:
            async with self._turn:
                await self._within(largest, scope, receive, send)
            return
        await self._within(largest, scope, receive, send)

    async def _within(self, largest: int, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check_declared(scope, largest)
            body = await asyncio.wait_for(self._whole(receive, largest), self._deadline)
        except TooLarge:
            said = f"The request body is larger than {largest // 2**20 or 1} MiB."
            await _refuse(scope, send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
        except TimeoutError:
            await _refuse(scope, send, HTTPStatus.REQUEST_TIMEOUT, "The request body did not arrive in time.")
        except SenderLeft:
            return
        else:
            await self._app(scope, _replay(body, receive), send)

    def _check_declared(self, scope: Scope, largest: int) -> None:
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > largest:
            raise TooLarge

    async def _whole(self, receive: Receive, largest: int) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise SenderLeft
            body += message.get("body", b"")
            if len(body) > largest:
                raise TooLarge
            if not message.get("more_body", False):
                return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


async def _refuse(scope: Scope, send: Send, status: HTTPStatus, detail: str) -> None:
    problem = {
        "type": f"urn:caretaker:{status.phrase.lower().replace(' ', '-')}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "todo": "Send less at once: split a long list into several requests.",
        "request_id": scope.get("request_id", ""),
        "mistakes": [],
    }
    content = json.dumps(problem).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": content})
