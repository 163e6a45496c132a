"""One login to a simulated device of any dialect: its mode, the section it edits, questions and filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from device_drivers.simulator.cli.dialect import Act
from device_drivers.simulator.machine import Answer
from device_drivers.simulator.words import Check, Invalid, Misunderstood, Understood, understand

if TYPE_CHECKING:
    from device_drivers.simulator.cli.machine import CliMachine


class CliConversation:
    """`path` names the section: the lines above what is typed now."""

    def __init__(self, machine: CliMachine) -> None:
        self.machine, self.dialect = machine, machine.dialect
        self.more = self.dialect.more
        self.page = self.dialect.page
        self.mode = self.dialect.first
        self.path: tuple[str, ...] = ()
        self.leaving = False
        self.aside: tuple[str, CliMachine] | None = None
        """The name of the configuration session it is in, and the device itself behind `machine`."""
        self.wants_key = False
        self._checks: Mapping[str, Check] = self.dialect.checks(machine)
        self._question: tuple[str, Callable[[str], str]] | None = None
        if self.dialect.first_question:
            self.ask(self.dialect.first_question, lambda _: "")

    def prompt(self) -> str:
        if self._question:
            return self._question[0]
        section = self.path[-1].split() if self.path else []
        prompt = self.dialect.modes[self.mode].prompt.replace("{number}", section[1] if len(section) > 1 else "")
        if self.aside:
            prompt = prompt.replace("(config", f"(config-s-{self.aside[0][:6]}")
        return prompt.replace("{name}", self.machine.hostname)

    def obey(self, line: str) -> Answer:
        (self.aside[1] if self.aside else self.machine).tick()
        if self._question:
            answer, self._question, self.wants_key = self._question[1], None, False
            return Answer(answer(line))
        if not line.strip() or line.lstrip().startswith(self.dialect.comment):
            return Answer()
        if (said := self.machine.site.said.get(line.strip())) is not None:
            return Answer(said, paged=self.dialect.paged)
        prompt = self.prompt()
        try:
            text, paged = self._carry_out(line)
        except Misunderstood as no:
            return Answer(self.dialect.refuse(no, line, prompt), status=1)
        return Answer(text, closes=self.leaving, paged=paged and self.dialect.paged)

    def ask(self, question: str, answer: Callable[[str], str], *, one_key: bool = False) -> str:
        """The next line is the answer to this question, or the next key alone."""
        self._question, self.wants_key = (question, answer), one_key
        return ""

    def go(self, mode: str, *path: str) -> None:
        self.mode, self.path = mode, path

    def up(self) -> None:
        above = self.dialect.modes[self.mode].above
        self.leaving = not above
        self.go(above or self.mode, *self.path[:-1])

    def in_exec(self) -> bool:
        return self.mode in ("user", "exec")

    def _carry_out(self, line: str) -> tuple[str, bool]:
        command, bar, wanted = line.partition("|") if self.dialect.filters else (line, "", "")
        mode = self.mode
        if not self.in_exec() and command.lstrip().lower().startswith("do ") and self.dialect.globals_inside:
            inner = command.lstrip()[3:]
            mode, command = "exec", " " * (len(command) - len(inner)) + inner
        shows = mode in ("user", "exec")
        meant = self._understood(mode, command if shows else line)
        text = meant.act(self, *meant.values) or ""
        return (self._filtered(text, wanted.strip()) if bar and shows else text), shows

    def _understood(self, mode: str, line: str) -> Understood[Act]:
        """In a section, what the section does not know may still be a global command."""
        modes, outer = self.dialect.modes, self.dialect.globals_inside
        try:
            return understand(modes[mode].commands, line, self._checks)
        except Misunderstood:
            if mode in ("user", "exec", outer) or not outer:
                raise
            try:
                meant = understand(modes[outer].commands, line, self._checks)
            except Misunderstood:
                meant = None
            if meant is None:
                raise
            self.path = ()
            return meant

    def _filtered(self, text: str, wanted: str) -> str:
        word, _, pattern = wanted.partition(" ")
        names = {kind for name, kind in self.dialect.filters.items() if word and name.startswith(word.lower())}
        if len(names) != 1 or not pattern:
            raise Invalid(0)
        return filtered(text, names.pop(), pattern.strip())


def filtered(text: str, kind: str, pattern: str) -> str:
    """`include`, `exclude`, `begin` and `section` with a regular expression."""
    lines = text.splitlines()
    matching = [re.search(pattern, line) is not None for line in lines]
    if kind == "begin":
        kept = lines[matching.index(True) if True in matching else len(lines) :]
    elif kind == "section":
        kept, inside = [], False
        for line, hit in zip(lines, matching, strict=True):
            inside = hit or (inside and line.startswith(" "))
            kept += [line] if inside else []
    else:
        kept = [line for line, hit in zip(lines, matching, strict=True) if hit == (kind == "include")]
    return "".join(f"{line}\n" for line in kept)
