"""One login to a simulated IOS device: modes, `do`, questions, and filters behind a bar."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from device_drivers.simulator.ios_config import find_interface
from device_drivers.simulator.ios_machine import IosMemory
from device_drivers.simulator.machine import Answer
from device_drivers.simulator.words import Check, Command, Invalid, Misunderstood, understand

Act = Callable[..., str | None]
"""Takes the conversation and the values of the command; gives what is printed."""
_BELOW_CONFIG = ("config-if", "config-vlan", "config-ext-nacl", "config-ipv6-acl", "config-wlan")
_ABOVE = {"config": "exec", **dict.fromkeys(_BELOW_CONFIG, "config")}
_JOINED = re.compile(r"(\b(?:int|interface|interfaces|inte|inter|interf) [A-Za-z-]+) (?=\d)")
_FILTERS = {"include": re.search, "section": re.search, "begin": re.search, "exclude": re.search}


class IosConversation:
    """One login: its mode, and the section it edits."""

    def __init__(self, memory: IosMemory, commands: Mapping[str, tuple[Command[Act], ...]]) -> None:
        self.memory = memory
        self.page = 24
        self.more = " --More-- "
        self.wants_key = False
        self.mode = "exec"
        self.section = ""
        self._commands = commands
        self._question: tuple[str, Callable[[str], str]] | None = None
        self._leaving = False
        self._checks: Mapping[str, Check] = {
            "<interface>": lambda word: find_interface(memory.running, word),
            "<vlan>": lambda word: word if word.isdigit() and 1 <= int(word) <= 4094 else None,
            "<number>": lambda word: word if word.isdigit() else None,
            "<word>": lambda word: word,
        }

    def prompt(self) -> str:
        if self._question:
            return self._question[0]
        return f"{self.memory.hostname[:20]}{'' if self.mode == 'exec' else f'({self.mode})'}#"

    def obey(self, line: str) -> Answer:
        self.memory.tick()
        if self._question:
            answer, self._question = self._question[1], None
            return Answer(answer(line))
        if not line.strip() or line.lstrip().startswith("!"):
            return Answer()
        if (said := self.memory.site.said.get(line.strip())) is not None:
            return Answer(said, paged=True)
        try:
            text, paged = self._carry_out(_JOINED.sub(r"\1", line))
        except Misunderstood as no:
            caret = "" if no.column is None else " " * (len(self.prompt()) + no.column) + "^\n"
            return Answer(f"{caret}{no}\n\n", status=1)
        return Answer(text, closes=self._leaving, paged=paged)

    def ask(self, question: str, answer: Callable[[str], str]) -> str:
        """The next line is the answer to this question."""
        self._question = (question, answer)
        return ""

    def go(self, mode: str, section: str = "") -> None:
        self.mode, self.section = mode, section

    def up(self) -> None:
        if self.mode == "exec":
            self._leaving = True
        self.go(_ABOVE.get(self.mode, "exec"))

    def _carry_out(self, line: str) -> tuple[str, bool]:
        command, bar, wanted = line.partition("|")
        mode = self.mode
        if mode != "exec" and command.lstrip().lower().startswith("do "):
            inner = command.lstrip()[3:]
            mode, command = "exec", " " * (len(command) - len(inner)) + inner
        meant = self._understood(mode, command if mode == "exec" else line)
        text = meant.act(self, *meant.values) or ""
        return (_filtered(text, wanted.strip()) if bar and mode == "exec" else text), mode == "exec"

    def _understood(self, mode: str, line: str) -> Any:
        """In a section, what the section does not know may still be a global command."""
        try:
            return understand(self._commands[mode], line, self._checks)
        except Misunderstood:
            if _ABOVE.get(mode, "exec") != "config":
                raise
            try:
                return understand(self._commands["config"], line, self._checks)
            except Misunderstood:
                pass
            raise


def _filtered(text: str, wanted: str) -> str:
    """`| include`, `| exclude`, `| begin` and `| section` with a regular expression."""
    word, _, pattern = wanted.partition(" ")
    names = [name for name in _FILTERS if name.startswith(word.lower())] if word else []
    if len(names) != 1 or not pattern:
        raise Invalid(0)
    lines = text.splitlines()
    matching = [re.search(pattern.strip(), line) is not None for line in lines]
    if names[0] == "begin":
        first = matching.index(True) if True in matching else len(lines)
        kept = lines[first:]
    elif names[0] == "section":
        kept = _sections(lines, matching)
    else:
        kept = [line for line, hit in zip(lines, matching, strict=True) if hit == (names[0] == "include")]
    return "".join(f"{line}\n" for line in kept)


def _sections(lines: list[str], matching: list[bool]) -> list[str]:
    kept, inside = list[str](), False
    for line, hit in zip(lines, matching, strict=True):
        inside = hit or (inside and line.startswith(" "))
        if inside:
            kept.append(line)
    return kept
