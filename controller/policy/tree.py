"""The policy file as a tree in which every key and value knows its line and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.policy.problem import Path

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` of a mapping, with the place of the key."""

    line: int
    column: int
    node: Node


@dataclass(frozen=True, slots=True)
class Node:
    line: int
    column: int
    value: Scalar | tuple[Node, ...] | Mapping[str, Entry]
    size: int = 1
    """How many nodes it is, with everything below it."""


def plain(node: Node) -> Any:
    """The tree as dicts, lists and scalars."""
    if isinstance(node.value, tuple):
        return [plain(item) for item in node.value]
    if isinstance(node.value, Mapping):
        return {key: plain(entry.node) for key, entry in node.value.items()}
    return node.value


def place(root: Node, path: Path) -> tuple[int, int]:
    """Line and column of a path: of the value where it is a word or a number, else of the key above it.

    A path that goes on where the tree ends (a key that is missing) has the place of its last part that is there.
    """
    node, found = root, (root.line, root.column)
    for part in path:
        if isinstance(node.value, Mapping) and part in node.value:
            entry = node.value[str(part)]
            node = entry.node
            inner = isinstance(node.value, tuple | Mapping) or node.value in (None, "")
            found = (entry.line, entry.column) if inner else (node.line, node.column)
        elif isinstance(node.value, tuple) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            found = (node.line, node.column)
        else:
            break
    return found


def key_place(root: Node, path: Path) -> tuple[int, int]:
    """Line and column of the key that ends a path."""
    node = root
    for part in path[:-1]:
        if isinstance(node.value, Mapping) and part in node.value:
            node = node.value[str(part)].node
        elif isinstance(node.value, tuple) and isinstance(part, int):
            node = node.value[part]
    if path and isinstance(node.value, Mapping) and path[-1] in node.value:
        entry = node.value[str(path[-1])]
        return entry.line, entry.column
    return place(root, path)
