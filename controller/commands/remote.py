"""Speaking to the running controller: where it is, which token, and its answers as plain values."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.commands.output import FOUND_WRONG, fail


@dataclass(frozen=True, slots=True)
class Remote:
    """An address and a bearer token of the API."""

    url: str
    token: str


def state_folder() -> Path:
    """Where things are kept that no school's folder holds: `~/.local/state/caretaker`, or below XDG_STATE_HOME."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "caretaker"


def demo_home() -> Path:
    return state_folder() / "demo"


def find_home(home: Path | None = None) -> Path:
    """The school a command speaks of: --home, CARETAKER_HOME, this folder if it is a school's, else the demo."""
    if home is not None:
        return home
    if named := os.environ.get("CARETAKER_HOME"):
        return Path(named)
    here = Path.cwd()
    return here if (here / "school.yaml").is_file() and (here / "settings.toml").is_file() else demo_home()


def running(home: Path | None = None) -> Remote | None:
    """The controller of this school, or None where none has written down that it runs."""
    if (url := os.environ.get("CARETAKER_URL")) and (token := os.environ.get("CARETAKER_TOKEN")):
        return Remote(url.rstrip("/"), token)
    note = find_home(home) / "state" / "run" / "connection.json"
    try:
        told = json.loads(note.read_text())
        return Remote(told["url"], Path(told["token_file"]).read_text().strip())
    except FileNotFoundError:
        return None
    except PermissionError:
        fail(f"{note} belongs to another user", "Run the command as the user that runs `caretaker up`.")


def call(method: str, path: str, *, home: Path | None = None, json_body: Any = None, **query: Any) -> Any:
    """One request to the API; its JSON. Ends the command with the controller's own words where it refuses."""
    import httpx2

    remote = running(home)
    if remote is None:
        fail(f"no controller runs for {find_home(home)}", "Start one with `caretaker up`, or name another with --home.")
    params = {name: value for name, value in query.items() if value is not None}
    try:
        reply = httpx2.request(
            method,
            f"{remote.url}/api/v1{path}",
            headers={"Authorization": f"Bearer {remote.token}"},
            params=params,
            json=json_body,
            timeout=30,
            trust_env=False,
        )
    except httpx2.TransportError as error:
        fail(f"the controller at {remote.url} does not answer ({error})", "Is `caretaker up` still running?")
    body = _body(reply.content)
    if reply.status_code >= 400:
        fail(_words(body, reply.status_code), status=FOUND_WRONG)
    return body


def _body(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode(errors="replace")


def _words(body: Any, status: int) -> str:
    if isinstance(body, Mapping):
        told = [str(body[key]) for key in ("title", "detail", "todo") if body.get(key)]
        return ": ".join(told) or f"refused ({status})"
    return f"refused ({status})"
