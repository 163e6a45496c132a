"""The plan and letting it through, enforcement points, the audit, the policy, tokens, metrics."""

from __future__ import annotations

from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from controller.accounts import Account
from controller.model import Actor, Because, Brake, EnforcementPoint, HeldBack, Plan, PlannedChange, PointState
from device_drivers.model import AccessList, Ace, GrantInternet, SetAccessList, SetAccessVlan, Verb
from inventory.model import SwitchName
from tests.controller.api.conftest import As
from tests.fakes.site import NINE, POLICY, FakeSite

WHY = Because("unknown", "Nobody registered this device.", ("D1",))
SWITCH = SwitchName("sw-ict")
LIST = AccessList("caretaker-pupils", (Ace(Verb.PERMIT, "udp", "any", "10.10.0.5/32", 53),))
VLAN = PlannedChange(SWITCH, SetAccessVlan("Gi1/0/7", 20, 999), WHY)
PLAN = Plan(
    NINE,
    NINE + timedelta(hours=1),
    (
        VLAN,
        PlannedChange(SwitchName("gw-1"), SetAccessList("caretaker-pupils", "vlan20", None, LIST), WHY),
        PlannedChange(SwitchName("gw-1"), GrantInternet("10.20.0.0/22", None, NINE + timedelta(minutes=30)), WHY),
    ),
    (HeldBack(VLAN, Brake.LESSON, "A lesson is on."),),
    ("one note",),
)


def test_the_plan_is_shown_in_words_and_applied_by_its_fingerprint_only(api: As, site: FakeSite) -> None:
    site.loop.planned = PLAN
    technician = api("technician")
    shown = technician.get("/api/v1/plan").json()
    assert [row["what"] for row in shown["changes"]] == [
        "Gi1/0/7 from VLAN 20 to VLAN 999",
        "vlan20 from no list to caretaker-pupils (1 entries)",
        "10.20.0.0/22 from closed to open until 2026-11-24T09:30:00Z",
    ]
    assert (shown["held_back"][0]["brake"], shown["notes"]) == ("lesson", ["one note"])
    stale = technician.post("/api/v1/plan/apply", json={"fingerprint": "0" * 16})
    assert (stale.status_code, site.loop.applied) == (409, [])
    applied = technician.post("/api/v1/plan/apply", json={"fingerprint": shown["fingerprint"]})
    assert (applied.status_code, site.loop.applied) == (202, [PLAN])
    assert site.store.latest_audit(1)[0].action == "plan.apply"


def test_a_plan_made_later_that_changes_the_same_has_the_same_fingerprint(api: As, site: FakeSite) -> None:
    technician = api("technician")
    site.loop.planned = PLAN
    first = technician.get("/api/v1/plan").json()["fingerprint"]
    site.loop.planned = Plan(NINE + timedelta(minutes=1), PLAN.valid_until, PLAN.changes, PLAN.held_back)
    assert technician.get("/api/v1/plan").json()["fingerprint"] == first
    site.loop.planned = Plan(NINE, PLAN.valid_until, PLAN.changes[1:], PLAN.held_back)
    assert technician.get("/api/v1/plan").json()["fingerprint"] != first


def test_enforcement_points_say_what_they_hold_back(api: As, site: FakeSite) -> None:
    site.loop.seen = (EnforcementPoint("sw-ict", "access", PointState.IN_FORCE, NINE, held_back=PLAN.held_back),)
    (shown,) = api("teacher").get("/api/v1/enforcement-points").json()["items"]
    assert (shown["state"], shown["held_back"][0]["text"]) == ("in-force", "A lesson is on.")
    assert api("teacher").get("/api/v1/health").json() == {"status": "ok"}


def test_a_policy_file_that_was_refused_is_shown_while_the_last_good_one_holds(api: As, site: FakeSite) -> None:
    site.loop.seen = site.loop.seen[:2]
    assert api("teacher").get("/api/v1/health").json() == {"status": "ok"}
    site.wrong = ("school.yaml:3:14: school.time_zone: expected a time zone",)
    assert api("teacher").get("/api/v1/enforcement-points").json()["problems"] == list(site.wrong)
    assert api("teacher").get("/api/v1/health").json() == {"status": "degraded"}


def test_the_audit_is_read_in_pages_newest_first_by_action_and_verified(api: As) -> None:
    head = api("head")
    for group in ("year-1", "year-5", "year-6"):
        head.post("/api/v1/windows", json={"group": group, "minutes": 15})
    auditor, numbers, after = api("auditor"), [], 0
    while after is not None:
        page = auditor.get("/api/v1/audit", params={"after": after, "limit": 2}).json()
        numbers += [row["number"] for row in page["items"]]
        after = page["next"]
    assert numbers == list(range(1, len(numbers) + 1))
    opened = auditor.get("/api/v1/audit", params={"action": "window.open"}).json()["items"]
    assert [row["detail"]["group"] for row in opened] == ["year-1", "year-5", "year-6"]
    newest = auditor.get("/api/v1/audit", params={"newest": "true", "limit": 1}).json()["items"]
    assert newest[0]["number"] == numbers[-1]
    assert auditor.get("/api/v1/audit/verify").json() == {"intact": True, "first_broken": None}


def test_the_running_policy_is_summed_up(api: As) -> None:
    summary = api("teacher").get("/api/v1/policy").json()
    assert (summary["school"], summary["bell"], summary["lessons_a_week"]) == ("Ash Lane Primary School", "15:15", 2)


def test_a_candidate_policy_is_checked_with_lines(api: As) -> None:
    lead = api("ict_lead")
    text = {"Content-Type": "text/plain"}
    assert lead.post("/api/v1/policy/check", content=POLICY, headers=text).json()["ok"] is True
    broken = lead.post("/api/v1/policy/check", content=POLICY.replace("key_stage: ks1", "key_stage: ks9"), headers=text)
    (problem,) = broken.json()["problems"]
    assert (broken.status_code, broken.json()["ok"]) == (200, False)
    assert (problem["path"], problem["line"]) == (
        "year_groups.year-1.key_stage",
        1 + POLICY[: POLICY.index("ks1")].count("\n"),
    )
    for junk in (b"", b"\xff\xfe", b"a: [", b"- 1", b"\x00", b"&a [*a]"):
        answer = lead.post("/api/v1/policy/check", content=junk, headers=text)
        assert answer.status_code in {200, 422}
        assert answer.status_code == 422 or answer.json()["ok"] is False


def test_a_candidate_is_checked_with_the_calendars_that_it_names(api: As, site: FakeSite) -> None:
    lead, text = api("ict_lead"), {"Content-Type": "text/plain"}
    named = f"{POLICY}calendars: {{council: closures, trips: lessons}}\n"

    def problems() -> list[tuple[str, int, str]]:
        told = lead.post("/api/v1/policy/check", content=named, headers=text).json()
        assert told["ok"] is not bool(told["problems"])
        return [(each["file"], each["line"], each["message"]) for each in told["problems"]]

    missing = problems()
    assert [file for file, _, _ in missing] == ["calendars/council.csv", "calendars/trips.csv"]
    assert all("expected it beside the policy" in said and str(site.home.root) not in said for _, _, said in missing)
    folder = site.home.policy.parent / "calendars"
    folder.mkdir(parents=True)
    (folder / "council.csv").write_text("from,to,why,uid\n2026-11-27,2026-11-27,INSET,1\n")
    (folder / "trips.csv").write_text("on,from,to,for,what,focus,uid\n2026-11-25,09:00,10:00,year-9,museum,,2\n")
    ((file, _, said),) = problems()
    assert (file, "no year group, class or room 'year-9'" in said) == ("calendars/trips.csv", True)
    (folder / "trips.csv").write_text("on,from,to,for,what,focus,uid\n2026-11-25,09:00,10:00,year-5,museum,,2\n")
    assert problems() == []


def test_a_token_carries_no_more_than_its_maker_holds_and_no_colleagues_name(api: As, site: FakeSite) -> None:
    lead = api("ict_lead")
    site.account("head")
    site.account("api_client", name="dhcp-hook")
    hook = {"name": "DHCP hook", "account": "dhcp-hook", "scopes": ["sightings:write"], "lasts_days": 30}
    made = lead.post("/api/v1/tokens", json=hook)
    assert (made.status_code, made.json()["expires_at"]) == (201, "2026-12-24T09:00:00Z")
    assert lead.post("/api/v1/tokens", json={**hook, "account": "head"}).status_code == 403
    assert lead.post("/api/v1/tokens", json={**hook, "account": "nobody"}).status_code == 422
    assert lead.post("/api/v1/tokens", json={**hook, "scopes": ["everything"]}).status_code == 403
    assert lead.post("/api/v1/tokens", json={**hook, "scopes": ["policy:write"]}).status_code == 422
    assert lead.post("/api/v1/tokens", json={**hook, "scopes": []}).status_code == 422


def test_a_token_with_few_scopes_makes_no_token_with_more(app: object, site: FakeSite, api: As) -> None:
    lead = api("ict_lead")
    narrow = lead.post("/api/v1/tokens", json={"name": "keeper", "scopes": ["accounts:write"]}).json()["token"]
    lead.headers["Authorization"] = f"Bearer {narrow}"
    assert lead.post("/api/v1/tokens", json={"name": "more", "scopes": ["plan:apply"]}).status_code == 403
    assert lead.post("/api/v1/tokens", json={"name": "same", "scopes": ["accounts:write"]}).status_code == 201


def test_a_revoked_token_opens_nothing_from_then_on_and_secrets_are_never_listed(api: As, site: FakeSite) -> None:
    lead = api("ict_lead")
    made = lead.post("/api/v1/tokens", json={"name": "probe", "scopes": ["windows:read"]}).json()
    listed = lead.get("/api/v1/tokens")
    assert made["token"] not in listed.text
    assert made["id"] in {row["id"] for row in listed.json()["items"]}
    probe = api("ict_lead")
    probe.headers["Authorization"] = f"Bearer {made['token']}"
    assert probe.get("/api/v1/windows").status_code == 200
    assert lead.delete(f"/api/v1/tokens/{made['id']}").json()["in_force"] is False
    assert probe.get("/api/v1/windows").status_code == 401
    assert lead.delete(f"/api/v1/tokens/{'f' * 16}").status_code == 404


def test_accounts_are_listed_without_their_hashes(api: As, site: FakeSite) -> None:
    site.store.put_account(
        Account("teacher", "teacher", "$argon2id$x", frozenset({"year-5"})), Actor("t", "system"), NINE
    )
    answer = api("auditor").get("/api/v1/accounts")
    assert "argon2" not in answer.text
    assert {"name": "teacher", "role": "teacher", "groups": ["year-5"]}.items() <= answer.json()["items"][1].items()


def test_metrics_count_the_school_and_never_take_a_label_from_a_client(api: As, site: FakeSite) -> None:
    watcher = api("auditor")
    for path in ("/api/v1/windows/<script>", "/nothing/here", "/api/v1/devices/3c:22:fb:00:00:99"):
        watcher.get(path)
    watcher.request("PROPFIND", "/api/v1/windows")
    text = watcher.get("/api/v1/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    devices = {s.labels["admission"]: s.value for s in families["caretaker_devices"].samples}
    assert devices == {"unknown": 1, "registered": 1, "barred": 0}
    routes = {s.labels["route"] for s in families["caretaker_http_requests"].samples}
    assert routes == {"/api/v1/windows/{window_id}", "unmatched", "/api/v1/devices/{mac}", "/api/v1/windows"}
    assert {s.labels["method"] for s in families["caretaker_http_requests"].samples} == {"GET", "other"}


def test_signing_out_ends_the_token_it_came_with(api: As) -> None:
    client = api("teacher")
    assert client.delete("/api/v1/session").json() == {"signed_out": True}
    assert client.get("/api/v1/windows").status_code == 401
