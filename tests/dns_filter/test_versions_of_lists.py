"""Three versions of each list are kept; a person may go back, and what a person put away does not return by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from dns_filter.compile_lists import compile_lists
from dns_filter.generations import open_current
from dns_filter.lists.difference import full_difference
from dns_filter.lists.file import UnreadableList
from dns_filter.lists.good_lists import KEPT, GoodList, kept_at, read_head, versions
from dns_filter.lists.refused_versions import DamagedRefusals, forgive, refuse, refused
from dns_filter.lists.report import ListReport
from dns_filter.lists.sources import ListFile, Source, list_files
from dns_filter.names import to_wire
from dns_filter.rollback import CannotRollBack, roll_back

GAMES = [f"game{number}.example.com" for number in range(20)]


class Lists:
    """The lists of a school in one folder, compiled again after every change."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.names_dir = folder, folder / "names"
        self.sources: dict[str, Source] = {}

    def write(self, **texts: list[str]) -> None:
        for name, lines in texts.items():
            path = self.folder / f"{name}.txt"
            path.write_text("\n".join(lines) + "\n")
            self.sources[name] = Source(name=name, category=name, path=path)

    def compile(self, *accepted: str) -> dict[str, ListReport]:
        report = compile_lists(self.sources.values(), self.names_dir, frozenset(accepted))
        return {each.name: each for each in report.lists}

    def change(self, **texts: list[str]) -> dict[str, ListReport]:
        self.write(**texts)
        return self.compile()

    def file(self, name: str) -> ListFile:
        return next(file for file in list_files(self.sources.values()) if file.name == name)

    def go_back(self, *only: str, mandatory: tuple[str, ...] = ()) -> tuple[str, ...]:
        steps = roll_back(self.names_dir, list_files(self.sources.values()), mandatory, only)
        self.compile()
        return tuple(step.name for step in steps)

    def blocks(self, name: str) -> bool:
        with open_current(self.names_dir) as names:
            return bool(names.mask(to_wire(name)) & names.bits(self.sources))


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


def test_three_versions_of_a_list_are_kept_the_newest_first(lists: Lists) -> None:
    used = [lists.change(games=[*GAMES, f"new{turn}.example.com"])["games"].used for turn in range(5)]
    assert [head.version for head in versions(lists.names_dir, "games")] == used[:1:-1]
    assert not kept_at(lists.names_dir, "games", KEPT).exists()


def test_a_damaged_kept_version_is_passed_over(lists: Lists) -> None:
    first = lists.change(games=GAMES)["games"].used
    lists.change(games=[*GAMES, "new.example.com"])
    kept_at(lists.names_dir, "games").write_bytes(b"{}\n")
    head = read_head(lists.names_dir, "games")
    assert head
    assert head.version == first


def test_what_changed_last_is_gone_back_from_and_does_not_return_by_itself(lists: Lists) -> None:
    lists.change(games=GAMES, chat=["chat.example.com"])
    lists.change(chat=["chat.example.com", "talk.example.com"])
    lists.change(games=[*GAMES, "maths.example.com"])
    assert lists.go_back() == ("games",)
    for _ in range(2):
        held = lists.compile()["games"]
        assert (held.state, [reason.kind for reason in held.reasons]) == ("quarantined", ["rolled-back"])
        assert not lists.blocks("maths.example.com")
        assert lists.blocks("talk.example.com")


def test_going_back_again_goes_further_back_until_nothing_is_left(lists: Lists) -> None:
    for turn in range(3):
        lists.change(games=[*GAMES, *(f"new{number}.example.com" for number in range(turn))])
    assert lists.go_back() == ("games",)
    assert lists.blocks("new0.example.com")
    assert not lists.blocks("new1.example.com")
    assert lists.go_back() == ("games",)
    assert not lists.blocks("new0.example.com")
    assert lists.go_back() == ()
    assert lists.blocks("game1.example.com")


def test_after_going_back_the_next_version_is_taken_and_compared_with_the_one_in_use(lists: Lists) -> None:
    lists.change(games=GAMES)
    lists.change(games=[*GAMES, "maths.example.com"])
    lists.go_back()
    assert lists.change(games=[*GAMES, "real-game.example.com"])["games"].state == "changed"
    assert lists.blocks("real-game.example.com")
    assert len(versions(lists.names_dir, "games")) == 2


def test_what_a_person_went_back_from_can_be_accepted_after_all(lists: Lists) -> None:
    lists.change(games=GAMES)
    version = lists.change(games=[*GAMES, "maths.example.com"])["games"].used
    lists.go_back()
    forgive(lists.names_dir, "games", version)
    lists.compile(f"games@{version}")
    assert lists.blocks("maths.example.com")
    assert refused(lists.names_dir) == {}


def test_a_mandatory_list_is_never_gone_back_from_not_even_by_name(lists: Lists) -> None:
    lists.change(games=GAMES, illegal=["one.example.com"])
    lists.change(games=[*GAMES, "maths.example.com"], illegal=["one.example.com", "two.example.com"])
    with pytest.raises(CannotRollBack, match="mandatory category illegal"):
        lists.go_back("illegal", mandatory=("illegal",))
    assert lists.go_back(mandatory=("illegal",)) == ("games",)
    assert lists.blocks("two.example.com")
    assert not lists.blocks("maths.example.com")


@pytest.mark.parametrize(("name", "why"), [("chat", "no older version"), ("nobody", "there is no list 'nobody'")])
def test_a_list_with_nothing_to_go_back_to_is_named(lists: Lists, name: str, why: str) -> None:
    lists.change(games=GAMES, chat=["chat.example.com"])
    lists.change(games=[*GAMES, "maths.example.com"])
    with pytest.raises(CannotRollBack, match=why):
        lists.go_back(name)


def test_a_list_may_be_gone_back_from_by_name_though_others_changed_later(lists: Lists) -> None:
    lists.change(games=GAMES, chat=["chat.example.com"])
    lists.change(games=[*GAMES, "maths.example.com"])
    lists.change(chat=["chat.example.com", "talk.example.com"])
    assert lists.go_back("games") == ("games",)
    assert lists.blocks("talk.example.com")


def test_what_was_put_away_is_not_forgotten_where_the_note_is_damaged(lists: Lists) -> None:
    lists.change(games=GAMES)
    (lists.names_dir / "refused.json").write_text("{")
    with pytest.raises(DamagedRefusals, match=r"refused\.json"):
        lists.compile()


def test_only_so_many_versions_are_remembered(tmp_path: Path) -> None:
    for number in range(30):
        refuse(tmp_path, {"games": f"{number:012}"})
    assert refused(tmp_path)["games"] == {f"{number:012}" for number in range(10, 30)}


def test_a_person_sees_all_that_a_waiting_version_would_change(lists: Lists) -> None:
    lists.change(games=[*GAMES, "old.example.com"])
    fresh = [f"fresh{number:03}.example.com" for number in range(60)]
    held = lists.change(games=[*GAMES, *fresh, "ttrockstars.com", "cloudfront.net"])["games"]
    found = full_difference(lists.file("games"), lists.names_dir)
    assert held.state == "quarantined"
    assert (found.used, found.seen, found.added, found.removed) == (held.used, held.seen, 62, 1)
    assert found.added_first == ("cloudfront.net", *fresh[:49])
    assert found.removed_first == ("old.example.com",)
    assert found.too_broad == ("cloudfront.net",)
    assert [(hit.entry, hit.category) for hit in found.protected] == [("ttrockstars.com", "protected:education")]


def test_what_the_version_in_use_already_holds_is_no_news(lists: Lists) -> None:
    lists.change(games=[*GAMES, "ttrockstars.com", "amazonaws.com"])
    lists.change(games=["ttrockstars.com", "amazonaws.com"])
    found = full_difference(lists.file("games"), lists.names_dir)
    assert (found.removed, found.protected, found.too_broad) == (20, (), ())


def test_a_first_version_is_compared_with_nothing(lists: Lists) -> None:
    lists.write(games=GAMES)
    found = full_difference(lists.file("games"), lists.names_dir)
    assert (found.used, found.names_used, found.added) == ("", 0, 20)


def test_a_difference_needs_both_versions(lists: Lists) -> None:
    lists.change(games=GAMES)
    kept = kept_at(lists.names_dir, "games")
    kept.write_bytes(kept.read_bytes()[:-9])
    with pytest.raises(UnreadableList, match="damaged"):
        full_difference(lists.file("games"), lists.names_dir)
    (lists.folder / "games.txt").unlink()
    with pytest.raises(UnreadableList, match=r"games\.txt"):
        full_difference(lists.file("games"), lists.names_dir)


def test_a_version_of_an_earlier_release_needs_no_generation() -> None:
    head = GoodList(name="a", version="b", date="", format="auto", names=1, too_broad=(), essential=())
    assert head.generation == 0
