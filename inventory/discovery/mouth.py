"""Telling the controller over its API, in batches; what cannot be told now waits, within limits. ●"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from inventory.discovery.digest import Noted

PATIENCE = 20.0
"""Seconds for one answer."""
LARGEST_ANSWER = 1024 * 1024


class NotTold(Exception):
    """The controller did not take it. `again`: it may in a while."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.again = again


class Mouth:
    """`url` is that of the controller, `token_file` holds a token with the scope `sightings:write` and no more."""

    def __init__(self, url: str, token_file: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"expected the address of a controller such as https://caretaker.school.example, not {url!r}"
            )
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._path = parts.path.rstrip("/") + "/api/v1/sightings"
        self._token_file = token_file
        # Once: to read the machine's authorities takes as long as everything else together.
        self._context = ssl.create_default_context() if self._secure else None

    def tell(self, batch: Sequence[Noted]) -> None:
        """Raises NotTold."""
        body = json.dumps({"sightings": [_sighting(noted) for noted in batch]}).encode()
        try:
            # Read each time: a token that was renewed needs no restart.
            token = self._token_file.read_text().strip()
            status, said = self._post(body, token)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotTold(f"the controller does not answer: {error}", again=True) from error
        if status >= 300:
            # What it finds wrong with this batch it would find wrong again.
            raise NotTold(
                f"the controller refused ({status}): {said}", again=status in (401, 403, 429) or status >= 500
            )

    def _post(self, body: bytes, token: str) -> tuple[int, str]:
        connection: http.client.HTTPConnection
        if self._context is not None:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=PATIENCE, context=self._context)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE)
        try:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            connection.request("POST", self._path, body, headers)
            answer = connection.getresponse()
            said = answer.read(LARGEST_ANSWER).decode("utf-8", "replace")
            return answer.status, _detail(said)
        finally:
            connection.close()


def _sighting(noted: Noted) -> dict[str, Any]:
    heard = noted.heard
    told = {
        name: getattr(heard, name) for name in ("mac", "address", "hostname", "fingerprint", "vendor_class", "vlan")
    }
    return {
        **{name: value for name, value in told.items() if value is not None},
        "source": heard.source,
        "at": noted.at.isoformat(),
    }


def _detail(said: str) -> str:
    try:
        return str(json.loads(said)["detail"])[:200]
    except (ValueError, KeyError, TypeError):
        return "something else than a controller"
