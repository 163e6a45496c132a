"""`caretaker import netbox` and `caretaker import ansible`: JSON from files, or NetBox asked over its API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from controller.commands.output import fail, say
from inventory.imports.documents import Documents, NotSuch, read_ansible, read_netbox
from inventory.imports.entries import Choices
from inventory.roster import write_switches

SYSTEMS = {
    "netbox": "NetBox: devices.json and interfaces.json of its API, or --url",
    "ansible": "Ansible: what `ansible-inventory --list` prints",
}
PAGE = 500
MOST_PAGES = 200


def read_documents(
    system: str, files: Sequence[Path], url: str, token_file: Path | None, choices: Choices
) -> Documents:
    """Ends the command with a sentence where there is nothing to read."""
    try:
        if system == "ansible":
            if len(files) != 1:
                fail("expected one file: `ansible-inventory --list > network.json`", status=2)
            return read_ansible(files[0].read_bytes(), str(files[0]), choices)
        if url:
            token = token_file.read_text().strip() if token_file else ""
            return read_netbox(_all(url, "devices", token), _all(url, "interfaces", token), url, choices)
        if len(files) != 2:
            fail("expected devices.json and interfaces.json, or --url of a NetBox", status=2)
        return read_netbox(files[0].read_bytes(), files[1].read_bytes(), str(files[0]), choices)
    except (NotSuch, OSError) as error:
        fail(str(error))


def keep_switches(found: Documents, out: Path | None) -> None:
    """Switches are the school's own file's: written beside it, for a person to look at and take over."""
    if not found.switches:
        return
    if out is None:
        say(f"{len(found.switches)} switches: --switches-out FILE writes them as switches.csv has them", err=True)
    else:
        out.write_text(write_switches(found.switches), encoding="utf-8", newline="")
        say(f"{len(found.switches)} switches written to {out}; each begins in the mode observe", err=True)


def _all(url: str, noun: str, token: str) -> bytes:
    """Every page of a list, joined."""
    import httpx2

    place, rows = f"{url.rstrip('/')}/api/dcim/{noun}/?limit={PAGE}", list[Any]()
    here = urlsplit(url)
    headers = {"Accept": "application/json", **({"Authorization": f"Token {token}"} if token else {})}
    try:
        with httpx2.Client(headers=headers, timeout=30, trust_env=False) as client:
            for _ in range(MOST_PAGES):
                page = client.get(place).raise_for_status().json()
                if not isinstance(page, dict) or not isinstance(page.get("results"), list):
                    raise NotSuch(f"{url}: expected a NetBox")
                rows += page["results"]
                following = page.get("next")
                if not following:
                    break
                # The token goes to the NetBox that was named, and nowhere else.
                if urlsplit(str(following))[:2] != here[:2]:
                    raise NotSuch(f"{url}: its next page lies elsewhere: {str(following)[:80]}")
                place = str(following)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise NotSuch(f"{url}: {error}") from error
    return json.dumps({"results": rows}).encode()
