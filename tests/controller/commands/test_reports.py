"""Reports, cases and rules as a person types them."""

from __future__ import annotations

from pathlib import Path

from controller.reports.model import Means, Voice
from tests.controller.commands.conftest import Run
from tests.fakes.site import FakeSite

LETTER = "From: a@b.example\nSubject: look\n\nMy son saw https://www.poki.com/en/g/shooter today.\n"


def test_a_site_is_reported_decided_and_taken_back(run: Run, controller: FakeSite) -> None:
    assert "Case c1: www.poki.com, the first voice." in run("reports", "add", "https://www.poki.com/x", "games").out
    assert "2 voices" in run("reports", "add", "poki.com").out
    assert "poki.com" in run("cases", "list").out
    assert "poki.com" in run("cases", "show", "c1").out
    assert "blocked by" in run("cases", "decide", "c1", "blocked", "games").out
    assert [rule.pattern for rule in controller.store.site_rules()] == ["poki.com"]
    assert "waiting" in run("cases", "undo", "c1", "not games").out
    assert "is no answer" in run("cases", "decide", "c1", "allowed", "x").err


def test_a_letter_is_a_strangers_report_whoever_it_says_it_is_from(
    run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    (tmp_path / "letter.eml").write_text(LETTER)
    assert "Case c1: www.poki.com" in run("reports", "read-mail", "letter.eml").out
    (report,) = controller.store.reports_of("c1")
    assert (report.means, report.voice, report.by) == (Means.MAIL, Voice.STRANGER, "a@b.example")
    assert controller.store.site_rules() == ()
    (tmp_path / "empty.eml").write_bytes(b"")
    assert run("reports", "read-mail", "empty.eml").status == 1


def test_a_pack_for_the_authority_is_for_its_owner_alone(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    run("reports", "add", "evil.example.org")
    assert "sha256" in run("cases", "refer", "c1", "pack.txt").out
    assert (tmp_path / "pack.txt").stat().st_mode & 0o077 == 0
    assert "evil.example.org" in (tmp_path / "pack.txt").read_text()


def test_rules_are_made_listed_exported_and_ended(run: Run, controller: FakeSite) -> None:
    assert run("rules", "add", "poki.com", "games", "--pupils").status == 0
    assert "co.uk" in run("rules", "add", "co.uk", "all", "--pupils").err
    assert "poki.com" in run("rules", "list").out
    assert "\npoki.com\n" in run("rules", "export").out
    assert "*.poki.com CNAME ." in run("rules", "export", "--format", "rpz").out
    assert run("rules", "export", "--format", "abacus").status == 2
    assert "There are none." in run("rules", "list", "--due").out
    assert "ended" in run("rules", "end", "r1", "closed").out
    assert "There are none." in run("rules", "list").out


def test_a_providers_rules_are_taken_in_and_go_when_they_are_gone(
    run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    run("rules", "add", "poki.com", "games", "--pupils", "--everywhere")
    shared = run("rules", "share", "all.json", "--provider", "Valley ICT", "--home", tmp_path)
    key = shared.out.rpartition(" ")[2].strip()
    run("rules", "end", "r1", "to be taken in again")
    assert "1 rules of Valley ICT made, 0 ended." in run("rules", "take", "all.json", "--key", key).out
    assert [rule.origin for rule in controller.store.site_rules()] == ["Valley ICT"]
    assert "0 rules of Valley ICT made, 0 ended." in run("rules", "take", "all.json", "--key", key).out
    run("rules", "share", "none.json", "--provider", "Valley ICT", "--home", tmp_path)
    assert "0 rules of Valley ICT made, 1 ended." in run("rules", "take", "none.json", "--key", key).out
    assert "not that of the key" in run("rules", "take", "all.json", "--key", "A" * 43 + "=").err
