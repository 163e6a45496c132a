"""No public list takes from Key Stage 2 what a primary school needs; and the import says what it overruled."""

from __future__ import annotations

from pathlib import Path

import pytest

from dns_filter import shipped
from dns_filter.compile_lists import compile_lists, open_current
from dns_filter.lists import parse
from dns_filter.lists.sources import Source
from dns_filter.names import to_text
from dns_filter.overruled import overruled
from dns_filter.snapshot import Snapshot
from tests.dns_filter.education import at_key_stage_2, blocked, loaded, needed, overruled_rows
from tests.shared_data import PROJECT


@pytest.mark.parametrize("every", [None, "games"], ids=["as a school would call them", "all of them called games"])
def test_no_site_that_a_school_needs_is_blocked_by_public_lists(every: str | None, tmp_path: Path) -> None:
    report, where = loaded(tmp_path, every)
    assert len(report.lists) >= 75
    assert all(one.state == "first" for one in report.lists)
    # YouTube is for the school to choose: nothing but its bare name is kept from a list about anything.
    choice = ("www.youtube.com", "www.youtube-nocookie.com") if every else ()
    taken = [(name, verdict.step) for name, verdict in blocked(needed(), where) if name not in choice]
    assert taken == []
    told = {(entry, name) for entry, name, _, _ in overruled_rows(report)}
    assert {
        ("ttrockstars.com", "ut1/games"),
        ("teams.microsoft.com", "ut1/chat"),
        ("digicert.com", "blp-adobe"),
    } <= told
    assert [name for name, _ in blocked(("poki.com", "roblox.com"), where)], "they do block what they are for"


def test_no_list_that_comes_with_caretaker_holds_a_protected_name() -> None:
    lists = {path.name: parse(path.read_bytes()).blocks for path in (PROJECT / "controller/demo/lists").glob("*.txt")}
    assert len(lists) >= 5
    for each in shipped.shipped_lists():
        if not each.name.startswith(("shipped/essential", "shipped/protected", "shipped/service:")):
            lists[each.name] = each.entries
    met = {name: [to_text(hit.entry) for hit in overruled(blocks)] for name, blocks in lists.items()}
    assert {name: hits for name, hits in met.items() if hits} == {}


EASY = """[Adblock Plus 2.0]
! Title: EasyList-like
||doubleclick.net^$third-party
||ads.example.org^
@@||bbc.co.uk^$document
bbc.co.uk##.advert
thenational.academy,purplemash.com##div[class^="ad-"]
||purplemash.com^$script,domain=example.org
||ttrockstars.com/ads/*
-banner-ad-$image
/ads/popup.js$domain=bbc.co.uk|nhs.uk
|https://www.childline.org.uk/$popup
.co.uk/adverts/
&ad_type=$~xmlhttprequest
"""


def test_a_browsers_filter_list_fed_in_by_mistake_blocks_no_site_a_school_needs(tmp_path: Path) -> None:
    easy = tmp_path / "easylist.txt"
    easy.write_text(EASY + "".join(f"{name}##.banner\n||{name}^$script\n{name}$popup\n" for name in needed()))
    report = compile_lists([Source(name="easy", path=easy, category="games")], tmp_path / "names")
    where = Snapshot(at_key_stage_2(), open_current(tmp_path / "names"))
    assert blocked(needed(), where) == []
    assert report.lists[0].names <= 2, "rules for parts of pages are no domains"
