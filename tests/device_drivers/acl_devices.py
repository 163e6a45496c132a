"""Little devices that take the lines of an access list and print them back as their platform does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from device_drivers.acl import junos, routeros
from device_drivers.acl.dialect import Dialect
from device_drivers.acl.dialects import AOS_CX, AOS_S, DIALECTS, OS10
from device_drivers.acl.families import Lists
from device_drivers.acl.read import read_lists
from device_drivers.acl.told import told
from device_drivers.model import SetAccessList

NUMBERED: Mapping[str, str] = {AOS_CX.platform: "{} ", AOS_S.platform: "{} ", OS10.platform: "seq {} "}


_JUMP = re.compile(
    r":if \(\[:len \[(/ip\S* firewall raw) find chain=prerouting (comment=\"[^\"]+\")\]\] = 0\) "
    r"do={(.+?)} else={.*jump-target=(\S+)}"
)


class Blocks:
    """A device of blocks: headers, lines in them, `no` before what goes."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect, self.blocks = dialect, dict[str, list[str]]()
        self._in: list[str] | None = None

    def take(self, line: str) -> None:
        if line == self.dialect.leaves:
            self._in = None
        elif self._in is not None:
            self._inside(self._in, line)
        elif line.startswith("no "):
            self.blocks.pop(line[3:], None)
        else:
            self._in = self.blocks.setdefault(line, [])

    def in_force(self, family: int) -> Sequence[str]:
        """The entries of the list that is bound for a family, whatever it is called. KeyError where it is missing."""
        half = self.dialect.half(family)
        before, after = half.binds.split("{}")
        rows = self.blocks[self.dialect.interface.format(20)]
        name = next(row.removeprefix(before).removesuffix(after) for row in rows if row.startswith(before))
        return [row for row in self.blocks[half.opens.format(name)] if not row.startswith(self.dialect.remark)]

    def _inside(self, block: list[str], line: str) -> None:
        """A binding takes the place of the one before it for its family; everything else is added."""
        key = re.sub(r"\S+ in$", "", line.removeprefix("no "))
        if line.endswith(" in") or line.startswith("no "):
            block[:] = [row for row in block if not row.startswith(key)]
        if not line.startswith("no "):
            block.append(line)

    def printed(self) -> str:
        names = {number: word for word, number in reversed(self.dialect.shown.items())}
        number = NUMBERED.get(self.dialect.platform, "")
        rows = []
        for header, lines in self.blocks.items():
            rows.append(header)
            for at, line in enumerate(lines, 1):
                spoken = re.sub(r" eq (\d+)", lambda found: f" eq {names.get(int(found[1]), found[1])}", line)
                rows.append("   " + (number.format(at * 10) if "access-list" in header else "") + spoken)
        return "\n".join((*rows, ""))

    def lists(self) -> Lists:
        return read_lists(self.dialect, self.printed())

    def tell(self, change: SetAccessList) -> tuple[str, ...]:
        lines = told(self.dialect, change)
        for line in lines:
            self.take(line)
        return lines


class Junos:
    """A candidate configuration of `set` lines."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def tell(self, change: SetAccessList) -> tuple[str, ...]:
        lines = junos.told(change)
        for line in lines:
            verb, _, rest = line.partition(" ")
            if verb == "delete":
                self.rows = [row for row in self.rows if not f"{row} ".startswith(f"set {rest} ")]
            else:
                key = line.rpartition(" ")[0] if " filter input " in line else line
                self.rows = [row for row in self.rows if not row.startswith(key)] + [line]
        return lines

    def printed(self) -> str:
        return "\n".join((*self.rows, ""))

    def lists(self) -> Lists:
        return junos.read_lists(self.printed())


class RouterOs:
    """The raw tables, as `export terse` prints them."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def tell(self, change: SetAccessList) -> tuple[str, ...]:
        lines = routeros.told(change)
        for line in lines:
            self.take(line)
        return lines

    def take(self, line: str) -> None:
        if jump := _JUMP.match(line):
            menu, mark, made, target = jump.groups()
            mine = [row for row in self.rows if row.startswith(f"{menu} add chain=prerouting") and mark in row]
            if not mine:
                self.rows.append(made)
            turned = re.sub(r"jump-target=\S+", f"jump-target={target}", mine[0]) if mine else ""
            self.rows = [turned if row in mine else row for row in self.rows]
        elif found := re.match(r"(/ip\S* firewall raw) remove \[find (.+)\]$", line):
            words = found[2].split(" ", 1)
            self.rows = [
                row for row in self.rows if not (row.startswith(found[1]) and all(f"{w} " in f"{row} " for w in words))
            ]
        else:
            self.rows.append(line)

    def in_force(self, family: int) -> Sequence[str]:
        menu = "/ipv6 " if family == 6 else "/ip "
        jump = next(row for row in self.rows if row.startswith(menu) and "action=jump" in row)
        chain = re.search(r"jump-target=(\S+)", jump)
        assert chain
        start = f"{menu}firewall raw add chain={chain[1]} "
        return [re.sub(r" comment=.*", "", row.removeprefix(start)) for row in self.rows if row.startswith(start)]

    def printed(self) -> str:
        return "# 2026-11-23 09:00:00 by RouterOS 7.16\n" + "\n".join((*self.rows, ""))

    def lists(self) -> Lists:
        return routeros.read_lists(self.printed())


def told_by(device: Blocks | RouterOs, change: SetAccessList) -> tuple[str, ...]:
    """The lines its platform is sent."""
    return told(device.dialect, change) if isinstance(device, Blocks) else routeros.told(change)


Device = Blocks | Junos | RouterOs
DEVICES: Mapping[str, Callable[[], Device]] = {
    **{name: (lambda dialect=dialect: Blocks(dialect)) for name, dialect in DIALECTS.items() if name != "cisco_xe"},
    "juniper_junos": Junos,
    "mikrotik_routeros": RouterOs,
}
