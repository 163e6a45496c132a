"""`caretaker lists`: a person fetches, looks, accepts and goes back; programs read the same as JSON."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from controller.commands.list_update import Bars, Lines, watching
from controller.home import Home
from controller.lists.fetch_kept import alone, compiling
from controller.settings import read_settings
from controller.store import Store
from tests.controller.commands.conftest import Run, Said
from tests.controller.list_server import ListServer, list_server, says

GAMES = [f"game{number}.example.com" for number in range(20)]


def text(*names: str) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListServer]:
    with list_server(tmp_path_factory.mktemp("certificates"), "localhost") as serving:
        yield serving


@dataclass
class Lists:
    """A school with a fetched list of games and a file of its own."""

    root: Path
    server: ListServer
    run: Run

    def __call__(self, *words: object) -> Said:
        return self.run("lists", *words, "--home", self.root)

    def json(self, *words: object) -> Any:
        return self(*words, "--json").json

    def publish(self, *names: str) -> None:
        self.server.answers["/games"] = says(text(*names))

    def level(self, name: str) -> dict[str, Any]:
        return next(row for row in self.json("test", name)["levels"] if row["level"] == "key-stage-2")

    def audited(self, action: str) -> list[Any]:
        with Store.open(read_settings(Home(self.root)).database_url(Home(self.root))) as store:
            return [(row.subject, dict(row.detail)) for row in store.audit(action=action)]


@pytest.fixture
def lists(school: Path, server: ListServer, run: Run) -> Lists:
    policy = school / "school.yaml"
    policy.write_text(
        policy.read_text()
        + f"\nlists:\n  - {{name: web-games, category: games, url: '{server.url(host='localhost')}', refresh: 6h}}\n"
        + "  - {name: own, category: social, path: own.txt, licence: MIT}\n"
        + "mandatory: [social]\n"
    )
    with (school / "settings.toml").open("a") as settings:
        settings.write(f'\n[lists]\ninternal_hosts = ["localhost"]\nca_file = "{server.ca_file}"\n')
    (school / "own.txt").write_text("social.example.com\n")
    found = Lists(school, server, run)
    found.publish(*GAMES)
    return found


def test_the_policy_of_such_a_school_is_good_and_warns_of_nothing_it_fetches(lists: Lists) -> None:
    said = lists.run("policy", "check", lists.root / "school.yaml", "--json").json
    assert said["ok"]
    assert not [warning for warning in said["warnings"] if warning["path"].startswith("lists")]


def test_before_anything_was_fetched_the_status_says_so(lists: Lists) -> None:
    rows = {row["name"]: row for row in lists.json("status")["lists"]}
    assert (rows["web-games"]["state"], rows["own"]["state"]) == ("not fetched", "not compiled")


def test_update_fetches_and_compiles_with_plain_lines_where_nobody_looks(lists: Lists) -> None:
    said = lists("update")
    assert said.status == 0
    assert "web-games  new" in said.out
    assert "fetching web-games" in said.err
    assert "compiling own (33%)" in said.err
    again = lists.json("update")
    assert [(row["name"], row["fetched"], row["names"]) for row in again["lists"]] == [
        ("web-games", "unchanged", 20),
        ("own", "", 1),
    ]


def test_one_list_alone_may_be_updated_and_an_unknown_one_is_misuse(lists: Lists) -> None:
    assert [row["name"] for row in lists.json("update", "web-games")["lists"]] == ["web-games"]
    said = lists("update", "webgames")
    assert (said.status, "expected one of: web-games, own" in said.err) == (2, True)


def test_a_list_that_cannot_be_fetched_is_named_and_the_last_good_one_goes_on(lists: Lists) -> None:
    lists("update")
    lists.server.answers["/games"] = says(b"<html>Please sign in</html>")
    said = lists("update", "--json")
    assert said.status == 1
    assert said.json["lists"][0]["problem"] == "a web page, not a list"
    row = lists.json("status")["lists"][0]
    assert (row["state"], row["names"], row["problem"]) == ("in use", 20, "a web page, not a list")
    assert row["fetched"] < row["next_refresh"]
    assert "a web page" in lists("status").out


def test_update_waits_for_whoever_compiles(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    held = alone(compiling(Home(lists.root).names), wait=False)
    held.__enter__()
    monkeypatch.setattr("controller.commands.list_errors.say", lambda *_, **__: held.__exit__(None, None, None))
    assert lists("update").status == 0


def test_a_person_looks_at_a_waiting_version_and_takes_it(lists: Lists) -> None:
    lists("update")
    lists.publish("timestables.co.uk", *(f"other{number}.example.com" for number in range(60)))
    assert lists("update").status == 1
    assert "list web-games" not in lists("status").out
    assert "caretaker lists diff web-games" in lists("status").out
    found = lists.json("diff", "web-games")
    assert (found["added"], found["removed"], len(found["added_first"])) == (61, 20, 50)
    assert [(hit["entry"], hit["category"]) for hit in found["protected"]] == [
        ("timestables.co.uk", "protected:education")
    ]
    assert found["reasons"][0].startswith("grown: 61 names")
    shown = lists("diff", "web-games").out
    assert "+ 61 names, the first 50:" in shown
    assert "- 20 names:" in shown
    assert lists("accept", "web-games", "--version", "0123456789ab").status == 2
    taken = lists.json("accept", "web-games", "--reason", "looked at by the ICT lead")
    assert taken["version"] == found["seen"]
    ((subject, detail),) = lists.audited("list.accept")
    assert subject == "web-games"
    assert (detail["version"], detail["was"], detail["reason"]) == (
        found["seen"],
        found["used"],
        "looked at by the ICT lead",
    )
    assert lists.json("status")["lists"][0]["state"] == "in use"
    assert not lists.level("other7.example.com")["allowed"]


def test_only_what_waits_can_be_accepted_and_never_an_empty_file(lists: Lists) -> None:
    lists("update")
    said = lists("accept", "web-games")
    assert (said.status, "no version waits" in said.err) == (2, True)
    (lists.root / "own.txt").write_text("")
    lists("update")
    said = lists("accept", "own")
    assert (said.status, "nobody can accept that: no name in it" in said.err) == (2, True)
    assert lists.audited("list.accept") == []
    for command in ("accept", "diff"):
        assert "expected one of: web-games, own" in lists(command, "nothing").err


def test_a_version_that_changed_since_it_was_looked_at_is_not_taken(lists: Lists) -> None:
    lists("update")
    (lists.root / "own.txt").write_text("# nothing\nno domain at all\nsocial.example.com\n")
    lists("update")
    (lists.root / "own.txt").write_text("cloudfront.net\nsocial.example.com\n")
    said = lists("accept", "own")
    assert (said.status, "changed once more" in said.err) == (2, True)


def test_going_back_undoes_the_last_change_but_never_that_of_a_mandatory_list(lists: Lists) -> None:
    lists("update")
    lists.publish(*GAMES, "maths.example.com")
    (lists.root / "own.txt").write_text("social.example.com\nillegal.example.com\n")
    lists("update")
    assert not lists.level("maths.example.com")["allowed"]
    steps = lists.json("rollback", "--reason", "blocks maths")
    assert [step["name"] for step in steps] == ["web-games"]
    assert lists.level("maths.example.com")["allowed"]
    assert lists.level("illegal.example.com")["code"] == "mandatory"
    assert lists.audited("list.rollback")[0][1]["reason"] == "blocks maths"
    assert lists.audited("list.rolled-back")[0][1] == steps_detail(lists, steps[0])
    assert "rolled-back" in lists("update").out
    assert lists("rollback", "own").status == 2
    assert "nothing to go back to" in lists("rollback").out
    assert lists("accept", "web-games").status == 0
    assert not lists.level("maths.example.com")["allowed"]


def steps_detail(lists: Lists, step: dict[str, Any]) -> dict[str, Any]:
    user = lists.audited("list.rollback")[0][1]["user"]
    return {"from": step["from"], "to": step["to"], "user": user}


def test_a_name_is_tested_against_lists_protection_and_every_level(lists: Lists) -> None:
    lists.publish(*GAMES, "timestables.co.uk")
    lists("update")
    found = lists.json("test", "https://www.timestables.co.uk/play?x=1")
    assert found["name"] == "www.timestables.co.uk"
    held = {row["list"]: row for row in found["lists"]}
    assert (held["web-games"]["entry"], held["web-games"]["categories"]) == ("timestables.co.uk", ["games"])
    assert [each["category"] for each in found["protected"]] == ["protected:education"]
    level = lists.level("www.timestables.co.uk")
    assert (level["allowed"], level["code"], level["overruled"]) == (True, "protected", True)
    shown = lists("test", "www.game3.example.com").out
    assert "game3.example.com" in shown
    assert "BLOCKED" in shown
    assert "No list holds quiet.example.org." in lists("test", "quiet.example.org").out
    assert lists("test", "no name at all").status == 2


def test_without_a_compiled_table_there_is_a_sentence(lists: Lists) -> None:
    for words in (("test", "bbc.co.uk"), ("accept", "own"), ("diff", "own")):
        said = lists(*words)
        assert said.status
        assert "compiled" in said.err


@pytest.mark.parametrize("command", ["status", "update", "rollback"])
def test_where_no_school_is_that_is_said(run: Run, tmp_path: Path, command: str) -> None:
    said = run("lists", command, "--home", tmp_path / "nowhere")
    assert (said.status, "is no school" in said.err) == (2, True)


PARSED = {
    "hosts": b"0.0.0.0 a.example.com\n0.0.0.0 b.example.com c.example.com\n0.0.0.0 bad name!\n",
    "domains": b"a.example.com\nb.example.com\nc.example.com\nbad_-name-.x\n",
    "adblock": b"||a.example.com^\n||b.example.com^\n||c.example.com^\n@@||d.example.com^\n||bad..name^\n",
    "dnsmasq": b"address=/a.example.com/\nserver=/b.example.com/\naddress=/c.example.com/0.0.0.0\n"
    b"address=/bad..name/\n",
    "unbound": b'local-zone: "a.example.com" refuse\nlocal-zone: "b.example.com." static\n'
    b'local-zone: "c.example.com" always_null\nlocal-zone: "bad..name" static\n',
    "rpz": b"$ORIGIN rpz.example.\n@ SOA . . 1 1 1 1 1\na.example.com CNAME .\nb.example.com CNAME .\n"
    b"c.example.com CNAME .\nbad..name CNAME .\n",
    "wildcard": b"*.a.example.com\n*.b.example.com\n*.c.example.com\n*.bad..name\n",
}


@pytest.mark.parametrize("format_", PARSED)
@pytest.mark.parametrize("asked", ["auto", "named"])
def test_every_format_is_read_to_the_same_names_and_says_what_it_cannot_read(
    run: Run, tmp_path: Path, format_: str, asked: str
) -> None:
    file = tmp_path / "list"
    file.write_bytes(PARSED[format_])
    said = run("lists", "parse", file, "--json", *(["--format", format_] if asked == "named" else []))
    assert said.status == 0, "an invalid line is a finding, and the file was read"
    found = said.json
    assert (found["format"], found["unique_valid_domains"]) == (format_, 3)
    names = b"a.example.com\nb.example.com\nc.example.com"
    assert found["sha256_sorted_unique"] == hashlib.sha256(names).hexdigest()
    assert found["invalid_total"] == len(found["invalid"]) >= 1
    last = found["invalid"][-1]
    assert (last["line"], bool(last["reason"])) == (PARSED[format_].count(b"\n"), True)


def test_parse_shows_every_invalid_line_however_many(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.gz"
    file.write_bytes(gzip.compress(b"no domain\n" * 1500 + b"fine.example.com\n"))
    found = run("lists", "parse", file, "--json").json
    assert (found["unique_valid_domains"], found["invalid_total"], len(found["invalid"])) == (1, 1500, 1500)
    said = run("lists", "parse", file)
    assert said.status == 0
    assert "1 names, 1500 lines that cannot be read" in said.out


def test_parse_says_what_it_cannot_open_and_what_format_there_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "half.gz").write_bytes(gzip.compress(b"a.example.com\n")[:-4])
    for name in ("missing", "half.gz", "."):
        assert run("lists", "parse", tmp_path / name, "--json").status == 1
    (tmp_path / "list").write_text("a.example.com\n")
    said = run("lists", "parse", tmp_path / "list", "--format", "runes")
    assert (said.status, "Expected one of: auto, hosts" in said.err) == (2, True)


def test_status_as_json_is_what_a_program_needs(lists: Lists) -> None:
    lists("update")
    told = lists.json("status")
    assert told["names"] > 20
    first, second = told["lists"]
    assert json.dumps(first)
    assert set(first) >= {"name", "category", "state", "names", "version", "fetched", "next_refresh", "problem"}
    assert (first["quarantined"], second["licence"], second["fetched"]) == (False, "MIT", None)


def test_on_a_terminal_there_is_a_bar_for_each_list_and_one_for_compiling() -> None:
    screen = io.StringIO()
    with Progress(console=Console(file=screen, force_terminal=True, width=100), refresh_per_second=1) as progress:
        bars = Bars(progress)
        for octets in (100, 2000):
            bars.fetching("games", octets, 4000)
        bars.fetching("chat", 10, 0)
        bars.compiling(0.5, "chat")
        shares = {task.description: (task.completed, task.total) for task in progress.tasks}
    assert shares == {"fetching games": (2000, 4000), "fetching chat": (10, None), "compiling chat": (50, 100)}
    assert "fetching games" in screen.getvalue()


def test_update_shows_its_bars_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for on_terminal, kind in ((True, Bars), (False, Lines)):
        monkeypatch.setattr("sys.stderr.isatty", lambda seen=on_terminal: seen)
        with watching(quiet=False) as watch:
            assert isinstance(watch, kind)
