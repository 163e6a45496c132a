"""Which policies were in force, and the way back to one of them: asked what a candidate is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.policy.file import parse
from tests.controller.api.conftest import As
from tests.fakes.site import IPAD, NINE, POLICY, FakeSite

HISTORY = "/api/v1/policy/history"
LATER = POLICY.replace("bell: 15:15", "bell: 15:30")
STRICTER = POLICY.replace("mandatory: [terrorism]", "mandatory: [terrorism, games]")


def in_force(site: FakeSite, *texts: str) -> None:
    site.home.root.mkdir(parents=True, exist_ok=True)
    for text in texts:
        site.store.save_policy(text, parse(text, "x").sha256, SYSTEM, NINE)
    site.home.policy.write_text(texts[-1])
    site.policy = parse(texts[-1], "x").policy


def sha(text: str) -> str:
    return parse(text, "x").sha256


def test_the_newest_stands_first_and_is_the_one_that_runs(api: As, site: FakeSite) -> None:
    in_force(site, POLICY, LATER)
    rows = api("ict_lead").get(HISTORY).json()["items"]
    assert [(row["number"], row["sha256"], row["running"]) for row in rows] == [
        (2, sha(LATER), True),
        (1, sha(POLICY), False),
    ]
    assert len(api("ict_lead").get(f"{HISTORY}?limit=1").json()["items"]) == 1
    assert api("ict_lead").get(f"{HISTORY}/1").json() == {"number": 1, "text": POLICY}
    assert api("ict_lead").get(f"{HISTORY}/3").status_code == 404


def test_an_earlier_policy_comes_back_to_the_letter_and_it_is_on_record(api: As, site: FakeSite) -> None:
    in_force(site, POLICY, LATER)
    back = api("ict_lead").post(f"{HISTORY}/1/restore", json={"running": sha(LATER)})
    assert back.status_code == 200, back.text
    assert back.json()["proofs"]["segregation"].startswith("proven")
    assert site.home.policy.read_text() == POLICY
    assert site.home.policy.with_suffix(".before").read_text() == LATER
    assert "an earlier policy is back" in site.loop.woken
    (row,) = site.store.audit(action="policy.restore")
    assert (row.subject, row.detail["was"], row.detail["number"]) == (sha(POLICY), sha(LATER), 1)


@pytest.mark.parametrize(
    ("texts", "number", "running", "status", "said"),
    [
        ((POLICY, LATER), 1, sha(POLICY), 409, "Another policy runs"),
        ((POLICY, LATER), 2, sha(LATER), 409, "is the policy that runs"),
        ((POLICY, LATER), 3, sha(LATER), 404, "No policy has the number 3"),
        ((POLICY, STRICTER), 1, sha(STRICTER), 409, "mandatory to block: games"),
    ],
)
def test_the_way_back_is_refused(
    api: As, site: FakeSite, texts: tuple[str, ...], number: int, running: str, status: int, said: str
) -> None:
    in_force(site, *texts)
    refused = api("ict_lead").post(f"{HISTORY}/{number}/restore", json={"running": running})
    assert (refused.status_code, said in refused.text) == (status, True), refused.text
    assert site.home.policy.read_text() == texts[-1]
    assert site.store.audit(action="policy.restore") == ()


def test_a_policy_of_an_older_caretaker_that_is_none_any_more_is_refused(api: As, site: FakeSite) -> None:
    in_force(site, POLICY)
    site.store.save_policy("school: {}", "0" * 64, SYSTEM, NINE)
    in_force(site, LATER)
    refused = api("ict_lead").post(f"{HISTORY}/2/restore", json={"running": sha(LATER)})
    assert (refused.status_code, "The candidate is refused" in refused.text) == (422, True)


def test_a_disk_that_does_not_let_the_file_be_replaced_is_said_and_both_files_are_whole(
    api: As, site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(site, POLICY, LATER)
    replace = Path.replace

    def refuse(new: Path, to: Path) -> Path:
        if to == site.home.policy:
            raise OSError(5, "Input/output error")
        return replace(new, to)

    monkeypatch.setattr(Path, "replace", refuse)
    reply = api("ict_lead").post(f"{HISTORY}/1/restore", json={"running": sha(LATER)})
    assert reply.status_code == 507, reply.text
    assert site.home.policy.read_text() == site.home.policy.with_suffix(".before").read_text() == LATER
    assert not [path.name for path in site.home.root.iterdir() if path.suffix in (".promoted", ".link")]
    monkeypatch.undo()
    assert api("ict_lead").post(f"{HISTORY}/1/restore", json={"running": sha(LATER)}).status_code == 200
    assert site.home.policy.read_text() == POLICY
    assert not [path.name for path in site.home.root.iterdir() if path.suffix in (".promoted", ".link")]


def test_a_disk_that_takes_nothing_leaves_file_and_record_as_they_were(
    api: As, site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(site, POLICY, LATER)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("controller.api.candidate.os.fsync", full)
    staged = api("ict_lead").post("/api/v1/policy/staged", json={"text": POLICY, "devices": [IPAD]})
    assert staged.status_code == 202, staged.text
    for path, body in ((f"{HISTORY}/1/restore", {"running": sha(LATER)}), ("/api/v1/policy/staged/promote", None)):
        reply = api("ict_lead").post(path, json=body)
        assert reply.status_code == 507, reply.text
    assert site.home.policy.read_text() == LATER
    assert not [row for row in site.store.audit(limit=500) if row.action in ("policy.restore", "policy.promote")]
    assert site.store.staged() is not None
