"""Devices that no rule can tell apart, known by what is written down of them alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from controller.facts import Facts
from controller.standing import posture_rule
from inventory.model import Mac


@dataclass(frozen=True)
class Twins:
    """A key for each device that has nothing of its own: no receipt, sign-in, sanction or window."""

    facts: Facts

    def key(self, mac: Mac) -> tuple[object, ...] | None:
        """Equal for two devices about which every rule says the same at every moment; None where it has to be asked."""
        inventory = self.facts.inventory
        device = inventory.devices.get(mac)
        if device is None:
            return ()
        if device.kind in self._kinds_with_posture or mac in inventory.sign_ins or mac in self._singled_out:
            return None
        rooms = inventory.rooms_of(mac) if self._rooms_matter else None
        whose = (device.year_group, device.role, device.person)
        return (device.kind, device.admission, device.hold, device.approval, *whose, rooms)

    @cached_property
    def _kinds_with_posture(self) -> frozenset[str]:
        kinds = self.facts.policy.devices.items()
        return frozenset(name for name, kind in kinds if posture_rule(kind) is not None)

    @cached_property
    def _singled_out(self) -> frozenset[Mac]:
        by_sanction = {each.mac for each in self.facts.inventory.sanctions if each.mac is not None}
        return frozenset(by_sanction.union(*(each.macs for each in self.facts.windows)))

    @cached_property
    def _rooms_matter(self) -> bool:
        return any(each.room is not None for each in self.facts.windows)
