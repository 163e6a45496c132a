"""A candidate for test devices first: what keeps it out, what they have then, and how it becomes everybody's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.accounts import SYSTEM
from controller.compile import compile_intent
from controller.policy.file import parse
from controller.staging import PREFIX, only, with_candidate
from controller.store import Store
from dns_filter.model import standing
from inventory.model import Whereabouts
from tests.controller.api.conftest import As
from tests.fakes.site import IPAD, NINE, POLICY, FakeSite

STAGED = "/api/v1/policy/staged"
OPENER = POLICY.replace("outside_windows: {pupils: closed", "outside_windows: {pupils: key-stage-2")
SHA = parse(POLICY, "school.yaml").sha256


@pytest.fixture(autouse=True)
def a_school_on_the_disk(site: FakeSite) -> None:
    site.home.root.mkdir(parents=True, exist_ok=True)
    site.home.policy.write_text(POLICY)
    site.store.save_policy(POLICY, SHA, SYSTEM, NINE)


def ask(text: str = OPENER, *macs: str) -> dict[str, object]:
    return {"text": text, "devices": list(macs or (IPAD,))}


def actions(store: Store) -> list[str]:
    return [row.action for row in store.audit(limit=500) if row.action.startswith("policy.")]


def test_a_candidate_is_staged_with_its_proofs_shown_promoted_and_audited(api: As, site: FakeSite) -> None:
    lead = api("ict_lead")
    assert lead.get(STAGED).status_code == 404
    staged = lead.post(STAGED, json=ask())
    assert staged.status_code == 202, staged.text
    assert staged.json()["devices"] == [IPAD]
    assert staged.json()["proofs"]["segregation"].startswith("proven")
    assert lead.get(STAGED).json() == staged.json()
    assert "a policy is staged" in site.loop.woken
    assert site.home.policy.read_text() == POLICY
    promoted = lead.post(f"{STAGED}/promote")
    assert promoted.status_code == 200, promoted.text
    assert site.home.policy.read_text() == OPENER
    assert staged.json()["sha256"] == parse(OPENER, "x").sha256
    assert site.home.policy.with_suffix(".before").read_text() == POLICY
    assert lead.get(STAGED).status_code == 404
    assert actions(site.store)[-2:] == ["policy.stage", "policy.promote"]
    told = next(row for row in site.store.audit(limit=500) if row.action == "policy.promote").detail
    assert told["proofs"]["segregation"].startswith("proven")  # type: ignore[index]


def test_a_dropped_candidate_is_gone_and_the_policy_stays(api: As, site: FakeSite) -> None:
    lead = api("ict_lead")
    lead.post(STAGED, json=ask())
    assert lead.post(f"{STAGED}/drop").status_code == 200
    assert lead.post(f"{STAGED}/promote").status_code == 404
    assert site.home.policy.read_text() == POLICY
    assert actions(site.store)[-1] == "policy.drop"


@pytest.mark.parametrize(
    ("text", "macs", "status", "said"),
    [
        (OPENER.replace("mandatory: [terrorism]", "mandatory: []"), (), 409, "mandatory to block: terrorism"),
        (OPENER.replace("key_stage: ks1", "key_stage: ks9"), (), 422, "The candidate is refused"),
        (OPENER, ("02:00:00:00:00:01",), 422, "No device"),
        ("", (), 422, "The candidate is refused"),
    ],
)
def test_what_may_never_come_into_force_is_not_staged(
    api: As, site: FakeSite, text: str, macs: tuple[str, ...], status: int, said: str
) -> None:
    refused = api("ict_lead").post(STAGED, json=ask(text, *macs))
    assert (refused.status_code, said in refused.text) == (status, True), refused.text
    assert site.store.staged() is None


def test_nothing_is_promoted_over_another_policy_than_it_was_held_against(api: As, site: FakeSite) -> None:
    lead = api("ict_lead")
    lead.post(STAGED, json=ask())
    site.store.save_policy(POLICY + "\n# changed", "0" * 64, SYSTEM, NINE)
    assert lead.post(f"{STAGED}/promote").status_code == 409
    assert site.home.policy.read_text() == POLICY


def test_only_test_devices_have_the_candidate_and_nothing_but_names_changes(site: FakeSite) -> None:
    other = replace(site.inventory().devices[IPAD], mac=type(IPAD)("3c:22:fb:05:00:12"), name="ipad-5-12")
    seen = {mac: Whereabouts(mac, NINE, address=f"10.20.0.{n}") for n, mac in enumerate((IPAD, other.mac), 11)}
    inventory = replace(site.inventory(), devices={**site.inventory().devices, other.mac: other}, whereabouts=seen)
    running = compile_intent(site.policy, inventory, (), NINE, 7)
    candidate = parse(OPENER.replace("[terrorism]", "[terrorism, games]"), "c.yaml").policy
    both = with_candidate(running, candidate, {IPAD}, inventory, ())
    alone = compile_intent(candidate, only(inventory, {IPAD}), (), NINE, 7).table
    tested, usual = (standing(both.table, f"10.20.0.{n}", NINE.timestamp()).profile for n in (11, 12))
    assert tested.name == PREFIX + standing(alone, "10.20.0.11", NINE.timestamp()).profile.name
    assert usual == standing(running.table, "10.20.0.12", NINE.timestamp()).profile
    assert (both.decisions, both.ports, both.grants, both.access_lists) == (
        running.decisions,
        running.ports,
        running.grants,
        running.access_lists,
    )
    assert set(both.table.mandatory) == {"terrorism", "games"}
