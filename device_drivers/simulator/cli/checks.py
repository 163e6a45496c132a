"""What may stand in the places of `<name>` on most systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.words import Check


def number(least: int, most: int) -> Check:
    return lambda word: str(int(word)) if word.isdigit() and least <= int(word) <= most else None


def word(typed: str) -> str | None:
    return typed


def one_of(names: Callable[[], tuple[str, ...]]) -> Check:
    """A name that is there, however its letters are written."""
    return lambda typed: next((name for name in names() if name.lower() == typed.lower()), None)


def common(machine: CliMachine) -> Mapping[str, Check]:
    """`<port>`, `<vlan>`, `<number>` and `<word>`."""
    return {
        "<port>": one_of(lambda: tuple(port.name for port in machine.ports())),
        "<vlan>": number(1, 4094),
        "<number>": number(0, 4_294_967_295),
        "<word>": word,
    }
