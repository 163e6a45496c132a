"""From the lists that a policy names to the manifest of the compiler."""

from pathlib import Path

import pytest

from controller.home import Home
from controller.list_keeper import ListsFailed, compile_names, fingerprint, further_lists, manifest
from controller.policy import ListSource, Policy


def policy_with(*lists: ListSource) -> Policy:
    return Policy.model_construct(lists=lists)


def test_a_path_is_meant_from_the_folder_of_the_policy_file(tmp_path: Path) -> None:
    wanted = manifest(policy_with(ListSource(name="own", category="games", path="lists/games.txt")), tmp_path)
    assert wanted["sources"][0]["path"] == str(tmp_path / "lists" / "games.txt")


def test_a_list_named_on_the_command_line_is_one_more(tmp_path: Path) -> None:
    (tmp_path / "games").write_text("poki.com\n")
    further = further_lists([f"games={tmp_path / 'games'}"])
    assert [s["category"] for s in manifest(policy_with(), tmp_path, further)["sources"]] == ["games"]


@pytest.mark.parametrize("text", ["games", "games=", "games=/no/such/file", "=/etc"])
def test_a_list_that_is_not_there_is_a_clear_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"CATEGORY=PATH|category"):
        further_lists([text])


def test_a_list_is_compiled_again_when_its_file_changes_and_not_before(tmp_path: Path) -> None:
    file = tmp_path / "games.txt"
    file.write_text("poki.com\n")
    wanted = manifest(policy_with(ListSource(name="own", category="games", path="games.txt")), tmp_path)
    before = fingerprint(wanted)
    assert fingerprint(wanted) == before
    file.write_text("poki.com\nfriv.com\n")
    assert fingerprint(wanted) != before


def test_compiling_closes_what_it_opened_and_is_done_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    (tmp_path / "games.txt").write_text("poki.com\n")
    wanted = manifest(policy_with(ListSource(name="own", category="games", path="games.txt")), tmp_path)
    assert compile_names(home, wanted)
    assert not compile_names(home, wanted)


def test_a_compilation_that_fails_says_why_without_its_progress(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    wanted = {"sources": [{"name": "own", "category": "games", "path": "games.txt", "format": "runes"}]}
    with pytest.raises(ListsFailed) as failed:
        compile_names(home, wanted)
    assert "runes" in str(failed.value)
