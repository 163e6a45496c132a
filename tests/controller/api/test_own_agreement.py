"""Staff sign at the console: each for herself, for a colleague where the policy says so, and never by a stale page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from controller.accounts import SYSTEM
from controller.decide import Facts, decide
from controller.policy.file import PolicyError, parse
from inventory.agreements import Agreement, Signer
from inventory.model import Admission, Device, Mac, Person, PersonId, YearGroupId
from tests.controller.api.conftest import As
from tests.controller.api.pages import Page
from tests.fakes.site import NINE, POLICY, FakeSite

MINE = "/api/v1/agreements/mine"
WORDS = "I use the school's network <for> the school's work.\nI lock the screen when I leave."
ONLINE = """agreements:
  pupils: {without: approved-only}
  staff:
    renew: yearly
    without: approved-only
    online:
      version: "2026"
      on_behalf: [head]
      text: |
        I use the school's network <for> the school's work.
        I lock the screen when I leave.
"""
PAPER = "agreements: {pupils: {without: approved-only}}\n"
LAPTOP = Mac("3c:22:fb:09:00:01")
PEOPLE = (
    Person(PersonId("teacher"), "Tara  Hill", role="teacher"),
    Person(PersonId("head"), "Helen Stone", role="head"),
    Person(PersonId("t-smith"), "Sam Smith", role="teacher"),
    Person(PersonId("child-5-01"), "A child", year_group=YearGroupId("year-5")),
)
SIGN = {"version": "2026", "name": "tara hill", "agrees": True}


@pytest.fixture(autouse=True)
def a_school_that_signs_online(site: FakeSite) -> None:
    site.policy = parse(POLICY.replace(PAPER, ONLINE), "school.yaml").policy
    site.store.put_people(PEOPLE, SYSTEM, NINE)
    laptop = Device(LAPTOP, "laptop", "school-laptop", Admission.REGISTERED, person=PersonId("teacher"))
    site.store.put_devices((laptop,), SYSTEM, NINE)


def sign(client: TestClient, **fields: str) -> str:
    """The text of the page behind the form."""
    form = {"csrf": Page(client.get("/agreement").text).form_token(), "version": "2026", "agrees": "yes", **fields}
    answer = client.post("/agreement", data=form)
    assert answer.status_code == 303, answer.text
    return Page(client.get(answer.headers["location"]).text).text


def given(site: FakeSite, person: str) -> tuple[Agreement, ...]:
    return site.inventory().agreements.get(PersonId(person), ())


def test_she_reads_it_signs_it_and_has_her_access_at_once(api: As, site: FakeSite) -> None:
    teacher = api("teacher")
    asked = teacher.get(MINE).json()
    assert (asked["version"], asked["text"].strip(), asked["link"], asked["waits"]) == ("2026", WORDS, None, True)
    assert asked["standing"]["agreed"] == "missing"
    before = decide(Facts(site.policy, site.inventory()), LAPTOP, NINE)
    signed = teacher.post(MINE, json=SIGN)
    assert signed.status_code == 201, signed.text
    assert signed.json()["standing"]["agreed"] == "signed"
    assert signed.json()["standing"]["runs_out"].startswith("2027-11-24")
    assert given(site, "teacher") == (Agreement(PersonId("teacher"), Signer.STAFF, "2026", NINE, "online"),)
    assert "teacher signed the agreement" in site.loop.woken
    after = decide(Facts(site.policy, site.inventory()), LAPTOP, NINE)
    assert (before.because.rule, after.because.rule) == ("agreements.staff.without", "outside_windows.staff")
    assert not teacher.get(MINE).json()["waits"]


def test_the_audit_says_who_signed_in_which_words_and_for_whom(api: As, site: FakeSite) -> None:
    api("teacher").post(MINE, json=SIGN)
    api("head").post(MINE, json={**SIGN, "person": "t-smith", "name": "Sam Smith"})
    rows = [row for row in site.store.audit(limit=500) if row.action == "agreement.sign"]
    told = {row.subject: (row.actor, str(row.detail)) for row in rows}
    assert told["teacher"][0] == "teacher"
    assert "online, signed 'tara hill'" in told["teacher"][1]
    assert told["t-smith"][0] == "head"
    assert "for t-smith" in told["t-smith"][1]


def test_a_double_click_is_one_signature(api: As, site: FakeSite) -> None:
    teacher = api("teacher")
    first = teacher.post(MINE, json=SIGN).json()
    site.clock.set(NINE + timedelta(seconds=2))
    assert teacher.post(MINE, json=SIGN).json() == first
    assert len(given(site, "teacher")) == 1


@pytest.mark.parametrize(
    ("who", "change", "status", "said"),
    [
        ("teacher", {"version": "2025"}, 409, "another version"),
        ("teacher", {"name": "T. Hill"}, 422, "not the person's name"),
        ("teacher", {"agrees": False}, 422, ""),
        ("teacher", {"person": "t-smith", "name": "Sam Smith"}, 403, "for yourself only"),
        ("teacher", {"person": "nobody-at-all"}, 403, "for yourself only"),
        ("head", {"person": "nobody-at-all"}, 403, "No member of staff"),
        ("head", {"person": "child-5-01", "name": "A child"}, 403, "No member of staff"),
        ("ict_lead", {}, 409, "No member of staff is called as your account is"),
        ("office", {"person": "t-smith", "name": "Sam Smith"}, 403, "for yourself only"),
    ],
)
def test_what_is_no_signature(
    api: As, site: FakeSite, who: str, change: dict[str, object], status: int, said: str
) -> None:
    refused = api(who).post(MINE, json={**SIGN, **change})
    assert refused.status_code == status, refused.text
    assert said in refused.text
    assert not any(given(site, person.id) for person in PEOPLE)


@pytest.mark.parametrize("role", ["pupil", "auditor", "api_client", "endpoint"])
def test_who_is_no_member_of_staff_signs_nothing(api: As, role: str) -> None:
    assert api(role).get(MINE).status_code == 403
    assert api(role).post(MINE, json=SIGN).status_code == 403


def test_a_colleague_of_a_role_that_the_policy_names_may_sign_for_her(api: As, site: FakeSite) -> None:
    head = api("head")
    assert [each["person"] for each in head.get(MINE).json()["others"]] == ["t-smith", "teacher"]
    assert head.post(MINE, json={**SIGN, "person": "teacher"}).status_code == 201
    assert given(site, "teacher")[0].means == "online"
    assert [each["person"] for each in head.get(MINE).json()["others"]] == ["t-smith"]
    assert api("teacher").get(MINE).json()["others"] == []


def test_a_new_version_and_a_year_ask_again(api: As, site: FakeSite) -> None:
    teacher = api("teacher")
    teacher.post(MINE, json=SIGN)
    site.policy = parse(POLICY.replace(PAPER, ONLINE.replace('"2026"', '"2027"')), "school.yaml").policy
    asked = teacher.get(MINE).json()
    assert (asked["waits"], asked["signed_version"], asked["standing"]["agreed"]) == (True, "2026", "signed")
    site.policy = parse(POLICY.replace(PAPER, ONLINE), "school.yaml").policy
    assert not teacher.get(MINE).json()["waits"]
    site.clock.set(NINE + timedelta(days=310))
    assert api("teacher").get(MINE).json()["waits"]


def test_a_school_that_signs_on_paper_says_so(api: As, console: As, site: FakeSite) -> None:
    site.policy = parse(POLICY, "school.yaml").policy
    assert api("teacher").get(MINE).json()["version"] is None
    assert api("teacher").post(MINE, json=SIGN).status_code == 409
    page = Page(console("teacher").get("/agreement").text)
    assert "signed on paper" in page.text
    assert not page.all("button")[1:]


def test_the_page_shows_the_words_takes_the_signature_and_then_has_nothing_to_ask(console: As, site: FakeSite) -> None:
    teacher = console("teacher")
    assert "waits for your signature" in Page(teacher.get("/").text).text
    page = Page(teacher.get("/agreement").text)
    assert "network <for> the school's work" in page.text
    assert {field.get("name"): field for field in page.all("input")}["agrees"]["type"] == "checkbox"
    assert "For a colleague" not in page.text
    after = sign(teacher, name="Tara Hill")
    assert "Signed. Thank you." in after
    assert "You signed version 2026" in after
    assert "There is nothing for you to sign." in after
    assert given(site, "teacher")[0].means == "online"
    assert "waits for your signature" not in Page(teacher.get("/").text).text


def test_the_page_of_the_head_signs_for_a_colleague(console: As, site: FakeSite) -> None:
    head = console("head")
    assert "Sam Smith" in Page(head.get("/agreement").text).text
    assert "Signed for your colleague." in sign(head, person="t-smith", name="Sam Smith")
    assert given(site, "t-smith")[0].means == "online"


def test_the_page_without_a_tick_or_without_its_own_form_signs_nothing(console: As, site: FakeSite) -> None:
    teacher = console("teacher")
    token = Page(teacher.get("/agreement").text).form_token()
    unticked = teacher.post("/agreement", data={"csrf": token, "version": "2026", "name": "Tara Hill"})
    foreign = teacher.post("/agreement", data={"version": "2026", "name": "Tara Hill", "agrees": "yes"})
    assert (unticked.status_code, foreign.status_code) == (422, 403)
    assert given(site, "teacher") == ()


def test_an_account_that_is_nobodys_reads_that_there_is_nothing_to_sign(console: As) -> None:
    page = Page(console("ict_lead").get("/agreement").text)
    assert "No member of staff is called as your account is" in page.text
    assert not [field for field in page.all("input") if field.get("name") == "agrees"]


def test_a_link_may_stand_for_the_words(api: As, console: As, site: FakeSite) -> None:
    text = ONLINE[: ONLINE.index("      text:")] + "      link: https://school.example/aup-2026.pdf\n"
    site.policy = parse(POLICY.replace(PAPER, text), "school.yaml").policy
    assert api("teacher").get(MINE).json()["link"] == "https://school.example/aup-2026.pdf"
    links = Page(console("teacher").get("/agreement").text).all("a")
    assert "https://school.example/aup-2026.pdf" in [link.get("href") for link in links]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("online: {version: '2026'}", "expected either `text` or `link`"),
        ("online: {version: '2026', text: a, link: https://a.example/}", "expected either `text` or `link`"),
        ("online: {version: '2026', link: http://a.example/}", "agreements.staff.online.link"),
        ("online: {version: '2026', link: 'javascript:alert(1)'}", "agreements.staff.online.link"),
        ("online: {version: '2026', text: a, on_behalf: [caretaker]}", "no role 'caretaker'"),
    ],
)
def test_a_policy_says_one_thing_to_read_and_names_roles_that_it_has(line: str, said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse(POLICY.replace(PAPER, f"agreements: {{staff: {{{line}}}}}\n"), "school.yaml")
    assert said in str([(each.path, each.message) for each in refused.value.problems])
