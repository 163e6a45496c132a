"""YAML 1.2 text to a tree of nodes. A hostile or broken text ends in a PolicyError, never in a traceback."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from controller.policy.problem import MOST, Path, PolicyError, Problem, spell
from controller.policy.tree import Entry, Node, Scalar

MOST_DEPTH = 20
MOST_NODES = 50_000
"""Counted after aliases are followed, so that a file of a few lines cannot grow into millions."""
MOST_ALIASES = 100

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"(true|True|TRUE)|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def compose(text: str, file: str) -> tuple[Node, tuple[Problem, ...]]:
    """The one document of a text as a tree, with the problems that do not keep the rest from being read.

    Raises PolicyError where the text is no YAML, holds no or several documents, or is built to exhaust its reader.
    """
    return _Composer(text, file).document()


class _Composer:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.events = _events(text, file)
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node] = {}
        self.aliases = 0
        self.nodes = 0

    def document(self) -> tuple[Node, tuple[Problem, ...]]:
        starts = (event for event in self.events if isinstance(event, DocumentStartEvent))
        if next(starts, None) is None:
            self.refuse(1, 1, (), "the file is empty; expected a policy that begins with `school:`")
        root = self.node(next(self.events), ())
        if not isinstance(root.value, Mapping):
            self.refuse(
                root.line, root.column, (), "no policy; expected lines such as `school:`, each a key with a colon"
            )
        again = next(starts, None)
        if again is not None:
            line, column = _mark(again)
            self.refuse(
                line, column, (), "a second document begins here (`---` or `...`); expected one policy in a file"
            )
        return root, tuple(self.problems)

    def node(self, event: Event, path: Path) -> Node:
        line, column = _mark(event)
        if isinstance(event, AliasEvent):
            return self.alias(event, path)
        if not isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
            raise TypeError(f"the parser gave {event!r} where a value begins")
        self.count(1, line, column, path)
        if len(path) > MOST_DEPTH:
            self.refuse(line, column, path[:3], f"nested too deep; expected at most {MOST_DEPTH} levels")
        if event.ctag is not None:
            self.problem(
                line, column, path, f"the tag {str(event.ctag)[:40]!r} has no meaning here; expected a plain value"
            )
        node = self.bare(event, path)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def bare(self, event: ScalarEvent | SequenceStartEvent | MappingStartEvent, path: Path) -> Node:
        line, column = _mark(event)
        if isinstance(event, MappingStartEvent):
            entries = self.entries(path)
            return Node(line, column, entries, 1 + sum(entry.node.size for entry in entries.values()))
        if isinstance(event, SequenceStartEvent):
            items = tuple(self.items(path))
            return Node(line, column, items, 1 + sum(item.size for item in items))
        return Node(line, column, self.scalar(event, path))

    def items(self, path: Path) -> Iterator[Node]:
        for number, event in enumerate(self.events):
            if isinstance(event, SequenceEndEvent):
                return
            yield self.node(event, (*path, number))

    def entries(self, path: Path) -> Mapping[str, Entry]:
        entries: dict[str, Entry] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            line, column = _mark(event)
            key = self.key(event, path)
            entry = Entry(line, column, self.node(next(self.events), (*path, key)))
            if key in entries:
                first = entries[key].line
                self.problem(line, column, (*path, key), f"the same key twice, first in line {first}; expected it once")
            else:
                entries[key] = entry
        return entries

    def key(self, event: Event, path: Path) -> str:
        """A key is the text that stands there: `on` is no truth value and `2026` no number."""
        line, column = _mark(event)
        if not isinstance(event, ScalarEvent):
            self.refuse(line, column, path, "a list or a mapping as a key; expected a word before the colon")
        if event.value == "<<" and event.style is None:
            self.problem(line, column, path, "`<<` does not merge here; expected the keys written out, or `extends:`")
        text = self.readable(event, path)
        if not text:
            self.problem(line, column, path, "a colon without a key; expected a word before it")
        return text

    def alias(self, event: AliasEvent, path: Path) -> Node:
        line, column = _mark(event)
        self.aliases += 1
        if self.aliases > MOST_ALIASES:
            self.refuse(line, column, path, f"too many aliases; expected at most {MOST_ALIASES}")
        node = self.anchors.get(event.anchor)
        if node is None:
            self.refuse(line, column, path, f"nothing above is marked `&{event.anchor[:40]}`; in quotes a `*` is text")
        self.count(node.size, line, column, path)
        return replace(node, line=line, column=column)

    def scalar(self, event: ScalarEvent, path: Path) -> Scalar:
        text = self.readable(event, path)
        if event.style is not None or event.ctag is not None:
            return text
        if _NOT_FINITE.fullmatch(text) or (_FLOAT.fullmatch(text) and not math.isfinite(float(text))):
            line, column = _mark(event)
            self.problem(
                line, column, path, f"{text[:20]!r} is no number that can be counted with; expected a finite one"
            )
            return text
        return _resolved(text)

    def readable(self, event: ScalarEvent, path: Path) -> str:
        """Escapes such as "\\0" put characters into a value that could not stand in the file itself."""
        text: str = event.value
        if unseen := _UNSEEN.search(text):
            line, column = _mark(event)
            self.problem(line, column, path, f"the character U+{ord(unseen[0]):04X} in a value; expected readable text")
            return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
        return text

    def count(self, nodes: int, line: int, column: int, path: Path) -> None:
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            self.refuse(line, column, path[:3], f"too large; expected at most {MOST_NODES} values, aliases followed")

    def problem(self, line: int, column: int, path: Path, message: str) -> None:
        self.problems.append(Problem(self.file, line, column, spell(path), message))
        if len(self.problems) == MOST:
            raise PolicyError(self.problems)

    def refuse(self, line: int, column: int, path: Path, message: str) -> NoReturn:
        self.problem(line, column, path, message)
        raise PolicyError(self.problems)


def _resolved(text: str) -> Scalar:
    """The core schema of YAML 1.2 without octal and hexadecimal: `no` and `10:30` are text."""
    if _NULL.fullmatch(text):
        return None
    if match := _BOOL.fullmatch(text):
        return match[1] is not None
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _mark(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _events(text: str, file: str) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        unclosed = "end of stream" in str(error.problem)
        mark = (unclosed and error.context_mark) or error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise PolicyError([Problem(file, line, column, "", _in_words(error))]) from None
    except (YAMLError, ValueError, AssertionError) as error:
        # The parser lets chr() fail on "\\U00110000" and asserts the number of a %YAML line.
        raise PolicyError([Problem(file, 1, 1, "", f"not readable as YAML: {str(error)[:200]}")]) from None


_WORDS = {
    "mapping values are not allowed here": "a colon where none can stand; is the line above complete, are the lines "
    "indented alike, does text with a colon stand in quotes?",
    "could not find expected ':'": "a key without a colon; expected `key: value`",
    "found unexpected end of stream": "a quotation mark is opened here and never closed",
    "cannot start any token": "a value cannot begin with this character; expected quotes round it",
    "expected <block end>": "this line is not indented like its neighbours; expected the same number of spaces",
    "expected ',' or ']'": "a list opened with [ goes on wrongly here; expected a comma or ]",
    "expected ',' or '}'": "a mapping opened with { goes on wrongly here; expected a comma or }",
}


def _in_words(error: MarkedYAMLError) -> str:
    said = error.problem or error.context or "not readable as YAML"
    return next((words for start, words in _WORDS.items() if start in said), f"not readable as YAML: {said[:200]}")
