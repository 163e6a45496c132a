"""What a policy names must exist, and what it says must make sense together."""

from __future__ import annotations

import pytest

from tests.controller.policies import SMALL, changed, load, problems

# Old text, new text, path of the mistake, words that must be said.
ERRORS = [
    ("level: approved-only, segment", "level: aproved-only, segment", "year_groups.year-1.level", "'approved-only'?"),
    ("level: key-stage-2, segment: pupils", "level: staff, segment: pupil", "year_groups.year-5.segment", "'pupils'?"),
    ("{extends: staff}", "{extends: stuff}", "access_levels.office.extends", "no access level 'stuff'"),
    ("by: head}", "by: headteacher}", "access_levels.key-stage-2.allow[0].by", "no role or responsible person"),
    ("[year-1, year-5]", "[year-1, year-55]", "timetable[1].for[1]", "did you mean 'year-5'?"),
    ("for: year-5", "for: year-7", "timetable[0].for", "expected year-1 or year-5"),
    ("what: computing", "what: computing, level: none", "timetable[0].level", "no access level 'none'"),
    ("pupils: closed, staff", "pupils: shut, staff", "outside_windows.pupils", "no access level 'shut'"),
    ("without: approved-only", "without: nothing", "agreements.pupils.without", "no-internet"),
    ("declined: no-internet", "declined: nointernet", "agreements.declined", "did you mean 'no-internet'?"),
    ("segment: by-person", "segment: by-user", "devices.ipad.segment", "did you mean 'by-person'?"),
    ("{staff: breaks}", "{staf: breaks}", "devices.phone.whose[0].staf", "did you mean 'staff'?"),
    ("{staff: breaks}", "{staff: lunch}", "devices.phone.whose[0].staff", "expected breaks"),
    ("clauses: [F1, F3]", "clauses: [F1, F99]", "access_levels.key-stage-2.clauses[1]", "no clause 'F99'"),
    ("vlan: 30", "vlan: 20", "segments.staff.vlan", "VLAN 20 is that of 'pupils' in line 11"),
    ("10.30.0.0/24", "10.20.3.0/24", "segments.staff.subnets[0]", "overlaps 10.20.0.0/22 in line 11"),
    ("10.30.0.0/24", "10.20.0.0/22", "segments.staff.subnets[0]", "overlaps 10.20.0.0/22 in line 11"),
    ("10.20.0.0/22", "0.0.0.0/0", "segments.staff.subnets[0]", "overlaps 0.0.0.0/0 in line 11"),
    ("quarantine: {vlan: 999,", "resting: {vlan: 999,", "segments", "no segment for quarantine"),
    ("staff: {vlan: 30,", "staff: {vlan: 30, purpose: quarantine,", "segments.quarantine", "after 'staff' in line 12"),
    (
        "pupils: {vlan: 20,",
        "pupils: {vlan: 20, purpose: management,",
        "year_groups.year-1.segment",
        "in the management segment",
    ),
    (
        "staff: {block: [gambling]}",
        "staff: {extends: office}",
        "access_levels.office.extends",
        "staff -> office -> staff",
    ),
    ("staff: {block: [gambling]}", "staff: {extends: staff}", "access_levels.staff.extends", "goes round in a circle"),
    ("name: ttrockstars.com", "name: co.uk", "access_levels.key-stage-2.allow[0].name", "is a public suffix"),
    ("name: ttrockstars.com", "name: ttrockstars", "access_levels.key-stage-2.allow[0].name", "is one word"),
    (
        "sites: [bbc.co.uk]",
        "sites: ['https://bbc.co.uk/bitesize']",
        "site_lists.approved.sites[0]",
        "mean 'bbc.co.uk'?",
    ),
    ("name: gambling, category", "name: games, category", "lists[1].name", "after line 26"),
    ("from: 2026-10-26", "from: 2026-08-26", "terms[0].half_term", "outside its term"),
    (
        "  head: {level: office",
        "  year-5: {level: office",
        "roles.year-5",
        "a year group has this name too, in line 31",
    ),
]


@pytest.mark.parametrize(("old", "new", "path", "said"), ERRORS)
def test_what_names_nothing_or_contradicts_itself_is_refused(old: str, new: str, path: str, said: str) -> None:
    found = {problem.path: problem.message for problem in problems(changed((old, new)))}
    assert path in found, f"{path} is not among {found}"
    assert said in found[path]
    assert "; expected " in found[path]


WARNINGS = [
    ("{name: chat.example.org}", "{service: tictok}", "access_levels.key-stage-2.block[1].service", "mean 'tiktok'?"),
    ("{focus: [approved]}", "{focus: [aproved]}", "access_levels.approved-only.focus[0]", "did you mean 'approved'?"),
    (
        "block: [gambling]",
        "block: [gamblin]",
        "access_levels.staff.block[0]",
        "no list feeds 'gamblin', did you mean 'gambling'?",
    ),
    ("mandatory: [games]", "mandatory: [iwf]", "mandatory[0]", "no list feeds 'iwf': nothing is blocked"),
    ("path: lists/games.txt", "url: https://10.0.0.1/x", "lists[0].url", "10.0.0.1 is private: it will not"),
    ("path: lists/games.txt", "url: https://me:key@lists.example/x", "lists[0].url", "a password does not belong"),
    ("name: chat.example.org", "name: zip", "access_levels.key-stage-2.block[1].name", "is a public suffix"),
    (
        "name: chat.example.org",
        "name: github.io",
        "access_levels.key-stage-2.block[1].name",
        "blocks everything below it",
    ),
    ("staff: {vlan: 30, subnets: [10.30.0.0/24]}", "staff: {vlan: 30}", "segments.staff", "no subnets"),
    ("{on: 2026-11-27,", "{on: 2026-12-27,", "closures[0]", "outside every term"),
    ("from: 13:30, to: 14:00", "from: 08:30, to: 09:00", "timetable[1]", "outside the school day (08:40 to 15:15)"),
    ("from: 13:30, to: 14:00", "from: 15:00, to: 15:30", "timetable[1]", "outside the school day (08:40 to 15:15)"),
    ("on: [wed]", "on: [sat]", "timetable[1].on", "at the weekend"),
    (
        "on: [wed], from: 13:30, to: 14:00",
        "on: [thu], from: 11:00, to: 12:00",
        "timetable[1]",
        "lesson of line 37 at the same",
    ),
    ("breaks: [{from: 10:10, to: 10:25}]", "breaks: []", "devices.phone.whose", "the day has no `breaks:`"),
    ("from: 10:10, to: 10:25", "from: 07:10, to: 07:25", "day.breaks[0]", "outside the school day"),
]


@pytest.mark.parametrize(("old", "new", "path", "said"), WARNINGS)
def test_what_is_odd_but_legal_is_a_warning(old: str, new: str, path: str, said: str) -> None:
    found = {warning.path: warning.message for warning in load(changed((old, new))).warnings}
    assert path in found, f"{path} is not among {found}"
    assert said in found[path]
    assert "; expected " in found[path]


def test_terms_that_overlap_or_stand_in_the_wrong_order_are_refused() -> None:
    second = "  - {name: Spring, from: 2026-12-18, to: 2027-03-25}\nclosures:"
    (problem,) = problems(changed(("closures:", second)))
    assert (problem.line, problem.path) == (9, "terms[1]")
    assert "before the term in line 8 has ended" in problem.message


def test_lessons_that_touch_are_no_overlap() -> None:
    assert load(changed(("on: [wed], from: 13:30, to: 14:00", "on: [thu], from: 11:15, to: 12:00"))).warnings == ()


def test_without_terms_a_timetable_runs_in_the_holidays_and_that_is_said() -> None:
    start, end = SMALL.index("terms:"), SMALL.index("segments:")
    (warning,) = load(SMALL[:start] + SMALL[end:]).warnings
    assert "lessons open in the holidays too" in warning.message


def test_without_any_list_one_warning_names_all_the_categories() -> None:
    start, end = SMALL.index("lists:\n  - {name"), SMALL.index("mandatory:")
    found = load(SMALL[:start] + SMALL[end:]).warnings
    assert [warning.path for warning in found] == ["access_levels.key-stage-2.block[0]", "mandatory[0]"]
    assert "blocking games or gambling blocks nothing" in found[0].message


def test_a_folder_of_categories_may_feed_any_of_them() -> None:
    text = changed(
        ("category: games, path: lists/games.txt", "path: lists/ut1"), ("block: [gambling]", "block: [chess]")
    )
    assert load(text).warnings == ()


def test_names_are_known_where_their_own_section_is_broken() -> None:
    found = problems(changed(("staff: {block: [gambling]}", "staff: {block: gambling}")))
    assert [problem.path for problem in found] == ["access_levels.staff.block"]


def test_a_long_chain_of_levels_and_many_lessons_cost_no_more_than_their_number() -> None:
    levels = (
        "".join(f"  l{number}: {{extends: l{number + 1}}}\n" for number in range(1500)) + "  l1500: {extends: l0}\n"
    )
    slots = "".join(f"  - {{for: year-5, on: [mon], from: {9 + n % 5}:00, to: 14:30, what: x}}\n" for n in range(500))
    text = SMALL.replace("access_levels:\n", f"access_levels:\n{levels}").replace(
        "timetable:\n", f"timetable:\n{slots}"
    )
    (circle,) = problems(text)
    assert circle.path == "access_levels.l1500.extends"
