"""The console's pages: what they show, in whose words and time, and that a hostile name stays text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from controller.accounts import SYSTEM, TokenKind
from controller.api.access import SESSION_COOKIE
from controller.model import EnforcementPoint, PointState
from controller.push.moments import Moments
from controller.web.pages import TEMPLATES
from inventory.model import Admission, Device, Hold, Mac, PortRef, Sighting, SwitchName
from tests.controller.api.conftest import As
from tests.controller.api.pages import Page
from tests.fakes.site import IPAD, NINE, STRANGER, FakeSite

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "<!--<p>",
    "&lt;b&gt;&#x3c;b&#x3e;",
    "=cmd|'/C calc'!A0",
    "line\r\nSet-Cookie: x=1",
    "\u202egpj.exe",
]
ALLOWED = (
    {
        "html",
        "head",
        "meta",
        "title",
        "link",
        "script",
        "body",
        "main",
        "header",
        "nav",
        "section",
        "div",
        "span",
        "bdi",
    }
    | {"h1", "h2", "p", "a", "img", "strong", "br", "time", "ul", "li", "dl", "dt", "dd"}
    | {"form", "input", "button", "fieldset", "legend", "label", "select", "option", "optgroup"}
    | {"details", "summary", "datalist"}
)


def structure(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(sorted(attributes))) for tag, attributes in page.elements]


def check_safe(page: Page) -> None:
    """No element, attribute or address that our templates do not write themselves."""
    assert {tag for tag, _ in page.elements} <= ALLOWED
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcdoc"}]
        for name in ("src", "href", "action", "hx-get"):
            value = attributes.get(name) or "/"
            assert value.startswith(("/", "#main")), (tag, value)
            assert not value.startswith("//")
    assert [script for script in page.all("script") if script != {"src": "/static/htmx.min.js", "defer": None}] == []
    assert not page.all("style")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text_wherever_it_appears(name: str, console: As, site: FakeSite, app: FastAPI) -> None:
    mac = Mac("de:ad:be:00:00:66")
    place = PortRef(SwitchName("sw-ict"), name)
    site.store.record_sightings((Sighting(mac, NINE, "dhcp", place, 999, "10.99.0.66", name),), NINE)
    held = Device(mac, name, name, Admission.REGISTERED, room=name, hold=Hold(name, name, NINE), first_seen=NINE)
    site.store.put_devices((held,), SYSTEM, NINE)
    site.loop.seen = (EnforcementPoint(name, "access", PointState.UNREACHABLE, NINE, name),)
    lead = site.account("ict_lead", name=name)
    browser = TestClient(app, follow_redirects=False, cookies={SESSION_COOKIE: site.secret(lead, TokenKind.SESSION)})
    browser.post("/api/v1/windows", json={})
    head = site.account("head", name=f"head {name}")
    token = {"Authorization": f"Bearer {site.secret(head)}"}
    why = " ".join(name.split())
    opened = browser.post("/api/v1/windows", json={"group": "year-6", "minutes": 30, "why": why}, headers=token)
    assert opened.status_code == 202
    pages = ("/", "/devices", f"/devices/{mac}", f"/why?client={mac}&name=bbc.co.uk")
    for path in (*pages, "/part/lessons", "/part/quarantine", "/part/points"):
        answer = browser.get(path)
        assert answer.status_code == 200
        page = Page(answer.text)
        check_safe(page)
        assert "{{" not in name or "49" not in page.text
    everything = Page(browser.get("/").text).text
    assert everything.count(" ".join(name.split())) >= 4  # the point, the lesson, the device, its hold
    assert "set-cookie" not in answer.headers


def test_a_hostile_name_changes_nothing_of_the_page_but_its_text(console: As, site: FakeSite) -> None:
    shapes = set()
    for name in ("laptop", *HOSTILE):
        held = Device(IPAD, name, "school-ipad", Admission.REGISTERED, hold=Hold("ict_lead", name, NINE))
        site.store.put_devices((held,), SYSTEM, NINE)
        shapes.add(str(structure(Page(console("ict_lead").get("/part/quarantine").text))))
    assert len(shapes) <= 2  # with and without "calls itself"


def test_nothing_in_the_address_gets_onto_a_page(console: As, stranger: TestClient) -> None:
    lead = console("ict_lead")
    for path in ("/?said=<script>", "/<script>alert(1)</script>", "/devices/<script>", "/?<script>=1"):
        answer = lead.get(path)
        assert answer.status_code in {404, 422}
        assert "<script>" not in answer.text.replace('<script src="/static/htmx.min.js" defer></script>', "")
    assert "alert" not in stranger.get("/api/v1/<script>alert(1)</script>").text


def test_every_page_forbids_scripts_that_are_not_files_of_ours(console: As, stranger: TestClient) -> None:
    lead = console("ict_lead")
    answers = [lead.get(path) for path in ("/", f"/devices/{IPAD}", "/nowhere", "/static/console.css", "/sign-in")]
    answers.append(stranger.get("/api/v1/windows"))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.headers["x-request-id"]) == 32
        style = answer.url.path.startswith("/static/")
        assert answer.headers["cache-control"] == ("no-cache" if style else "no-store")


def test_a_lesson_is_opened_extended_and_ended_by_one_click_each(console: As, site: FakeSite) -> None:
    teacher = console("teacher")
    page = Page(teacher.get("/").text)
    assert "Open Year 5 for" in page.text
    assert "Open Year 6 for" not in page.text
    assert "year-6 is not one of your own classes" in page.text
    token = page.form_token()
    opened = teacher.post("/lessons/open", data={"group": "year-5", "length": "30", "csrf": token})
    assert opened.headers["location"] == "/?said=opened"
    shown = Page(teacher.get("/?said=opened").text)
    assert "Opened. The enforcement points are being told now." in shown.text
    assert "30 min left" in shown.text
    assert "opened by teacher" in shown.text
    forms = {form["action"] for form in shown.all("form")} - {"/emergency/close"}
    assert forms == {"/sign-out", "/lessons/open", "/lessons/w1/extend", "/lessons/w1/end"}
    site.clock.advance(timedelta(seconds=10))
    assert teacher.post("/lessons/w1/extend", data={"csrf": token}).headers["location"] == "/?said=extended"
    assert teacher.post("/lessons/w1/end", data={"csrf": token}).headers["location"] == "/?said=ended"
    assert "Open Year 5 for" in Page(teacher.get("/").text).text


def test_a_double_click_on_a_button_opens_one_lesson(console: As, site: FakeSite) -> None:
    teacher = console("teacher")
    form = {"group": "year-5", "length": "30", "csrf": Page(teacher.get("/").text).form_token()}
    for _ in range(2):
        assert teacher.post("/lessons/open", data=form).status_code == 303
    assert len(site.store.windows(NINE, NINE + timedelta(hours=1))) == 1


@pytest.mark.parametrize(
    ("at", "buttons"),
    [
        (NINE, {"15", "30", "45", "60"}),
        (NINE + timedelta(hours=5, minutes=30), {"15", "30", "45", "60", "bell"}),  # 45 minutes before the bell
        (NINE + timedelta(minutes=15), set()),  # the timetabled lesson runs as long as 60 minutes would
        (NINE + timedelta(minutes=45), {"45", "60"}),  # 30 minutes of it are left
    ],
)
def test_only_buttons_that_would_work_are_shown(at: datetime, buttons: set[str], console: As, site: FakeSite) -> None:
    site.clock.set(at)
    page = Page(console("teacher").get("/part/lessons").text)
    lengths = [button for button in page.all("button") if button.get("name") == "length"]
    assert {button["value"] for button in lengths if button["id"].startswith("open-")} == buttons
    # An exam, a pause, one class or room can be wanted in any lesson, however long it runs.
    assert {button["value"] for button in lengths if button["id"].startswith("more-")} >= {"15", "30", "45", "60"}


def test_times_are_those_of_the_school_in_summer_too(console: As, site: FakeSite) -> None:
    site.clock.set(datetime(2026, 9, 8, 8, 30, tzinfo=UTC))
    text = Page(console("teacher").get("/").text).text
    assert "09:15–10:15, by the timetable" in text
    assert "as of 09:30:00" in text


def test_the_page_of_a_device_shows_the_five_moments_of_its_quarantine(console: As, site: FakeSite) -> None:
    number = site.store.begin_push("sw-ict", ["a line"], SYSTEM, NINE, moves=(("Gi1/0/7", 20, 999),))
    moments = [NINE + timedelta(milliseconds=each) for each in (0, 200, 210, 290)]
    site.store.end_push(number, "sent", NINE, Moments(*moments))
    text = Page(console("technician").get(f"/devices/{STRANGER}").text).text
    assert f"at sw-ict (push {number}, sent)." in text
    assert "Seen 09:00:00.000" in text
    assert "Taken by the device 09:00:00.290 Read back not yet" in text


def test_a_stranger_is_registered_from_its_page(console: As, site: FakeSite) -> None:
    technician = console("technician")
    page = Page(technician.get(f"/devices/{STRANGER}").text)
    form = {"name": "visitor", "kind": "school-laptop", "acts_for": "role:teacher", "csrf": page.form_token()}
    assert technician.post(f"/devices/{STRANGER}/register", data=form).headers["location"] == "/?said=registered"
    device = site.inventory().devices[Mac(STRANGER)]
    assert (device.admission, device.role, device.name) == (Admission.REGISTERED, "teacher", "visitor")
    for wrong in ({"acts_for": "role:wizard"}, {"acts_for": "<b>"}, {"kind": "toaster"}, {"name": ""}):
        answer = technician.post(f"/devices/{STRANGER}/register", data=form | wrong)
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("text/html")


def test_quarantine_and_release_by_form(console: As, site: FakeSite) -> None:
    head = console("head")
    token = Page(head.get(f"/devices/{IPAD}").text).form_token()
    reason = {"reason": "virus warning", "csrf": token}
    assert head.post(f"/devices/{IPAD}/quarantine", data=reason).headers["location"] == "/?said=quarantined"
    row = Page(head.get("/part/quarantine").text).text
    assert "virus warning (put here by head)" in row
    assert head.post(f"/devices/{IPAD}/release", data=reason).headers["location"] == "/?said=released"
    assert site.inventory().devices[IPAD].hold is None


def test_empty_states_are_said_in_words(console: As, site: FakeSite) -> None:
    registered = Device(Mac(STRANGER), "visitor", "school-laptop", Admission.REGISTERED, role="teacher")
    site.store.put_devices((registered,), SYSTEM, NINE)
    site.loop.seen = ()
    text = Page(console("teacher").get("/").text).text
    assert "Nothing is in quarantine." in text
    assert "Caretaker is starting." in text
    assert "Nothing to see here" in Page(console("pupil").get("/").text).text


def test_a_flood_of_strangers_does_not_make_an_endless_page(console: As, site: FakeSite) -> None:
    many = tuple(Sighting(Mac(f"de:ad:00:00:{n >> 8:02x}:{n & 255:02x}"), NINE, "dhcp") for n in range(300))
    site.store.record_sightings(many, NINE)
    page = Page(console("teacher").get("/part/quarantine").text)
    assert "The newest 200 of 301 are shown." in page.text
    assert len(page.all("li")) == 200


@pytest.mark.parametrize("path", ["/", "/sign-in", f"/devices/{STRANGER}", f"/devices/{IPAD}", "/nowhere"])
def test_pages_can_be_read_aloud(path: str, console: As) -> None:
    page = Page(console("ict_lead").get(path).text)
    labelled = {label["for"] for label in page.all("label")}
    fields = [f for tag in ("input", "select") for f in page.all(tag) if f.get("type") != "hidden"]
    assert all(field["id"] in labelled for field in fields)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(
        attributes["aria-labelledby"] in ids for _, attributes in page.elements if "aria-labelledby" in attributes
    )
    assert (page.all("html")[0]["lang"], len(page.all("main"))) == ("en", 1)
    assert page.all("h1")
    assert all("alt" in image for image in page.all("img"))
    assert all((button.get("type") or "") == "submit" for button in page.all("button"))
    assert page.all("title")
    assert "width=device-width" in str(page.all("meta"))


def test_templates_escape_whatever_they_are_called() -> None:
    assert TEMPLATES.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    sources = {name: TEMPLATES.loader.get_source(TEMPLATES, name)[0] for name in TEMPLATES.list_templates()}
    assert sources
    ways_out = ("|safe", "|tojson", "autoescape", "Markup")
    assert not [name for name, text in sources.items() if any(way in text.replace(" ", "") for way in ways_out)]


@pytest.mark.parametrize(
    ("state", "words", "tone"),
    [
        (PointState.IN_FORCE, "in force", "good"),
        (PointState.PENDING, "being told", "wait"),
        (PointState.OBSERVED_ONLY, "watched only", "wait"),
        (PointState.SET_ASIDE, "set aside", "bad"),
        (PointState.NEVER, "never reached", "bad"),
        (PointState.UNREACHABLE, "unreachable", "bad"),
    ],
)
def test_each_state_of_an_enforcement_point_is_said_in_words(
    state: PointState, words: str, tone: str, console: As, site: FakeSite
) -> None:
    site.loop.seen = (EnforcementPoint("gw-1", "gateway", state, NINE, "why it is so"),)
    page = Page(console("teacher").get("/part/points").text)
    assert f"gw-1 {words}" in page.text
    assert {"class": f"chip {tone}"} in page.all("li")
    assert ("why it is so" in page.text) == (tone == "bad")


@pytest.mark.parametrize(("purpose", "can_lease", "said"), [
    ("gateway", False, True), ("gateway", True, False), ("access", False, False),
])  # fmt: skip
def test_a_gateway_that_ends_no_lesson_by_itself_says_so(
    purpose: str, can_lease: bool, said: bool, console: As, site: FakeSite
) -> None:
    site.loop.seen = (EnforcementPoint("gw-1", purpose, PointState.IN_FORCE, NINE, can_lease=can_lease),)
    assert ("Ends no lesson by itself" in Page(console("teacher").get("/part/points").text).text) == said


def test_a_refused_policy_file_stands_on_the_first_page(console: As, site: FakeSite) -> None:
    site.wrong = ("school.yaml:3:14: <b>expected</b> a time zone",)
    for path in ("/", "/part/points"):
        shown = console("technician").get(path).text
        assert "school.yaml:3:14: &lt;b&gt;expected&lt;/b&gt; a time zone" in shown
        assert "What was in force before stays in force." in shown


def test_an_emergency_stands_over_every_lesson_until_it_is_opened_again(console: As, api: As, site: FakeSite) -> None:
    api("head").post("/api/v1/windows", json={"group": "year-5", "minutes": 30})
    head = console("head")
    assert "Close everything for pupils" in head.get("/").text
    csrf = Page(head.get("/").text).form_token()
    head.post("/emergency/close", data={"csrf": csrf, "why": HOSTILE[0]})
    shown = Page(head.get("/").text)
    check_safe(shown)
    for words in ("Everything is closed for pupils", "Closed: emergency", "Open again for pupils"):
        assert words in shown.text
    assert "Open again for pupils" not in console("teacher").get("/").text
    head.post("/emergency/open", data={"csrf": csrf, "reason": "all clear"})
    assert "Everything is closed for pupils" not in head.get("/part/lessons").text


def test_a_pause_is_not_shown_as_open(console: As, api: As) -> None:
    api("head").post("/api/v1/windows", json={"group": "year-5", "minutes": 30})
    api("head").post("/api/v1/windows", json={"group": "year-5", "minutes": 5, "kind": "pause"})
    shown = console("head").get("/part/lessons").text
    assert "Paused" in shown
    assert "Pause: 5 min left" in shown
