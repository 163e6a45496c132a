"""Outputs read by the templates of ntc-templates: for what is shown to people, and where a template is strict.

A template that gives no row, or stops at a line it does not know, makes the output unreadable.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import textfsm

from device_drivers.model import Kind, Reader, Unreadable

Fields = Mapping[str, Any]


def by_template(name: str) -> Callable[[str], tuple[Fields, ...]]:
    """A reader of `name` (`cisco_s300_show_system`): rows by field name in lower case. Raises Unreadable."""

    def read(text: str) -> tuple[Fields, ...]:
        machine = textfsm.TextFSM(io.StringIO(_template(name)))
        try:
            rows = machine.ParseText(text.strip("\n") + "\n")
        except textfsm.TextFSMError as error:
            raise Unreadable(f"{name}: a line the template does not know", _line(str(error))) from error
        if not rows:
            raise Unreadable(f"{name}: no row", text.strip()[:200])
        return tuple(dict(zip(map(str.lower, machine.header), row, strict=True)) for row in rows)

    return read


def about(*names: str) -> Reader:
    """A reader for what is shown and decides nothing: by the first of these templates that knows every line."""
    *tried, last = map(by_template, names)

    def read(text: str) -> tuple[Fields, ...]:
        for template in tried:
            try:
                return template(text)
            except Unreadable:
                continue
        return last(text)

    return Reader(Kind.ABOUT, read)


@cache
def _template(name: str) -> str:
    return (files("ntc_templates") / "templates" / f"{name}.textfsm").read_text(encoding="utf-8")


def _line(message: str) -> str:
    """The input line that textfsm quotes at the end of its message."""
    return message.partition("Input Line: ")[2].rstrip(".") or message
