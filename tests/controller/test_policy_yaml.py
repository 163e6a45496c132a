"""Broken and hostile YAML: refused with a place, before it costs memory or time."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.policy.file import LARGEST, LONGEST_LINE, PolicyError, parse, read
from controller.policy.tree import place, plain
from controller.policy.yaml import MOST_ALIASES, MOST_DEPTH, MOST_NODES, compose
from tests.controller.policies import SMALL, changed, problems


def tree(text: str) -> object:
    root, found = compose(text, "school.yaml")
    assert found == ()
    return plain(root)


def test_plain_values_follow_the_core_of_yaml_1_2() -> None:
    text = "[1, -2, 1.5, true, no, 10:30, '1', ~, null, 0o7, 2026-09-02, 1_000, 20%]"
    assert tree(f"{{a: {text}, b: }}") == {
        "a": [1, -2, 1.5, True, "no", "10:30", "1", None, None, "0o7", "2026-09-02", "1_000", "20%"],
        "b": None,
    }


def test_a_key_is_the_text_that_stands_there() -> None:
    assert tree("{on: 1, 2026: 2, null: 3, true: 4}") == {"on": 1, "2026": 2, "null": 3, "true": 4}


def test_every_part_knows_its_place() -> None:
    root, _ = compose("a:\n  - b: 1\n    c:\n      d: x\n  - [y, z]\n", "school.yaml")
    assert place(root, ("a", 0, "b")) == (2, 8)
    assert place(root, ("a", 0, "c")) == (3, 5)
    assert place(root, ("a", 0, "c", "d")) == (4, 10)
    assert place(root, ("a", 1, 1)) == (5, 9)
    assert place(root, ("a", 0, "missing")) == (2, 5)


def test_an_alias_is_what_it_stands_for_and_has_its_own_place() -> None:
    root, _ = compose("a: &x [1, 2]\nb: *x\n", "school.yaml")
    assert plain(root) == {"a": [1, 2], "b": [1, 2]}
    assert place(root, ("b",)) == (2, 1)


BROKEN = [
    ("", 1, "the file is empty"),
    ("# only a note\n", 1, "the file is empty"),
    ("just text", 1, "no policy"),
    ("- a\n- b\n", 1, "no policy"),
    ("a: 1\n---\nb: 2\n", 2, "a second document"),
    ("a: 1\n...\nb: 2\n", 3, "a second document"),
    ("a: 1\nb:\n\t- c\n", 3, "indented with a tab; expected spaces"),
    ("a: b: c\n", 1, "a colon where none can stand"),
    ("a: [1, 2\nb: 3\n", 2, "expected a comma or ]"),
    ('a: "b\nc: d\n', 1, "never closed"),
    ("a:\n   b: 1\n  c: 2\n", 3, "not indented like its neighbours"),
    ("a: `b\n", 1, "expected quotes round it"),
    ("a: *nobody\n", 1, "nothing above is marked `&nobody`"),
    ("a: &x [*x]\n", 1, "nothing above is marked `&x`"),
    ("? [a]\n: b\n", 1, "a list or a mapping as a key"),
    ("%YAML 1.1\n---\na: yes\n", 1, "a line that begins with %"),
    ("a: \x00b\n", 1, "a control character"),
    ("a: 1\nb: \x1b[31m\n", 2, "a control character"),
    ('a: "\\U00110000"\n', 1, "not readable as YAML"),
]


@pytest.mark.parametrize(("text", "line", "said"), BROKEN)
def test_what_is_no_policy_is_refused_with_the_line(text: str, line: int, said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse(text, "school.yaml")
    assert said in refused.value.problems[0].message
    assert refused.value.problems[0].line == line


ODD = [
    ("{extends: staff}", "{extends: staff, extends: office}", "access_levels.office.extends", "first in line 22"),
    ("vlan: 20,", "vlan: .inf,", "segments.pupils.vlan", "expected a finite one"),
    ("vlan: 20,", "vlan: 1e999,", "segments.pupils.vlan", "expected a finite one"),
    ("vlan: 20,", "vlan: .NaN,", "segments.pupils.vlan", "expected a finite one"),
    ("vlan: 20,", "vlan: !!int 20,", "segments.pupils.vlan", "the tag"),
    ("vlan: 20,", "vlan: !!python/object/apply:os.system [ls],", "segments.pupils.vlan", "the tag"),
    ("vlan: 20,", "vlan: 20, <<: {vlan: 30},", "segments.pupils", "`<<` does not merge here"),
    ("vlan: 20,", "vlan: 20, : x,", "segments.pupils", "a colon without a key"),
    ("name: Hill Street School", r'name: "Hill\0Street"', "school.name", "U+0000"),
    ("name: Hill Street School", r'name: "\uD800"', "school.name", "U+D800"),
]


@pytest.mark.parametrize(("old", "new", "path", "said"), ODD)
def test_what_yaml_allows_and_a_policy_does_not_is_said_with_its_path(old: str, new: str, path: str, said: str) -> None:
    assert any(problem.path == path and said in problem.message for problem in problems(changed((old, new))))


def test_octets_that_are_no_utf_8_are_named_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "school.yaml"
    path.write_bytes("school:\n  name: Ysgol G\N{LATIN SMALL LETTER W WITH CIRCUMFLEX}yr ".encode() + b"\xe9\n")
    with pytest.raises(PolicyError, match=r":2:20: the octet 0xe9 is no UTF-8"):
        read(path)


def test_a_file_in_utf_16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "school.yaml"
    path.write_bytes(SMALL.encode("utf-16"))
    with pytest.raises(PolicyError, match="is no UTF-8"):
        read(path)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "school.yaml"
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(PolicyError, match="too large"):
        read(path)
    with pytest.raises(PolicyError, match="too large"):
        parse("\N{SNOWMAN}\n" * (LARGEST // 3), "school.yaml")


BOMBS = [
    pytest.param("a: " + "[" * 1000 + "]" * 1000, f"at most {MOST_DEPTH} levels", id="a deep list"),
    pytest.param("{a: " * 1000, f"at most {MOST_DEPTH} levels", id="a deep mapping"),
    pytest.param("- " * 1000 + "a", f"at most {MOST_DEPTH} levels", id="a deep list of lines"),
    pytest.param(
        "a: &a [x, x, x, x, x, x, x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 8)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)),
        f"at most {MOST_NODES} values",
        id="a billion laughs",
    ),
    pytest.param("a: &a x\nb: [" + "*a, " * (MOST_ALIASES + 1) + "]", f"at most {MOST_ALIASES}", id="many aliases"),
    pytest.param("a: [" + "1,\n " * (MOST_NODES + 1) + "]", f"at most {MOST_NODES} values", id="many values"),
    pytest.param("a: " + "!" * (LARGEST - 10), f"at most {LONGEST_LINE} characters", id="a word without an end"),
    pytest.param("a: 1\n" * 20_000, "the same key twice", id="one key again and again"),
]


@pytest.mark.parametrize(("text", "said"), BOMBS)
def test_a_file_built_to_exhaust_its_reader_is_refused(text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        parse(text, "school.yaml")


def test_thousands_of_mistakes_are_answered_with_the_first_of_each_sort() -> None:
    levels = "".join(f"  wrong-{number}: {{levle: staff}}\n" for number in range(2000))
    found = problems(SMALL.replace("access_levels:\n", f"access_levels:\n{levels}"))
    assert 0 < len(found) < 1000
