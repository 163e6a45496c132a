"""Speaking to the running controller: where it is, which token, and its answers as plain values."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

from controller.commands.output import fail


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
        return Remote(str(told["url"]), Path(told["token_file"]).read_text().strip())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        fail(f"{note} belongs to another user", "Run the command as the user that runs `caretaker up`.")
    except (OSError, ValueError, KeyError, TypeError):
        fail(f"{note} is damaged", "Start `caretaker up` again: it writes a new one.")


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
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeEncodeError) as error:
        why = str(error) or type(error).__name__
        fail(f"the controller at {remote.url} does not answer ({why})", "Is `caretaker up` still running?")
    try:
        body = json.loads(reply.content) if reply.content else None
    except ValueError:
        fail(f"something else than a controller answers at {remote.url}", "Is `caretaker up` still running?")
    if reply.status_code >= 300:
        _refused(body, reply.status_code)
    return body


def part(text: str) -> str:
    """What somebody typed, as one part of a path: never a path or a query of its own."""
    return quote(text, safe=":")


def answers(remote: Remote) -> bool:
    """Whether anything listens there; a controller that was killed leaves its note behind."""
    place = urlsplit(remote.url)
    try:
        socket.create_connection((place.hostname or "", place.port or 80), timeout=2).close()
    except (OSError, ValueError):
        return False
    return True


def _refused(body: Any, status: int) -> NoReturn:
    if not isinstance(body, Mapping):
        fail(f"refused ({status})")
    mistakes = [f"{each['where']}: {each['problem']}" for each in body.get("mistakes", ())]
    words = ": ".join(str(body[key]) for key in ("title", "detail") if body.get(key))
    fail("\n".join((words or f"refused ({status})", *mistakes)), str(body.get("todo") or ""))
