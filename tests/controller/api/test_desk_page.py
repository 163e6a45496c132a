"""The check-in desk at the console: a file that is sent is scanned by the real clamd, and its receipt shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from controller.accounts import SYSTEM
from controller.api.body_limit import LARGEST_SENT
from controller.policy.file import parse
from controller.station import clam
from controller.station.clam import EICAR
from inventory.agreements import Agreement, Signer
from inventory.model import Person, PersonId
from tests.controller.api.conftest import As
from tests.controller.api.pages import Page
from tests.controller.media_made import image, signatures
from tests.fakes.site import NINE, POLICY, FakeSite

KINDS = "\n  pen-drive: {pupils: never, staff: {needs: [scan-receipt], receipt_lasts: once}}\n"


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    with signatures() as folder:
        yield folder


@pytest.fixture
def desk(console: As, site: FakeSite, database: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """With the console as a station, and a teacher who has signed."""
    monkeypatch.setattr(clam, "DATABASE", database)
    monkeypatch.setattr(clam, "RUNNING", ())
    text = POLICY.replace("  printer: {segment: things}\n", f"  printer: {{segment: things}}{KINDS}")
    site.policy = parse(text, "school.yaml").policy
    site.store.put_people((Person(PersonId("t-smith"), "A <b>teacher", role="teacher"),), SYSTEM, NINE)
    signed = Agreement(PersonId("t-smith"), Signer.STAFF, "2026", NINE - timedelta(days=30))
    site.store.put_agreements((signed,), SYSTEM, NINE)
    client = console("technician")
    assert client.post("/desk/enrol", data={"csrf": token(client)}).status_code == 303
    return client


def token(client: TestClient) -> str:
    return Page(client.get("/desk").text).form_token()


def scan(client: TestClient, content: bytes, **fields: str) -> str:
    """The text of the receipt's page."""
    form = {"csrf": token(client), "person": "t-smith", **fields}
    answer = client.post("/desk/scan", data=form, files={"medium": ("stick.img", content)})
    assert answer.status_code == 303, answer.text
    return Page(client.get(answer.headers["location"]).text).text


@pytest.mark.needs("clamd", "mcopy")
def test_an_image_with_eicar_is_refused_and_a_clean_one_comes_in(
    desk: TestClient, site: FakeSite, tmp_path: Path
) -> None:
    bad = scan(desk, image(tmp_path / "bad.img", {"GAME.COM": EICAR}).read_bytes())
    assert "Not let in" in bad
    assert "GAME.COM" in bad
    assert [alarm.kind for alarm in site.store.alarms()] == ["virus"]
    good = scan(desk, image(tmp_path / "good.img", {"letter.txt": b"dear parents"}).read_bytes())
    assert "Let in" in good
    listed = Page(desk.get("/desk").text).text
    assert "Infected" in listed
    assert "Clean" in listed


@pytest.mark.needs("clamd")
def test_a_file_alone_says_no_serial_so_one_is_asked_for(desk: TestClient) -> None:
    form = {"csrf": token(desk), "person": "t-smith"}
    refused = desk.post("/desk/scan", data=form, files={"medium": ("letter.txt", b"dear parents")})
    assert refused.status_code == 422
    assert "Let in" in scan(desk, b"dear parents", serial="4C53")


def test_before_it_has_a_key_the_page_says_what_to_do(console: As) -> None:
    text = Page(console("technician").get("/desk").text).text
    assert "no station yet" in text
    assert "Nothing was scanned yet." in text


def test_what_is_too_large_is_refused_before_it_is_read(desk: TestClient) -> None:
    form = {"csrf": token(desk), "person": "t-smith", "serial": "x"}
    answer = desk.post("/desk/scan", data=form, files={"medium": ("big", bytes(LARGEST_SENT))})
    assert answer.status_code == 413


def test_a_form_without_its_token_scans_nothing(desk: TestClient, site: FakeSite) -> None:
    answer = desk.post("/desk/scan", data={"csrf": "x", "person": "t-smith"}, files={"medium": ("a", b"a")})
    assert answer.status_code == 403
    assert site.store.scans() == ()
