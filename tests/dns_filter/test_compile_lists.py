"""Lists become the table in force; what looks wrong does not; and no moment of dying leaves the school without one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dns_filter import compile_lists as compiler
from dns_filter.compile_lists import AnotherCompiles, compile_lists, status
from dns_filter.domain_table import DamagedTable, DomainTable
from dns_filter.generations import newest_first, open_current, read_current
from dns_filter.lists.good_lists import kept_at
from dns_filter.lists.report import ListReport, Report
from dns_filter.lists.sources import Source, UnreadableManifest, list_files, read_manifest
from dns_filter.names import to_wire
from tests.shared_data import shared_data

GAMES = "".join(f"game{number}.example.com\n" for number in range(40))


@pytest.fixture
def games(tmp_path: Path) -> Source:
    (tmp_path / "games.txt").write_text(GAMES)
    return Source(name="games", category="games", path=tmp_path / "games.txt", licence="MIT")


def names_dir(tmp_path: Path) -> Path:
    return tmp_path / "names"


def compiled(tmp_path: Path, *sources: Source, accepted: frozenset[str] = frozenset()) -> Report:
    return compile_lists(sources, names_dir(tmp_path), accepted)


def only(report: Report) -> ListReport:
    (listed,) = report.lists
    return listed


def blocked(tmp_path: Path, name: str, category: str = "games") -> bool:
    with open_current(names_dir(tmp_path)) as names:
        return bool(names.mask(to_wire(name)) & names.bits([category]))


def test_a_list_becomes_the_table_in_force(tmp_path: Path, games: Source) -> None:
    report = compiled(tmp_path, games)
    assert (only(report).state, only(report).names, only(report).licence) == ("first", 40, "MIT")
    assert blocked(tmp_path, "www.game7.example.com")
    assert not blocked(tmp_path, "game40.example.com")
    current = read_current(names_dir(tmp_path))
    assert current
    assert (current.version, current.count, current.generation) == (report.version, report.names, 1)
    assert status(names_dir(tmp_path)) == report
    with open_current(names_dir(tmp_path)) as names:
        assert names.lists("games") == (f"games@{only(report).used}",)


def test_what_comes_with_the_filter_is_in_every_table(tmp_path: Path) -> None:
    compiled(tmp_path)
    with open_current(names_dir(tmp_path)) as names:
        for name, category in (
            ("www.msftconnecttest.com", "essential"),
            ("ttrockstars.com", "protected:education"),
            ("dns.google", "bypass"),
            ("v16.tiktokcdn.com", "service:tiktok"),
        ):
            assert category in names.categories(names.mask(to_wire(name)))


def test_the_same_lists_make_no_new_generation_and_another_version_does(tmp_path: Path, games: Source) -> None:
    first = compiled(tmp_path, games)
    again = compiled(tmp_path, games)
    assert (again.changed, again.version, only(again).state) == (False, first.version, "same")
    games.path.write_text(GAMES + "new.example.com\n")
    later = compiled(tmp_path, games)
    assert (later.changed, later.generation, only(later).state) == (True, 2, "changed")
    assert blocked(tmp_path, "new.example.com")


def test_three_generations_are_kept(tmp_path: Path, games: Source) -> None:
    for number in range(6):
        games.path.write_text(GAMES + f"new{number}.example.com\n")
        compiled(tmp_path, games)
    assert [number for number, _ in newest_first(names_dir(tmp_path))] == [6, 5, 4]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("empty", ""),
        ("empty", "# nothing today\n"),
        ("empty", "192.0.2.1\n"),
        ("page", "<!DOCTYPE html>\n<html><body>404 not found</body></html>\n"),
        ("shrunk", "".join(GAMES.splitlines(keepends=True)[:19])),
        ("grown", "".join(f"game{number}.example.com\n" for number in range(121))),
        ("unparsable", GAMES + "no domain at all\n" * 3),
        ("too-broad", GAMES + "co.uk\n"),
        ("too-broad", GAMES + "com\n"),
        ("too-broad", GAMES + "cloudfront.net\n"),
        ("essential", GAMES + "captive.apple.com\n"),
        ("essential", GAMES + "digicert.com\n"),
        ("essential", GAMES + "1-courier.push.apple.com\n"),
    ],
)
def test_a_suspicious_version_is_held_and_the_last_good_one_stays(
    tmp_path: Path, games: Source, kind: str, text: str
) -> None:
    good = compiled(tmp_path, games)
    games.path.write_text(text)
    for _ in range(2):
        report = compiled(tmp_path, games)
        assert only(report).state == "quarantined"
        assert kind in {reason.kind for reason in only(report).reasons}
        assert only(report).used == only(good).used
        assert report.version == good.version
        assert blocked(tmp_path, "game39.example.com")


def test_a_person_is_shown_the_difference_and_may_accept_it(tmp_path: Path, games: Source) -> None:
    compiled(tmp_path, games)
    games.path.write_text("game1.example.com\nother.example.com\n")
    held = only(compiled(tmp_path, games))
    assert held.difference
    assert (held.difference.added, held.difference.removed) == (1, 39)
    assert held.difference.added_first == ("other.example.com",)
    taken = only(compiled(tmp_path, games, accepted=frozenset({f"games@{held.seen}"})))
    assert taken.state == "changed"
    assert not blocked(tmp_path, "game2.example.com")
    assert blocked(tmp_path, "other.example.com")


@pytest.mark.parametrize("text", ["", "<html></html>\n"])
def test_nobody_can_accept_an_empty_file_or_a_page(tmp_path: Path, games: Source, text: str) -> None:
    compiled(tmp_path, games)
    games.path.write_text(text)
    held = only(compiled(tmp_path, games))
    assert only(compiled(tmp_path, games, accepted=frozenset({f"games@{held.seen}"}))).state == "quarantined"


@pytest.mark.parametrize("text", ["", "<html>\n", "a b c\nfine.example.com\n"])
def test_a_list_that_was_never_good_is_left_out_and_the_others_are_used(
    tmp_path: Path, games: Source, text: str
) -> None:
    (tmp_path / "bad").write_text(text)
    report = compiled(tmp_path, Source(name="bad", category="chat", path=tmp_path / "bad"), games)
    assert [each.state for each in report.lists] == ["left-out", "first"]
    assert report.lists[0].reasons
    assert blocked(tmp_path, "game0.example.com")
    with open_current(names_dir(tmp_path)) as names:
        assert not names.has("chat")


def test_a_list_that_has_gone_missing_or_cannot_be_unpacked_keeps_its_last_good_version(
    tmp_path: Path, games: Source
) -> None:
    packed = games.model_copy(update={"path": tmp_path / "games.xz"})
    compiled(tmp_path, games)
    for octets in (b"no xz", None):
        packed.path.write_bytes(octets) if octets else packed.path.unlink()
        report = only(compiled(tmp_path, packed))
        assert (report.state, [reason.kind for reason in report.reasons]) == ("quarantined", ["unreadable"])
        assert blocked(tmp_path, "game0.example.com")


def test_a_first_version_loses_what_is_too_broad_and_the_next_may_name_it_again(tmp_path: Path, games: Source) -> None:
    games.path.write_text(GAMES + "amazonaws.com\nco.uk\n")
    first = only(compiled(tmp_path, games))
    assert first.state == "first"
    assert {each.entry for each in first.dropped} == {"amazonaws.com", "co.uk"}
    assert not blocked(tmp_path, "s3.amazonaws.com")
    assert not blocked(tmp_path, "bbc.co.uk")
    games.path.write_text(GAMES + "amazonaws.com\nco.uk\nmore.example.com\n")
    assert only(compiled(tmp_path, games)).state == "changed"
    games.path.write_text(GAMES + "amazonaws.com\nco.uk\nfastly.net\n")
    assert only(compiled(tmp_path, games)).state == "quarantined"


def test_no_list_reaches_an_essential_name(tmp_path: Path, games: Source) -> None:
    games.path.write_text(GAMES + "apple.com\nx.push.apple.com\n")
    report = only(compiled(tmp_path, games))
    assert report.state == "first"
    assert "essential" in {each.category for each in report.overruled}
    assert blocked(tmp_path, "games.apple.com")
    assert not blocked(tmp_path, "captive.apple.com")
    assert not blocked(tmp_path, "x.push.apple.com")


def test_an_exception_in_a_list_and_both_spellings_reach_the_table(tmp_path: Path, games: Source) -> None:
    games.path.write_text("||games.example^\n@@||maths.games.example^\n||spaß.example^\n")
    compiled(tmp_path, games)
    assert blocked(tmp_path, "www.games.example")
    assert not blocked(tmp_path, "maths.games.example")
    assert blocked(tmp_path, "spass.example")
    assert blocked(tmp_path, "spaß.example")


def test_a_damaged_generation_gives_way_to_the_one_before(tmp_path: Path, games: Source) -> None:
    compiled(tmp_path, games)
    games.path.write_text(GAMES + "new.example.com\n")
    compiled(tmp_path, games)
    (_, newest), (_, before) = newest_first(names_dir(tmp_path))
    newest.write_bytes(newest.read_bytes()[:-1])
    assert not blocked(tmp_path, "new.example.com")
    assert blocked(tmp_path, "game1.example.com")
    before.write_bytes(b"")
    with pytest.raises(DamagedTable, match="checksum"):
        open_current(names_dir(tmp_path))
    assert compiled(tmp_path, games).changed
    assert blocked(tmp_path, "new.example.com")


def test_a_damaged_note_of_what_is_current_is_survived(tmp_path: Path, games: Source) -> None:
    compiled(tmp_path, games)
    (names_dir(tmp_path) / "current.json").write_text("{")
    assert blocked(tmp_path, "game1.example.com")
    assert compiled(tmp_path, games).generation == 2


def test_a_damaged_last_good_copy_is_no_last_good_copy(tmp_path: Path, games: Source) -> None:
    compiled(tmp_path, games)
    kept = kept_at(names_dir(tmp_path), "games")
    kept.write_bytes(kept.read_bytes()[:-9])
    games.path.write_text("")
    assert only(compiled(tmp_path, games)).state == "left-out"
    kept.write_bytes(b"\xff\xfe\n")
    games.path.write_text(GAMES)
    assert only(compiled(tmp_path, games)).state == "first"


def test_without_any_table_there_is_a_clear_refusal(tmp_path: Path) -> None:
    with pytest.raises(DamagedTable, match="no names table has been compiled"):
        open_current(tmp_path)
    assert status(tmp_path) is None


def test_two_do_not_compile_at_once(tmp_path: Path, games: Source) -> None:
    compiled(tmp_path, games)
    with compiler._lock(names_dir(tmp_path)), pytest.raises(AnotherCompiles, match="another process"):
        compiled(tmp_path, games)


def test_a_full_disk_leaves_the_table_in_force(tmp_path: Path, games: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(tmp_path, games)
    games.path.write_text(GAMES + "new.example.com\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        compiled(tmp_path, games)
    monkeypatch.undo()
    assert blocked(tmp_path, "game1.example.com")
    assert not blocked(tmp_path, "new.example.com")
    assert not list(names_dir(tmp_path).glob(".*.tmp"))


DIE_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
from dns_filter.compile_lists import compile_lists
from dns_filter.generations import open_current
from dns_filter.lists.sources import Source
from dns_filter.names import to_wire

steps_left = -1
def counted(real):
    def call(*args, **more):
        global steps_left
        steps_left -= 1
        if steps_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)
    return call
os.fsync, os.open, os.rename, os.replace = map(counted, (os.fsync, os.open, os.rename, os.replace))

listed, names_dir = Path(sys.argv[1]), Path(sys.argv[2])
good = listed.read_text()
for step in range(1, 100):
    listed.write_text(good + f"new{step}.example.com\\n")
    child = os.fork()
    if not child:
        steps_left = step
        compile_lists([Source(name="games", category="games", path=listed)], names_dir)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open_current(names_dir) as names:
        old, new = (bool(names.mask(to_wire(name))) for name in ("game39.example.com", f"new{step}.example.com"))
    print(status, old, new)
    if status == 0:
        break
"""


def test_killed_at_any_step_it_leaves_a_whole_table_and_the_next_run_finishes(tmp_path: Path, games: Source) -> None:
    compiled(tmp_path, games)
    words = [sys.executable, "-c", DIE_AT_EACH_STEP, str(games.path), str(names_dir(tmp_path))]
    child = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    *killed, finished = [line.split() for line in child.stdout.splitlines()]
    assert len(killed) >= 12
    assert {(status, old) for status, old, _ in killed} == {(str(-signal.SIGKILL), "True")}
    assert {new for _, _, new in killed} == {"True", "False"}
    assert finished == ["0", "True", "True"]
    assert not list(names_dir(tmp_path).glob("**/.*.tmp"))


def test_killed_at_a_random_moment_of_a_large_list(tmp_path: Path, games: Source) -> None:
    compiled(tmp_path, games)
    listed = "".join(f"site{number}.example.org\n" for number in range(60000))
    (tmp_path / "big.txt").write_text(listed)
    manifest = tmp_path / "manifest.json"
    both = [{"name": name, "category": name, "path": f"{name}.txt"} for name in ("games", "big")]
    manifest.write_text(json.dumps({"sources": both}))
    words = [sys.executable, "-m", "dns_filter.compile_lists", str(manifest), str(names_dir(tmp_path))]
    for lines in (1, 2, 3):
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout
            assert all("progress" in json.loads(child.stdout.readline()) for _ in range(lines))
            child.kill()
        assert blocked(tmp_path, "game1.example.com")
    assert subprocess.run(words, capture_output=True, check=False, timeout=60).returncode == 0
    assert blocked(tmp_path, "site59999.example.org", "big")


def run(*words: str | Path) -> tuple[int, list[dict[str, object]], str]:
    command = [sys.executable, "-m", "dns_filter.compile_lists", *map(str, words)]
    child = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return child.returncode, [json.loads(line) for line in child.stdout.splitlines()], child.stderr


def test_the_command_tells_its_progress_and_what_came_of_it(tmp_path: Path, games: Source) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"sources": [json.loads(games.model_dump_json()) | {"path": "games.txt"}]}))
    code, lines, _ = run(manifest, names_dir(tmp_path))
    assert code == 0
    shares = [line["progress"] for line in lines[:-1]]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)  # type: ignore[type-var]
    assert lines[-1]["changed"] is True
    assert lines[-1]["troubled"] == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "manifest.json"),
        ('{"sources": [{"name": "../up", "path": "x", "category": "games"}]}', "name"),
        ('{"sources": [{"name": "a", "path": "games.txt"}]}', "needs a category"),
        (
            '{"sources": [{"name": "a", "path": "g", "category": "c"}, {"name": "a", "path": "h", "category": "c"}]}',
            "two",
        ),
        ('{"sources": [{"name": "a", "path": "g", "category": "c", "colour": "red"}]}', "colour"),
        ('{"sources": [{"name": "a", "path": "g", "category": "c", "format": "csv"}]}', "format"),
    ],
)
def test_a_manifest_with_a_mistake_is_refused(tmp_path: Path, games: Source, text: str, told: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    code, lines, words = run(tmp_path / "manifest.json", names_dir(tmp_path))
    assert (code, lines) == (2, [])
    assert told in words
    with pytest.raises(UnreadableManifest):
        list_files(read_manifest(tmp_path / "manifest.json"))


def test_a_directory_of_categories_is_one_list_for_each(tmp_path: Path) -> None:
    for category, ending in (("games", ""), ("drogue", ".gz"), ("chat", ""), ("empty-of-lists", "x")):
        (tmp_path / "ut1" / category).mkdir(parents=True)
        (tmp_path / "ut1" / category / f"domains{ending}").write_bytes(b"")
    files = list_files([Source(name="ut1", path=tmp_path / "ut1", rename={"drogue": "drugs"})])
    assert [(each.name, each.categories) for each in files] == [
        ("ut1/chat", ("chat",)),
        ("ut1/drogue", ("drugs",)),
        ("ut1/games", ("games",)),
    ]
    some = list_files([Source(name="ut1", path=tmp_path / "ut1", only=("chat",), categories=("social", "talk"))])
    assert [(each.name, each.categories) for each in some] == [("ut1/chat", ("social", "talk"))]
    one = list_files([Source(name="games", path=tmp_path / "ut1" / "games", category="games")])
    assert [each.path.name for each in one] == ["domains"]


def test_a_list_of_two_categories_is_in_both(tmp_path: Path, games: Source) -> None:
    compiled(tmp_path, games.model_copy(update={"categories": ("fun",)}))
    assert blocked(tmp_path, "game1.example.com", "games")
    assert blocked(tmp_path, "game1.example.com", "fun")


def test_what_ut1_holds_of_a_primary_schools_lessons_is_told(tmp_path: Path) -> None:
    sources = [Source(name="ut1", path=shared_data("blocklists") / "ut1", only=("games", "webmail", "chat"))]
    report = compiled(tmp_path, *sources)
    told: Callable[[str], set[str]] = lambda name: {  # noqa: E731
        each.entry for listed in report.lists if listed.name == f"ut1/{name}" for each in listed.overruled
    }
    assert {"ttrockstars.com", "sparxmaths.uk"} <= told("games")
    assert {"login.live.com", "office365.com"} <= told("webmail")
    assert "teams.microsoft.com" in told("chat")
    with open_current(names_dir(tmp_path)) as names:
        both = set(names.categories(names.mask(to_wire("play.ttrockstars.com"))))
        assert both == {"games", "protected:education"}
        assert isinstance(names, DomainTable)
