"""Two pages of the console: why is it blocked, and every device."""

from __future__ import annotations

import pytest

from tests.controller.api.conftest import As
from tests.controller.api.pages import Page
from tests.fakes.domain_table import FakeDomainTable
from tests.fakes.site import IPAD, STRANGER, FakeSite

NAMES = FakeDomainTable({"games": ["roblox.com"]})


@pytest.fixture(autouse=True)
def listed(site: FakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "names", lambda: NAMES)


def ask(console: As, role: str = "teacher", **asked: str) -> tuple[int, Page]:
    answer = console(role).get("/why", params=asked)
    return answer.status_code, Page(answer.text)


def test_the_form_stands_empty_before_anything_is_asked(console: As) -> None:
    status, page = ask(console)
    assert status == 200
    assert "answer-title" not in str(page.elements)
    assert {"value": "year-5"} in page.all("option")


def test_a_teacher_reads_why_and_what_would_change_it(console: As) -> None:
    status, page = ask(console, client="ipad-5-11", name="bbc.co.uk")
    assert status == 200
    for text in ("Blocked", "the internet is closed for this device", "opens a lesson for year-5", "Clause T1"):
        assert text in page.text


@pytest.mark.parametrize("name", ["roblox.com", "https://www.roblox.com/games?x=1", " ROBLOX.com/ "])
def test_an_address_copied_from_the_browser_is_a_site_too_at_a_moment_of_the_schools_clock(
    name: str, console: As
) -> None:
    status, page = ask(console, client="ipad-5-11", name=name, at="2026-11-24T09:20")
    assert status == 200
    assert "access_levels.key-stage-2.block[games]" in page.text
    (link,) = [each["href"] or "" for each in page.all("a") if (each["href"] or "").startswith("/report")]
    assert link.endswith("roblox.com")


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"client": "nobody-at-all", "name": "bbc.co.uk"}, 404, "nobody-at-all"),
        ({"client": "ipad-5-11", "name": "not a name at all"}, 422, "Expected a name"),
        ({"client": "ipad-5-11", "name": "bbc.co.uk", "at": "2026-02-30T09:20"}, 422, "That is no moment"),
        ({"client": "ipad-5-11", "name": "bbc.co.uk", "at": "1066-02-03T09:20"}, 422, "That is no moment"),
    ],
)
def test_a_mistake_is_said_beside_the_form_which_keeps_what_was_written(
    asked: dict[str, str], status: int, said: str, console: As
) -> None:
    got, page = ask(console, **asked)
    assert got == status
    assert said.casefold() in page.text.casefold()
    kept = {each["name"]: each.get("value") for each in page.all("input") if each.get("name") in asked}
    assert kept == asked


def test_a_teacher_is_not_told_about_another_years_child(console: As) -> None:
    assert ask(console, client="child-6", name="bbc.co.uk")[0] in (403, 404)
    assert "Blocked" not in ask(console, client="child-6", name="bbc.co.uk")[1].text


def test_devices_are_found_by_a_piece_of_their_name_or_address(console: As) -> None:
    def macs(**asked: str) -> set[str]:
        page = Page(console("technician").get("/devices", params=asked).text)
        return {(each["href"] or "").removeprefix("/devices/") for each in page.all("a")} - {"/devices"}

    assert {IPAD, STRANGER} <= macs()
    assert IPAD in macs(find="pad-5-11")
    assert STRANGER not in macs(find="pad-5-11")
    assert STRANGER in macs(which="quarantined")
    assert IPAD not in macs(which="quarantined")
    assert "No device fits" in console("technician").get("/devices", params={"find": "no such thing"}).text


def test_a_list_longer_than_a_page_goes_on_where_it_ended(
    console: As, site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.web.devices_page.ROWS", 1)
    seen, path = [], "/devices"
    while path:
        page = Page(console("technician").get(path).text)
        links = [each["href"] or "" for each in page.all("a")]
        seen += [link for link in links if link.startswith("/devices/")]
        path = next((link for link in links if "after=" in link), "")
    assert seen == [f"/devices/{mac}" for mac in sorted(site.inventory().devices)]
