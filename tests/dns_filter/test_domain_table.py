"""A name on a list is found with all below it and nothing beside it; a damaged table is never served."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_filter import domain_table
from dns_filter.domain_table import DamagedTable, DomainTable, Listed
from dns_filter.durable import write_durably
from dns_filter.lists import parse
from dns_filter.lists.file import read_list_file
from dns_filter.lists.parsed_list import Entries
from dns_filter.model import Name
from dns_filter.names import ROOT, parents, to_wire
from dns_filter.table_build import TableBuilder
from tests.shared_data import shared_data

KEY = bytes(range(16))
NOTHING = Entries()


def entries(whole: str = "", exact: str = "", below: str = "") -> Entries:
    return Entries(*(frozenset(map(to_wire, names.split())) for names in (whole, exact, below)))


def table(path: Path, *lists: tuple[str, Entries, Entries]) -> DomainTable:
    """One list per (category, blocks, exceptions)."""
    builder = TableBuilder(KEY)
    for number, (category, blocks, exceptions) in enumerate(lists):
        builder.add(Listed(name=f"list{number}", version="v", categories=(category,)), blocks, exceptions)
    write_durably(path / "names", builder.octets("v1"))
    return DomainTable.open(path / "names")


def categories(names: DomainTable, name: str) -> set[str]:
    return set(names.categories(names.mask(to_wire(name))))


def test_a_name_is_found_with_all_below_it_and_nothing_beside_it(tmp_path: Path) -> None:
    with table(tmp_path, ("games", entries("games.example.com"), NOTHING)) as names:
        for listed in ("games.example.com", "www.games.example.com", "a.b.c.games.example.com"):
            assert categories(names, listed) == {"games"}
        for other in ("example.com", "xgames.example.com", "games.example.com.uk", "games.example", "com"):
            assert categories(names, other) == set()
        assert names.mask(ROOT) == 0


def test_exact_means_that_name_and_below_means_not_that_name(tmp_path: Path) -> None:
    lists = ("a", entries(exact="only.example"), NOTHING), ("b", entries(below="under.example"), NOTHING)
    with table(tmp_path, *lists) as names:
        assert categories(names, "only.example") == {"a"}
        assert categories(names, "www.only.example") == set()
        assert categories(names, "under.example") == set()
        assert categories(names, "www.under.example") == {"b"}


def test_an_exception_clears_its_own_list_and_no_other(tmp_path: Path) -> None:
    first = ("ads", entries("example.com"), entries("good.example.com"))
    second = ("ads", entries("example.com"), NOTHING)
    third = ("trackers", entries("example.com"), entries(exact="good.example.com"))
    with table(tmp_path, first, second, third) as names:
        good = names.mask(to_wire("good.example.com"))
        assert names.categories(good) == ("ads",)
        assert names.lists_of(good) == ("list1@v",)
        assert names.lists_of(names.mask(to_wire("www.good.example.com"))) == ("list1@v", "list2@v")
        assert names.lists_of(names.mask(to_wire("example.com"))) == ("list0@v", "list1@v", "list2@v")


def test_labels_that_print_like_a_listed_name_are_another_name(tmp_path: Path) -> None:
    with table(tmp_path, ("search", entries("www.google.com"), NOTHING)) as names:
        assert names.mask(Name(b"\x03www\x06google\x03com\0"))
        assert not names.mask(Name(b"\x0awww.google\x03com\0"))
        assert not names.mask(Name(b"\x03www\x0agoogle.com\0\0"[:-1]))


def test_categories_lists_and_the_matched_name_are_told(tmp_path: Path) -> None:
    lists = ("games", entries("example.com"), NOTHING), ("chat", entries("talk.example.com"), NOTHING)
    with table(tmp_path, *lists) as names:
        asked = to_wire("www.talk.example.com")
        assert names.has("games")
        assert not names.has("weather")
        assert names.bits(["games", "weather"]) | names.bits(["chat"]) == names.mask(asked)
        assert names.lists("games") == ("list0@v",)
        assert names.lists("weather") == ()
        assert names.matched(asked, names.bits(["chat"])) == to_wire("talk.example.com")
        assert names.matched(asked, names.bits(["games"])) == to_wire("example.com")
        assert names.matched(to_wire("example.com"), names.bits(["chat"])) is None
        assert (names.version, names.count) == ("v1", 2)


def test_more_lists_than_a_machine_word_has_bits(tmp_path: Path) -> None:
    many = [
        (f"c{number}", entries("example.com" if number % 2 else f"x{number}.example"), NOTHING) for number in range(150)
    ]
    with table(tmp_path, *many) as names:
        assert categories(names, "www.example.com") == {f"c{number}" for number in range(1, 150, 2)}
        assert categories(names, "x148.example") == {"c148"}


def test_a_table_of_nothing_is_a_table(tmp_path: Path) -> None:
    with table(tmp_path) as names:
        assert names.mask(to_wire("bbc.co.uk")) == 0
        assert names.count == 0


def test_more_combinations_of_lists_than_sixteen_bits_can_number(tmp_path: Path) -> None:
    # 17 lists and names on every combination of them: 2^17 - 1 rows.
    every = [to_wire(f"n{number}.example") for number in range(1 << 17)]
    lists = [
        (f"c{bit}", Entries(frozenset(name for n, name in enumerate(every) if n >> bit & 1)), NOTHING)
        for bit in range(17)
    ]
    with table(tmp_path, *lists) as names:
        for number in random.Random(1).sample(range(1, 1 << 17), 500):
            assert names.mask(to_wire(f"n{number}.example")) == number


labels = st.sampled_from(["a", "b", "www", "uk", "com"])
host = st.lists(labels, min_size=1, max_size=4).map(lambda parts: to_wire(".".join(parts)))
forms = st.builds(
    Entries, st.frozensets(host, max_size=4), st.frozensets(host, max_size=4), st.frozensets(host, max_size=4)
)


def _on(name: Name, listed: Entries) -> bool:
    above = set(parents(name)) - {name}
    return name in listed.whole | listed.exact or bool(above & (listed.whole | listed.below))


@given(st.lists(st.tuples(forms, forms), max_size=4), st.lists(host, max_size=10))
def test_the_table_says_what_its_lists_say(
    tmp_path_factory: pytest.TempPathFactory, lists: list[tuple[Entries, Entries]], asked: list[Name]
) -> None:
    path = tmp_path_factory.mktemp("table")
    with table(path, *((f"c{number}", *both) for number, both in enumerate(lists))) as names:
        for name in asked:
            wanted = {
                f"c{n}" for n, (blocks, allows) in enumerate(lists) if _on(name, blocks) and not _on(name, allows)
            }
            assert set(names.categories(names.mask(name))) == wanted


def test_a_table_cut_off_anywhere_or_altered_anywhere_is_refused(tmp_path: Path) -> None:
    table(tmp_path, ("games", entries("games.example.com www.example.org a.example"), NOTHING)).close()
    good = (tmp_path / "names").read_bytes()
    damaged = tmp_path / "damaged"
    for length in range(len(good)):
        damaged.write_bytes(good[:length])
        with pytest.raises(DamagedTable, match="damaged"):
            DomainTable.open(damaged)
    for place in range(len(good)):
        damaged.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(DamagedTable, match="damaged"):
            DomainTable.open(damaged)
    damaged.write_bytes(good + b"\0")
    with pytest.raises(DamagedTable, match="checksum"):
        DomainTable.open(damaged)


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "names"
    target.write_bytes(b"old")

    def full_disk() -> object:
        yield b"new"
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        write_durably(target, full_disk())  # type: ignore[arg-type]
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    "path", ["ut1/games/domains.xz", "blocklistproject/drugs.txt.xz", "sinfonietta/social-hosts.xz"]
)
def test_every_name_of_a_large_public_list_is_found_and_its_siblings_are_not(tmp_path: Path, path: str) -> None:
    listed = parse(read_list_file(shared_data("blocklists") / path)).blocks
    with table(tmp_path, ("listed", listed, NOTHING)) as names:
        assert all(names.mask(name) for name in listed.whole)
        assert names.count == len(listed.whole)
        for name in random.Random(1).sample(sorted(listed.whole), 2000):
            assert names.mask(Name(b"\x03www\x01x" + name))
            sibling = Name(b"\x0ax-sibling-" + name[1 + name[0] :])
            assert bool(names.mask(sibling)) == any(above in listed.whole for above in parents(sibling))
    assert (tmp_path / "names").stat().st_size < 12 * len(listed.whole) + 4096


def test_what_was_looked_up_lately_is_remembered_rightly_and_not_without_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(domain_table, "_LATELY", 3)
    lists = ("a", entries(exact="only.example"), NOTHING), ("b", entries(below="under.example"), NOTHING)
    with table(tmp_path, *lists) as names:
        for _ in range(3):
            for name, known in (("only.example", {"a"}), ("x.only.example", set()), ("x.under.example", {"b"})):
                assert categories(names, name) == known
                assert categories(names, name) == known
                assert names.knows(to_wire(name)) == (name == "only.example")
                assert len(names._lately) <= 3
