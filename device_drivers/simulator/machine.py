"""What a dialect gives: a machine that remembers, and one conversation for each login."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is what `exec` ends with; `closes` ends the login; `paged` output stops at every page."""

    text: str = ""
    status: int = 0
    closes: bool = False
    paged: bool = False


class Conversation(Protocol):
    """One login."""

    page: int
    """Lines of a page; 0 for all at once."""
    wants_key: bool
    """Is a question open that one key answers, without return?"""
    more: str
    """What stands at the end of a page."""

    def prompt(self) -> str: ...

    def obey(self, line: str) -> Answer: ...


class Machine(Protocol):
    """One device's memory. Called by many threads, one at a time for each command."""

    greeting: str

    def login(self) -> Conversation: ...

    def reboot(self) -> None:
        """Forget what was not saved."""
        ...

    def configuration(self) -> str:
        """What is in force now, for people and tests."""
        ...


Build = Callable[[DeviceSite, World, Callable[[], float]], Machine]
"""(site, world, clock in seconds) -> machine. A dialect's module calls it MACHINE."""
Dialects = Mapping[str, Build]
