"""VLANs that list their ports: taking a port in, out, and writing the list shorter as the system does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from device_drivers.simulator.cli.tree import Tree

_SPLIT = re.compile(r"(.*?)(\d+)$")
Spell = Callable[[Sequence[str]], str]
Read = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Members:
    """How a system writes `untagged` and `tagged` under a VLAN: `read` a list of ports, `spell` one."""

    read: Read
    spell: Spell

    def of(self, tree: Tree, section: str, key: str) -> tuple[str, ...]:
        return tuple(port for text in tree.values((section,), key) for port in self.read(text))

    def put(self, tree: Tree, section: str, key: str, ports: Iterable[str]) -> None:
        kept = sorted(dict.fromkeys(ports), key=natural)
        if kept:
            tree.put((section,), key, f"{key} {self.spell(kept)}")
        else:
            tree.drop((section,), key)

    def take_in(self, tree: Tree, section: str, key: str, ports: Sequence[str]) -> None:
        self.put(tree, section, key, (*self.of(tree, section, key), *ports))

    def take_out(self, tree: Tree, section: str, key: str, ports: Sequence[str]) -> None:
        if gone := set(self.of(tree, section, key)) & set(ports):
            self.put(tree, section, key, [each for each in self.of(tree, section, key) if each not in gone])

    def vlans(self, tree: Tree, key: str, port: str) -> tuple[int, ...]:
        """VLANs whose list under this key has the port."""
        sections = [name for name in tree.sections("vlan ") if name.split()[1].isdigit()]
        return tuple(int(name.split()[1]) for name in sections if port in self.of(tree, name, key))


def vlan_section(tree: Tree, vlan: str) -> str | None:
    """`70` -> `vlan 70 name Printers by port`."""
    return next((name for name in tree.sections("vlan ") if name.split()[1] == vlan), None)


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Ports in the order of their numbers: `1/1/9` before `1/1/10`."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name) if part)


def runs(ports: Sequence[str]) -> list[tuple[str, str]]:
    """Neighbouring ports gathered: (first, last)."""
    found: list[tuple[str, str]] = []
    for port in ports:
        parts, before = _SPLIT.match(port), _SPLIT.match(found[-1][1]) if found else None
        if parts and before and parts[1] == before[1] and int(parts[2]) == int(before[2]) + 1:
            found[-1] = (found[-1][0], port)
        else:
            found.append((port, port))
    return found
