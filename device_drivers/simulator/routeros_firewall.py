"""The raw firewall tables and address lists of a simulated RouterOS: rules in order, entries with an end."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

_JUMP = re.compile(
    r":if \(\[:len \[(/ip\S* firewall raw) find chain=prerouting (comment=\"[^\"]+\")\]\] = 0\)"
    r" do=\{(.+)\} else=\{\S+ firewall raw set \[.+\] jump-target=(\S+)\}$"
)
_REMOVE = re.compile(r"(/ip\S* firewall raw) remove \[find (.+)\]$")
_ADD = re.compile(r"(/ip\S* firewall raw) add chain=\S+ .*action=(?:accept|drop|jump)\b")
_FORGET = re.compile(r"(/ip\S* firewall address-list) remove \[find list=(\S+) address=(\S+)\]$")
_REMEMBER = re.compile(r"(/ip\S* firewall address-list) add list=(\S+) address=(\S+) timeout=(\d+)s$")
_EXPORT = re.compile(r"(/ip(?:v6)? firewall raw) export terse$")
_PRINT = re.compile(r"(/ip(?:v6)? firewall address-list) print terse without-paging where list=(\S+)$")


class Firewall:
    """`clock` is in seconds. Rules stay over a reboot; entries with an end are in memory alone."""

    def __init__(self, clock: Callable[[], float], header: str) -> None:
        self._clock, self._header = clock, header
        self.rules: list[str] = []
        self._ends: dict[tuple[str, str, str], float] = {}

    def reboot(self) -> None:
        self._ends.clear()

    def obey(self, command: str) -> str | None:
        """What is printed; None for a command that is none of these."""
        if shown := _EXPORT.match(command):
            return self._header + "".join(f"{rule}\n" for rule in self.rules if rule.startswith(f"{shown[1]} "))
        if shown := _PRINT.match(command):
            return self._printed(shown[1], shown[2])
        if told := _FORGET.match(command):
            self._ends.pop((told[1], told[2], told[3]), None)
        elif told := _REMEMBER.match(command):
            if (told[1], told[2], told[3]) in self._ends:
                return "failure: already have such entry\n"
            self._ends[told[1], told[2], told[3]] = self._clock() + int(told[4])
        elif not self._rule(command):
            return None
        return ""

    def _rule(self, command: str) -> bool:
        if jump := _JUMP.match(command):
            self._jump(jump[1], jump[2], jump[3], jump[4])
        elif gone := _REMOVE.match(command):
            words = gone[2].split(" ", 1)
            self.rules = [rule for rule in self.rules if not _is(rule, gone[1], words)]
        elif _ADD.match(command):
            self.rules.append(command)
        else:
            return False
        return True

    def _jump(self, menu: str, mark: str, made: str, target: str) -> None:
        mine = [rule for rule in self.rules if _is(rule, menu, ["chain=prerouting", mark])]
        if not mine:
            self.rules.append(made)
        turned = [re.sub(r"jump-target=\S+", f"jump-target={target}", rule) for rule in mine]
        self.rules = [turned[mine.index(rule)] if rule in mine else rule for rule in self.rules]

    def _printed(self, menu: str, name: str) -> str:
        now = self._clock()
        self._ends = {key: end for key, end in self._ends.items() if end > now}
        mine = [(key[2], end) for key, end in self._ends.items() if key[:2] == (menu, name)]
        return "".join(
            f"{at:2} D list={name} address={address} timeout={math.ceil(end - now)}s dynamic=yes\n"
            for at, (address, end) in enumerate(mine)
        )


def _is(rule: str, menu: str, words: list[str]) -> bool:
    return rule.startswith(f"{menu} ") and all(f"{word} " in f"{rule} " for word in words)
