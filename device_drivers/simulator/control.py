"""The control socket of a running simulator: JSON lines over a UNIX socket, and the client for it."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_LONGEST = 1_000_000
PATIENCE = 10.0

Order = Callable[[Mapping[str, object]], Mapping[str, object]]


def ask(socket_path: Path, message: Mapping[str, object]) -> dict[str, Any]:
    """One order, one reply. Raises OSError where nothing listens, ValueError with the simulator's words if it refused.

    `{"do": "plug", "mac": …, "switch": …, "port": …, "address": …, "hostname": …}`, `{"do": "unplug", "mac": …}`,
    `{"do": "state"}`, `{"do": "fault", "device": …, "kind": …, "after": …}`.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(str(socket_path))
        sock.sendall(json.dumps(message).encode() + b"\n")
        with sock.makefile("rb") as replies:
            reply: dict[str, Any] = json.loads(replies.readline())
    if "error" in reply:
        raise ValueError(reply["error"])
    return reply


class ControlServer:
    """Listens from the moment it is made. The socket can be used by its owner only."""

    def __init__(self, path: Path, order: Order) -> None:
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)

        class Speak(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while line := self.rfile.readline(_LONGEST):
                    self.wfile.write(json.dumps(_reply(line, order)).encode() + b"\n")

        self._path = path
        self._server = socketserver.ThreadingUnixStreamServer(str(path), Speak)
        self._server.daemon_threads = True
        path.chmod(0o600)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._path.unlink(missing_ok=True)


def _reply(line: bytes, order: Order) -> Mapping[str, object]:
    try:
        message = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError("an order is a JSON object")
        return order(message)
    except (ValueError, KeyError) as error:
        return {"error": str(error)}
