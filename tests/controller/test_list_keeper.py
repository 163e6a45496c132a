"""From the lists that a policy names to the table in force: fetched when due, compiled when changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from controller.clock import FixedClock, SystemClock
from controller.filter_node import FilterNode
from controller.home import Home
from controller.lists.compile import ListsFailed, compile_names
from controller.lists.fetch import Fetcher
from controller.lists.fetch_kept import alone, compiling
from controller.lists.fetch_settings import fetched_folder
from controller.lists.fetch_wire import Reach, trusting
from controller.lists.keeper import ListKeeper
from controller.lists.manifest import fingerprint, further_lists, manifest, options_of
from controller.policy import ListSource, Policy
from dns_filter.compile_lists import status
from dns_filter.names import to_wire
from tests.controller.list_server import HOST, ListServer, list_server, says
from tests.controller.policies import changed
from tests.waiting import until


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


def test_an_upgrade_with_other_protected_names_compiles_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint({"sources": []})
    monkeypatch.setattr("controller.lists.manifest._shipped", lambda: [("shipped:education", "another version")])
    assert fingerprint({"sources": []}) != before


def test_the_lists_of_a_command_line_are_known_to_the_commands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "games.txt").write_text("poki.com\n")
    home = Home(tmp_path)
    home.make()
    assert options_of(home.names) == ()
    further = further_lists([f"games={tmp_path / 'games.txt'}"])
    policy = policy_with(ListSource(name="own", category="games", path="games.txt"))
    compile_names(home, manifest(policy, tmp_path, further))
    assert options_of(home.names) == further


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListServer]:
    with list_server(tmp_path_factory.mktemp("certificates")) as serving:
        yield serving


class Night:
    """A school whose list of games is fetched; `look` lets the keeper look once more."""

    def __init__(self, root: Path, server: ListServer) -> None:
        self.home = Home(root)
        self.home.make()
        reach = Reach(
            lambda _: (ip_address("127.0.0.1"),), trusting(str(server.ca_file)), frozenset({HOST}), seconds=10
        )
        self.fetcher = Fetcher(fetched_folder(self.home), lambda: reach)
        self.keeper = ListKeeper(self.home, fetcher=self.fetcher)
        self.clock = FixedClock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
        games = ListSource(name="games", category="games", url=server.url(), refresh=timedelta(hours=6))
        self.policy = policy_with(games)

    def look(self, **later: float) -> str:
        self.clock.advance(timedelta(**later))
        stop = threading.Event()
        stop.wait = lambda _=None: True  # type: ignore[method-assign]
        self.keeper.keep_fetching(lambda: self.policy, self.clock, stop)
        return self.keeper.problem

    def blocks(self, name: str) -> bool:
        names = self.keeper.names()
        return bool(names and names.mask(to_wire(name)) & names.bits(["games"]))


@pytest.fixture
def night(tmp_path: Path, server: ListServer) -> Night:
    return Night(tmp_path, server)


GAMES = "".join(f"game{number}.example.com\n" for number in range(20)).encode()


def test_a_list_is_fetched_compiled_and_in_force_without_anybody(night: Night, server: ListServer) -> None:
    assert not night.keeper.refresh(night.policy) or night.keeper.names()
    assert not night.blocks("game7.example.com")
    server.answers["/games"] = says(GAMES)
    assert night.look() == ""
    assert night.blocks("game7.example.com")
    server.answers["/games"] = says(GAMES + b"new.example.com\n")
    night.look(hours=5)
    assert not night.blocks("new.example.com")
    night.look(hours=1)
    assert night.blocks("new.example.com")


@pytest.mark.fault
def test_a_list_that_was_cut_in_half_waits_for_a_person_and_that_is_said(night: Night, server: ListServer) -> None:
    server.answers["/games"] = says(GAMES)
    night.look()
    server.answers["/games"] = says(b"".join(GAMES.splitlines(keepends=True)[:9]))
    assert "list games: a new version waits for a person (shrunk" in night.look(hours=6)
    assert night.blocks("game19.example.com")
    server.answers["/games"] = says(GAMES)
    assert night.look(hours=6) == ""


@pytest.mark.fault
def test_a_source_that_is_away_is_nobodys_business_at_first(night: Night, server: ListServer) -> None:
    server.answers["/games"] = says(GAMES)
    night.look()
    server.answers["/games"] = says(b"", 503)
    assert [night.look(hours=6) for _ in range(2)] == ["", ""]
    assert "list games: cannot be fetched (lists.example answers 503" in night.look(hours=6)
    assert night.blocks("game7.example.com")
    server.answers["/games"] = says(GAMES)
    assert night.look(hours=6) == ""


@pytest.mark.fault
def test_a_list_that_was_never_fetched_is_said_at_once(night: Night, server: ListServer) -> None:
    server.answers["/games"] = says(b"<html>", 200)
    assert "list games: cannot be fetched (a web page" in night.look()
    night.clock.advance(timedelta(minutes=4))
    asked = len(server.asked)
    night.look()
    assert len(server.asked) == asked


def test_while_a_command_is_at_the_lists_the_keeper_leaves_them_alone(night: Night, server: ListServer) -> None:
    server.answers["/games"] = says(GAMES)
    with alone(compiling(night.home.names), wait=False):
        assert night.look() == ""
        assert night.keeper.names() is None
    night.look()
    assert night.blocks("game7.example.com")


def test_what_a_command_accepts_beside_a_running_controller_is_noticed(night: Night, server: ListServer) -> None:
    server.answers["/games"] = says(GAMES)
    night.look()
    server.answers["/games"] = says(b"other.example.com\n")
    assert night.look(hours=6)
    report = status(night.home.names)
    assert report
    wanted = manifest(night.policy, night.home.root, (), night.fetcher.folder)
    compile_names(night.home, wanted, anew=True, accept=[f"games@{report.lists[0].seen}"])
    assert night.look() == ""
    assert night.blocks("other.example.com")
    assert not night.blocks("game7.example.com")


def test_a_filter_alone_fetches_its_lists_too(night: Night, server: ListServer, tmp_path: Path) -> None:
    server.answers["/games"] = says(GAMES)
    own = "{name: games, category: games, path: lists/games.txt}"
    file = tmp_path / "school.yaml"
    file.write_text(changed((own, f"{{name: games, category: games, url: '{server.url()}'}}")))
    node = FilterNode(file, night.home, night.keeper, SystemClock(), None, lambda _: None)
    node.prepare()
    stop = threading.Event()
    watching = threading.Thread(target=node.watch, args=(stop,))
    watching.start()
    try:
        until(lambda: night.blocks("game7.example.com"))
    finally:
        stop.set()
        watching.join()


def test_while_an_exam_is_written_the_lists_stay_as_they_are(tmp_path: Path) -> None:
    home, games = Home(tmp_path), tmp_path / "games.txt"
    home.make()
    games.write_text("poki.com\n")
    keeper = ListKeeper(home)
    policy = policy_with(ListSource(name="games", category="games", path=str(games)))
    writing = True
    keeper.frozen = lambda: writing
    assert keeper.refresh(policy)  # without any table there is nothing to keep
    games.write_text("poki.com\nnew-game.example\n")
    assert not keeper.refresh(policy)
    assert keeper.names().mask(to_wire("new-game.example")) == 0  # type: ignore[union-attr]
    writing = False
    assert keeper.refresh(policy)
    assert keeper.names().mask(to_wire("new-game.example")) != 0  # type: ignore[union-attr]
