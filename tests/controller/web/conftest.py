"""The same school as at the API, and browsers that stand at its door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from controller.web.doorway.app import make_doorway
from tests.fakes.site import FakeSite, open_site

From = Callable[..., TestClient]
DOOR = "http://10.10.0.9"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    opened = open_site(tmp_path)
    yield opened
    opened.store.close()


@pytest.fixture
def door(site: FakeSite) -> From:
    """`door("10.20.0.11")`: a browser with that address; `name` is what the door is called in the school."""
    apps = {}

    def come_from(address: str, languages: str = "", name: str = "") -> TestClient:
        app = apps.setdefault(name, make_doorway(site, name))
        headers = {"Accept-Language": languages} if languages else {}
        return TestClient(app, DOOR, client=(address, 40_000), headers=headers, follow_redirects=False)

    return come_from
