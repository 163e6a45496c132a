"""A device that obeys: what it is told is what it says of itself afterwards. Its language is Python."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from device_drivers.model import (
    Capability,
    Change,
    Driver,
    GrantInternet,
    Observed,
    Refused,
    SetAccessList,
    SetAccessVlan,
    Unreachable,
)


def applied(observed: Observed, changes: Sequence[Change], now: datetime) -> Observed:
    """What a device says after these changes."""
    for change in changes:
        match change:
            case SetAccessVlan(port, _, becomes):
                ports = tuple(replace(p, access_vlan=becomes) if p.name == port else p for p in observed.ports)
                observed = replace(observed, ports=ports)
            case SetAccessList(name, interface, _, None):
                bindings = {key: bound for key, bound in observed.bindings.items() if key != interface}
                lists = {key: kept for key, kept in observed.access_lists.items() if key != name}
                observed = replace(observed, access_lists=lists, bindings=bindings)
            case SetAccessList(name, interface, _, becomes) if becomes:
                lists = {**observed.access_lists, name: becomes}
                observed = replace(observed, access_lists=lists, bindings={**observed.bindings, interface: name})
            case GrantInternet(source, _, becomes):
                grants = {key: left for key, left in observed.grants.items() if key != source}
                if becomes is not None:
                    grants[source] = (becomes - now).total_seconds()
                observed = replace(observed, grants=grants)
    return observed


@dataclass
class Device:
    """A session with such a device. It may refuse, fall silent, or do something else than it was told."""

    observed: Observed
    now: datetime
    refuses: frozenset[str] = frozenset()
    """Ports on which it says no."""
    disobeys: Mapping[str, int] = field(default_factory=dict)
    """Port -> the VLAN it takes instead of any it is told, once."""
    deaf: frozenset[str] = frozenset()
    """Ports whose VLAN stays what it is, whatever it is told."""
    made: list[Change] = field(default_factory=list)
    silent_after: int = 10_000
    """Calls until the line is dead."""
    sent: list[str] = field(default_factory=list)
    saved: int = 0
    closed: bool = False
    _told: dict[str, Change] = field(default_factory=dict)

    def driver(self, platform: str = "cisco_ios") -> Driver:
        return Driver(
            platform=platform,
            netmiko_type="obedient",
            title="A device that obeys",
            can=frozenset(Capability),
            reads=("show everything",),
            parse=lambda _: self.observed,
            render=self._render,
            refusals=(),
            save=("keep",),
        )

    def read(self, commands: Sequence[str]) -> Mapping[str, str]:
        self._call()
        return dict.fromkeys(commands, "")

    def send(self, lines: Sequence[str], *, config: bool) -> str:
        self._call()
        for line in lines:
            change = self._told[line]
            self.made.append(change)
            if isinstance(change, SetAccessVlan) and change.port in self.deaf:
                continue
            if isinstance(change, SetAccessVlan):
                if change.port in self.refuses:
                    raise Refused("% Invalid input", "sw-1")
                if change.port in self.disobeys:
                    other = self.disobeys[change.port]
                    self.disobeys = {port: vlan for port, vlan in self.disobeys.items() if port != change.port}
                    change = replace(change, becomes=other)
            self.sent.append(line)
            self.observed = applied(self.observed, [change], self.now)
        return ""

    def save(self, commands: Sequence[str]) -> None:
        assert list(commands) == ["keep"]
        self.saved += 1

    def close(self) -> None:
        self.closed = True

    def _call(self) -> None:
        self.silent_after -= 1
        if self.silent_after < 0:
            raise Unreachable("no answer", "sw-1")

    def _render(self, changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
        assert now == self.now
        lines = tuple(json.dumps([repr(change)]) for change in changes)
        self._told.update(zip(lines, changes, strict=True))
        return lines
