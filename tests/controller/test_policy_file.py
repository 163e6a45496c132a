"""The policy file: what is read, what is refused, and whether a person could find the mistake."""

from __future__ import annotations

import hashlib
from datetime import date, time, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from controller.policy.file import PolicyError, read
from tests.controller.policies import SMALL, changed, load, policy, problems
from tests.shared_data import shared_data


def test_the_small_policy_is_good_and_nothing_about_it_is_odd() -> None:
    assert load(SMALL).warnings == ()


def test_the_example_of_the_specification_loads_as_it_stands() -> None:
    loaded = read(shared_data("../school-example.yaml"))
    assert loaded.policy.school.name == "Ash Lane Primary School"
    assert loaded.policy.timetable[0].starts == time(9, 15)
    assert ip_network("fd00:20::/64") in loaded.policy.segments["pupils"].subnets
    assert {warning.path for warning in loaded.warnings} >= {"access_levels.approved-only.focus[0]", "mandatory[0]"}


def test_an_unquoted_half_past_ten_is_half_past_ten() -> None:
    slot = policy().timetable[0]
    assert (slot.starts, slot.ends) == (time(10, 30), time(11, 15))


def test_on_is_a_key_and_off_is_a_word() -> None:
    loaded = policy()
    assert loaded.timetable[0].on == ("tue", "thu")
    assert loaded.closures[0].on == date(2026, 11, 27)
    assert loaded.privacy.query_log == "off"


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "n"])
def test_words_that_yaml_1_1_took_for_truth_values_are_words(word: str) -> None:
    assert policy(("name: Hill Street School", f"name: {word}")).school.name == word


def test_a_share_a_length_and_a_single_group_are_read_as_they_are_written() -> None:
    loaded = policy()
    assert loaded.brakes.share_of_room == 0.2
    assert loaded.roles["teacher"].longest_window == timedelta(hours=1)
    assert [slot.group for slot in loaded.timetable] == [("year-5",), ("year-1", "year-5")]


def test_the_fingerprint_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "school.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert read(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_from_a_windows_editor_is_the_same_policy(tmp_path: Path) -> None:
    path = tmp_path / "school.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert read(path).policy == load(SMALL).policy


# Old text, new text, line and column of the mistake, its path, words that must be said.
MISTAKES = [
    ("name: Hill Street School", "name: 5", 1, "school.name", "expected text, in quotes"),
    ("Europe/London", "Europe/Londn", 1, "school.time_zone", "expected a time zone such as Europe/London"),
    ("head@school.example", "head", 5, "responsible.head.email", "expected an e-mail address"),
    ("name: Deputy head", "name: '  '", 4, "responsible.deputy.name", "expected a line of readable text"),
    (
        "  deputy: {name: Deputy head, email: deputy@school.example}\n",
        "",
        2,
        "responsible.deputy",
        "`deputy:` is missing",
    ),
    ("from: 2026-09-02", "from: 20260902", 8, "terms[0].from", "expected a date such as 2026-09-02"),
    ("to: 2026-12-18", "to: 2026-02-30", 8, "terms[0].to", "no such day in the calendar"),
    ("to: 2026-12-18", "to: 2026-09-01", 8, "terms[0]", "before it begins"),
    ("{on: 2026-11-27, why", "{on: 2026-11-27, from: 2026-11-27, why", 9, "closures[0]", "either `on:` or both"),
    ("vlan: 20,", "vlan: 4095,", 11, "segments.pupils.vlan", "expected at most 4094"),
    ("vlan: 20,", "vlan: '20',", 11, "segments.pupils.vlan", "expected a whole number"),
    ("10.20.0.0/22", "10.20.0.7/22", 11, "segments.pupils.subnets[0]", "expected the network itself, 10.20.0.0/22"),
    ("10.20.0.0/22", "10", 11, "segments.pupils.subnets[0]", "expected a network such as"),
    ("  staff: {vlan", "  Staff Room: {vlan", 12, "segments.Staff Room", "expected a short name of small letters"),
    ("safe_search: strict", "safe_search: strickt", 19, "access_levels.key-stage-2.safe_search", "'strict'?"),
    ("safe_search: strict", "safe_serch: strict", 19, "access_levels.key-stage-2.safe_serch", "'safe_search'?"),
    ("why: times tables, by", "wy: times tables, by", 18, "access_levels.key-stage-2.allow[0].wy", "'why'?"),
    (
        "{name: chat.example.org}",
        "{name: a.example, service: x}",
        17,
        "access_levels.key-stage-2.block[1]",
        "either `name:`",
    ),
    ("block: [gambling]", "block: gambling", 21, "access_levels.staff.block", "expected a list such as"),
    ("path: lists/games.txt", "url: http://lists.example/x", 26, "lists[0]", "expected an https:// address"),
    ("key_stage: ks1", "key_stage: ks3", 30, "year_groups.year-1.key_stage", "expected eyfs, ks1 or ks2"),
    ("from: 10:30", "from: 10.30", 37, "timetable[0].from", "expected a time of day such as 09:15"),
    ("from: 10:30", "from: 24:00", 37, "timetable[0].from", "expected a time of day such as 09:15"),
    ("to: 11:15", "to: 10:15", 37, "timetable[0]", "ends (10:15) before it begins (10:30)"),
    ("[tue, thu]", "[tues]", 37, "timetable[0].on[0]", "did you mean 'tue'?"),
    ("[tue, thu]", "[]", 37, "timetable[0].on", "expected at least one entry"),
    ("bell: 15:15", "bell: 08:00", 39, "day", "rings before the day begins"),
    ("share_of_room: 20%", "share_of_room: 0.2x", 44, "brakes.share_of_room", "expected a share from 1% to 100%"),
    ("query_log: off", "query_log: 0d", 45, "privacy.query_log", "a length of time such as 45m"),
    ("query_log: off", "query_log: 9999y", 45, "privacy.query_log", "a length of time such as 45m"),
    ("brakes: {share", "breaks: {share", 44, "breaks", "unknown key, did you mean 'brakes'?"),
    ("mandatory: [games]", "mandatory:", 28, "mandatory", "nothing cannot stand here"),
]


@pytest.mark.parametrize(("old", "new", "line", "path", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_line_its_path_and_what_was_expected(
    old: str, new: str, line: int, path: str, said: str
) -> None:
    found = {problem.path: problem for problem in problems(changed((old, new)))}
    assert path in found, f"{path} is not among {[*map(str, found.values())]}"
    assert (found[path].line, "; expected " in found[path].message) == (line, True)
    assert said in found[path].message


def test_the_column_is_that_of_the_value_and_of_a_key_that_is_unknown() -> None:
    (vlan,) = problems(changed(("vlan: 20,", "vlan: x,")))
    assert str(vlan) == "school.yaml:11:18: segments.pupils.vlan: 'x' cannot stand here; expected a whole number"
    (key,) = problems(changed(("bell: 15:15", "bel: 15:15")))
    assert (key.line, key.column) == (39, 22)


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    text = changed(
        ("Europe/London", "London"),
        ("vlan: 30", "vlan: 20"),
        ("level: key-stage-2", "level: keystage-2"),
        ("from: 10:30", "from: half past ten"),
        ("{extends: staff}", "{extends: staff, extends: staff}"),
    )
    found = problems(text)
    assert [problem.path for problem in found] == [
        "school.time_zone",
        "segments.staff.vlan",
        "access_levels.office.extends",
        "year_groups.year-5.level",
        "timetable[0].from",
    ]
    assert "line 11" in found[1].message
    assert "did you mean 'key-stage-2'?" in found[3].message


def test_the_words_of_python_are_no_keys_of_the_file() -> None:
    (problem, *_) = problems(changed(("{on: 2026-11-27, why", "{first: 2026-11-27, last: 2026-11-28, why")))
    assert problem.path.startswith("closures[0]")


def test_a_file_that_cannot_be_read_is_a_problem_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read: No such file"):
        read(tmp_path / "school.yaml")
    with pytest.raises(PolicyError, match="not a file"):
        read(tmp_path)


def test_a_policy_in_typed_parts_is_the_same_policy() -> None:
    loaded = policy()
    again = type(loaded).model_validate(loaded.model_dump())
    assert again == loaded


def test_a_segment_is_found_by_its_purpose_or_else_by_its_name() -> None:
    loaded = policy(("quarantine: {vlan: 999,", "resting: {vlan: 999, purpose: quarantine,"))
    assert [found[0] for name in ("quarantine", "staff") if (found := loaded.segment_for(name))] == ["resting", "staff"]
    assert loaded.segment_for("guest") is None


def with_dns(section: str) -> str:
    return f"{SMALL}dns: {{{section}}}\n"


def test_names_of_the_school_are_kept_as_they_are_written() -> None:
    resolvers = '["10.10.0.5", "10.10.0.5:5353", "fd00::5", "[fd00::5]:5353"]'
    dns = load(with_dns(f"internal: {{school.internal: {resolvers}}}, hosts: {{printer: [10.40.0.9]}}")).policy.dns
    assert dns.internal["school.internal"] == ("10.10.0.5", "10.10.0.5:5353", "fd00::5", "[fd00::5]:5353")
    assert dns.hosts["printer"] == ("10.40.0.9",)


@pytest.mark.parametrize(
    ("section", "path", "said"),
    [
        ("internal: {school.internal: [ns.school.internal]}", "dns.internal.school.internal[0]", "an address such as"),
        ("internal: {school.internal: ['10.0.0.1:0']}", "dns.internal.school.internal[0]", "a port from 1 to 65535"),
        (
            "internal: {school.internal: ['10.0.0.1:99999']}",
            "dns.internal.school.internal[0]",
            "a port from 1 to 65535",
        ),
        ("hosts: {printer: ['10.40.0.9:53']}", "dns.hosts.printer[0]", "an address such as"),
        ("hosts: {'10.40.0.9': [10.40.0.9]}", "dns.hosts.10.40.0.9", "is an address, and the filter judges names"),
        ("sinkhole: [here]", "dns.sinkhole[0]", "an address such as"),
    ],
)
def test_a_wrong_name_or_address_of_the_school_is_refused(section: str, path: str, said: str) -> None:
    (problem,) = problems(with_dns(section))
    assert (problem.path, problem.line) == (path, 46)
    assert said in problem.message
