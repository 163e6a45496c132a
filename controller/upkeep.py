"""What is done now and then: pinning new printers and boards, forgetting what is older than it may be kept. ●"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.policy import Policy
from controller.store import Store
from inventory.model import Admission, Device, Inventory, Mac
from inventory.pins import Pinned

FORGET_EVERY = timedelta(hours=6)
SESSIONS_KEPT = timedelta(days=1)
"""Of RADIUS: every client asks again, or accounts, within a day."""
STRANGERS_KEPT = timedelta(days=30)
"""A phone that makes up a new MAC every day must not fill the list."""


@dataclass(slots=True)
class Upkeep:
    store: Store
    _seen: Inventory | None = field(default=None)
    _forgot: datetime | None = field(default=None)

    def turn(self, policy: Policy, now: datetime) -> None:
        """Cheap while nothing has changed. Raises StoreError."""
        inventory = self.store.inventory()
        if inventory is not self._seen:
            self._pin(policy, inventory)
            self._seen = inventory
        if self._forgot is None or now - self._forgot >= FORGET_EVERY:
            self.store.forget_history(now - policy.privacy.history)
            self.store.forget_strangers(now - STRANGERS_KEPT)
            self.store.forget_radius_sessions(now - SESSIONS_KEPT)
            self._forgot = now

    def _pin(self, policy: Policy, inventory: Inventory) -> None:
        """Pinned from the day it is registered: as it is seen then, completed by what it shows later."""
        wanted = [mac for mac, device in inventory.devices.items() if is_pinned(policy, device)]
        missing = [mac for mac in wanted if mac not in self.store.pinned()] if wanted else []
        if missing:
            self.store.pin({mac: _shown(self.store, inventory, mac) for mac in missing})


def is_pinned(policy: Policy, device: Device) -> bool:
    kind = policy.devices.get(device.kind)
    return kind is not None and kind.pinned and device.admission is Admission.REGISTERED


def _shown(store: Store, inventory: Inventory, mac: Mac) -> Pinned:
    clues, place = store.clues([mac]).get(mac), inventory.whereabouts.get(mac)
    port = place.port if place else None
    return Pinned(clues.fingerprint, clues.vendor_class, port) if clues else Pinned(port=port)
