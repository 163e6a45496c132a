"""A dialect as a value: its modes, commands, prompts, refusals and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.words import Check, Command, Misunderstood

if TYPE_CHECKING:
    from device_drivers.simulator.cli.machine import CliMachine
    from device_drivers.simulator.cli.ports import PortNow

Act = Callable[..., str | None]
"""(conversation, *values of the command) -> what is printed."""
Refuse = Callable[[Misunderstood, str, str], str]
"""(what was misunderstood, the line, the prompt before it) -> the system's own words."""


@dataclass(frozen=True, slots=True)
class Mode:
    """`{name}` in the prompt is the host name, `{number}` the second word of the section.

    `above` is where `exit` leads; empty ends the login.
    """

    prompt: str
    commands: tuple[Command[Act], ...]
    above: str = ""


def mode(prompt: str, above: str, *tables: Mapping[str, Act]) -> Mode:
    """A mode from tables of pattern -> act; a later table wins."""
    merged = {pattern: act for table in tables for pattern, act in table.items()}
    return Mode(prompt, tuple(Command(pattern, act) for pattern, act in merged.items()), above)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One network system.

    `first`     the mode of a fresh login
    `ports`     the machine -> its ports now
    `first_config`  the site -> text of the configuration it boots with, where the site brings none
    `checks`    the machine -> what may stand in the places of `<name>`
    `globals_inside`  global commands may be typed in a section, as IOS and its like allow
    `more`      what stands at the end of a page
    `header` and `footer` surround the running configuration when it is shown
    """

    name: str
    first: str
    modes: Mapping[str, Mode]
    ports: Callable[[CliMachine], tuple[PortNow, ...]]
    first_config: Callable[[DeviceSite], str]
    refuse: Refuse
    checks: Callable[[CliMachine], Mapping[str, Check]]
    greeting: str = ""
    first_question: str = ""
    more: str = "--More--"
    page: int = 24
    step: int = 1
    comment: str = "!"
    closer: str = ""
    globals_inside: str = "config"
    hostname: str = "hostname"
    header: str = ""
    footer: str = ""
    paged: bool = True
    filters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Word behind a bar -> `include`, `exclude`, `begin` or `section`; empty where the system has no filters."""
